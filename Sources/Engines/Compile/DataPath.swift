import Foundation
import Pipeline

/// Paths of a pipeline as the patterns that DuckDB reads.
struct DataPath: Sendable {
    /// Absolute; relative paths are relative to it.
    let baseDirectory: String
    /// What is there; handed in so that compiling stays free of I/O in tests.
    let kind: @Sendable (String) -> Kind
    /// The names of the folders in a folder, handed in likewise; empty when it cannot be read.
    var folders: @Sendable (String) -> [String] = DataPath.localFolders

    /// How many empty lines stand behind so many lines of a file, handed in likewise.
    var emptyLines: @Sendable (String, Int) -> Int = CSVHead.emptyLines

    enum Kind: Sendable { case file, folder, absent }

    /// Looks at the local file system.
    static let localKind: @Sendable (String) -> Kind = { path in
        var isDirectory: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) else { return .absent }
        return isDirectory.boolValue ? .folder : .file
    }

    static let localFolders: @Sendable (String) -> [String] = { path in
        // What cannot be listed holds nothing that could be read either; reading it says why.
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        return names.filter { localKind("\(path)/\($0)") == .folder }.sorted()
    }

    /// The names of the Hive parts that the files of a path have, as far as folders can be looked at: those that are
    /// written out, those that a glob stands for, those below a folder.
    func hiveNames(_ path: String) -> Set<String> {
        var names: Set<String> = []
        func note(_ part: some StringProtocol) {
            if let equals = part.firstIndex(of: "=") { names.insert(String(part[..<equals])) }
        }
        let whole = absolute(path)
        path.split(separator: "/").forEach { note($0) }
        guard !isURI(path) else { return names }
        var folder = ""
        let isLiteral = kind(whole) != .absent
        let parts = whole.split(separator: "/")
        for (index, part) in parts.enumerated() {
            guard !isLiteral, isGlob(String(part)) else {
                folder += "/" + part
                continue
            }
            // A last part with a point stands for files.
            if index == parts.count - 1, part.contains(".") { return names }
            guard let next = hivePart(in: folder) else { return names }
            note(next)
            folder += "/" + next
        }
        var depth = 0
        while kind(folder) == .folder, let next = hivePart(in: folder), depth < 32 {
            note(next)
            folder += "/" + next
            depth += 1
        }
        return names
    }

    /// All folders beside each other have the same parts.
    private func hivePart(in folder: String) -> String? {
        let inside = folders(folder.isEmpty ? "/" : folder)
        return inside.first { $0.contains("=") } ?? inside.first
    }

    /// Empty lines of a file behind its first `skipped` ones; 0 for more than one file, which DuckDB skips alike.
    func emptyLines(_ path: String, behind skipped: Int) -> Int {
        guard !isURI(path) else { return 0 }
        let whole = absolute(path)
        return kind(whole) == .file ? emptyLines(whole, skipped) : 0
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
        case .orc: "\(folder)/**/*.orc"
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
