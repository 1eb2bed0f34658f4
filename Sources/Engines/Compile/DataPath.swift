import Foundation
import Pipeline

/// Paths of a pipeline as the patterns that DuckDB reads.
struct DataPath: Sendable {
    /// Absolute; relative paths are relative to it.
    let baseDirectory: String
    /// What is there; handed in so that compiling stays free of I/O in tests.
    let kind: @Sendable (String) -> Kind

    enum Kind: Sendable { case file, folder, absent }

    /// Looks at the local file system.
    static let localKind: @Sendable (String) -> Kind = { path in
        var isDirectory: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) else { return .absent }
        return isDirectory.boolValue ? .folder : .file
    }

    /// A file, a glob as it is, or every file of the format below a folder.
    func pattern(_ path: String, format: FileFormat) -> String {
        if isURI(path) { return isFolderName(path) ? below(trimmed(path), format) : path }
        let whole = absolute(path)
        switch kind(whole) {
        case .file: return escaped(whole)
        case .folder: return below(escaped(trimmed(whole)), format)
        case .absent:
            if isGlob(path) { return absolute(path, escapingBase: true) }
            return isFolderName(path) ? below(escaped(trimmed(whole)), format) : escaped(whole)
        }
    }

    /// A pattern for all files of the dataset that a path with Hive parts selects from: up to its first Hive part.
    func partitionListing(_ path: String, format: FileFormat) -> String {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        guard let first = parts.firstIndex(where: { $0.contains("=") }) else { return pattern(path, format: format) }
        let root = parts[..<first].joined(separator: "/")
        let isAbsoluteRoot = root.isEmpty && path.hasPrefix("/")
        let base = isURI(path) ? root : absolute(isAbsoluteRoot ? "/" : root, escapingBase: true)
        return below(trimmed(base), format)
    }

    /// The path itself, absolute where it is local.
    func absolute(_ path: String, escapingBase: Bool = false) -> String {
        if path.hasPrefix("/") || isURI(path) { return path }
        let base = trimmed(escapingBase ? escaped(baseDirectory) : baseDirectory)
        return path.isEmpty ? base : "\(base)/\(path)"
    }

    private func below(_ folder: String, _ format: FileFormat) -> String {
        switch format {
        case .parquet: "\(folder)/**/*.parquet"
        // Also .tsv, and compressed files.
        case .csv: "\(folder)/**/*.?sv*"
        // Also .jsonl and .ndjson.
        case .json: "\(folder)/**/*.*json*"
        }
    }

    private func isURI(_ path: String) -> Bool { path.contains("://") }

    private func isGlob(_ path: String) -> Bool { path.contains { "*?[".contains($0) } }

    /// Nothing is there to look at: a last part without a point is a folder.
    private func isFolderName(_ path: String) -> Bool {
        guard !isGlob(path) else { return false }
        let last = path.split(separator: "/", omittingEmptySubsequences: false).last ?? ""
        return last.isEmpty || !last.contains(".")
    }

    private func trimmed(_ path: String) -> String {
        var path = Substring(path)
        while path.count > 1, path.hasSuffix("/") { path = path.dropLast() }
        return path == "/" ? "" : String(path)
    }

    /// A name that holds the signs of a glob, as a glob that matches only itself.
    private func escaped(_ path: String) -> String {
        guard isGlob(path) else { return path }
        return path.map { "*?[".contains($0) ? "[\($0)]" : String($0) }.joined()
    }
}
