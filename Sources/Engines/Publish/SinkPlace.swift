import Fleet
import Pipeline

/// Where a file sink really is: absolute, symbolic links resolved, checked for what can be known before the work.
struct SinkPlace: Sendable, Hashable {
    /// Of the file or folder to be published.
    var target: String
    /// The folder that holds it, and the staging beside it.
    var parent: String { FileSystem.parent(of: target) }
    var shape: FileSink.Shape
    /// Whether there is an older result.
    var exists: Bool

    /// Blocking. `allowedRoots` empty: anywhere.
    init(_ sink: FileSink, baseDirectory: String, allowedRoots: [String]) throws(Failure) {
        let written = sink.path.text
        var path = written.hasPrefix("file://") ? String(written.dropFirst("file://".count)) : written
        if let scheme = Self.scheme(of: path) {
            throw Failure(
                .invalidPipeline, "the sink \(scheme)://… cannot be written by DuckDB yet; only local paths can",
                step: "write_sink")
        }
        if !path.utf8.starts(with: "/".utf8) { path = FileSystem.join(baseDirectory, path) }
        target = FileSystem.resolved(ResolvedPath.absolute(path, in: "/"))
        shape = sink.shape
        guard target != "/" else {
            throw Failure(.invalidPipeline, "the sink \(written) is the root of the file system", step: "write_sink")
        }
        let roots = allowedRoots.map(FileSystem.resolved)
        let folder = FileSystem.parent(of: target)
        guard roots.isEmpty || roots.contains(where: { folder == $0 || folder.utf8.starts(with: "\($0)/".utf8) })
        else {
            throw Failure(
                .accessDenied,
                "writing \(target) was denied: it is not below one of the folders that this worker may use "
                    + "(\(allowedRoots.joined(separator: ", ")))", step: "write_sink")
        }
        do {
            let found = try FileSystem.entry(at: target)
            exists = found != nil
            if let found { try Self.check(found, target: target, shape: sink.shape) }
        } catch let error as FileSystemError {
            throw error.failure
        } catch let failure as Failure {
            throw failure
        } catch {
            throw Failure(.unclassified, "looking at the sink \(target) failed")
        }
    }

    /// `s3` of `s3://bucket/key`; nil for a path.
    private static func scheme(of path: String) -> String? {
        guard let end = path.utf8.firstIndex(of: UInt8(ascii: ":")), path.utf8[end...].starts(with: "://".utf8) else {
            return nil
        }
        func isLetter(_ byte: UInt8) -> Bool { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20) }
        let scheme = path.utf8[..<end]
        guard scheme.first.map(isLetter) == true,
            scheme.allSatisfy({ isLetter($0) || "0123456789+.-".utf8.contains($0) })
        else { return nil }
        return String(path[..<end])
    }

    private static func check(_ found: FileSystem.Entry, target: String, shape: FileSink.Shape) throws {
        switch shape {
        case .file where found.isFolder:
            throw Failure(
                .invalidPipeline,
                "the sink \(target) is one file by its name, but a folder is there; remove it or choose another path",
                step: "write_sink")
        case .folder where !found.isFolder:
            throw Failure(
                .invalidPipeline,
                "the sink \(target) is to be a folder of files, but a file is there; remove it or choose another path",
                step: "write_sink")
        case .folder:
            if let parent = try FileSystem.entry(at: FileSystem.parent(of: target)), parent.device != found.device {
                throw Failure(
                    .invalidPipeline,
                    "the sink \(target) is a mount point, which cannot be replaced in one step; choose a folder in it",
                    step: "write_sink")
            }
        case .file: break
        }
    }
}
