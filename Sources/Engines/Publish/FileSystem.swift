import Fleet
import Foundation

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// A call to the file system that failed.
public struct FileSystemError: Error, Sendable, Hashable {
    /// Such as `renaming /a to /b`.
    var attempt: String
    /// The system's `errno`.
    public var code: Int32

    var isMissing: Bool { code == ENOENT || code == ENOTDIR }

    /// In the system's words.
    public var reason: String { String(cString: strerror(code)) }

    var failure: Failure {
        let kind: Failure.Kind =
            switch code {
            case ENOSPC, EDQUOT: .diskFull
            case EACCES, EPERM, EROFS: .accessDenied
            default: .unclassified
            }
        return Failure(kind, "\(attempt) failed: \(reason)")
    }
}

/// The system's calls that publishing stands on. All of them block.
public enum FileSystem {
    struct Entry: Sendable, Hashable {
        var inode: UInt64
        var device: UInt64
        var isFolder: Bool
        var bytes: Int64
    }

    /// nil when nothing is there. Symbolic links are followed.
    static func entry(at path: String) throws(FileSystemError) -> Entry? {
        var found = stat()
        guard stat(path, &found) == 0 else {
            let error = FileSystemError(attempt: "looking at \(path)", code: errno)
            if error.isMissing { return nil }
            throw error
        }
        return Entry(
            inode: UInt64(found.st_ino), device: UInt64(found.st_dev), isFolder: found.st_mode & S_IFMT == S_IFDIR,
            bytes: Int64(found.st_size))
    }

    static func names(in folder: String) throws(FileSystemError) -> [String] {
        guard let stream = opendir(folder) else {
            throw FileSystemError(attempt: "listing \(folder)", code: errno)
        }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// All files below a folder, relative to it, folder by folder in the order of their names.
    static func files(below folder: String) throws(FileSystemError) -> [String] {
        var files: [String] = []
        for name in try names(in: folder) {
            guard let entry = try entry(at: "\(folder)/\(name)") else { continue }
            if entry.isFolder {
                files += try Self.files(below: "\(folder)/\(name)").map { "\(name)/\($0)" }
            } else {
                files.append(name)
            }
        }
        return files
    }

    /// nil when what `body` wanted was not there.
    static func unlessMissing<Result>(
        _ body: () throws(FileSystemError) -> Result
    ) throws(FileSystemError) -> Result? {
        do {
            return try body()
        } catch {
            if error.isMissing { return nil }
            throw error
        }
    }

    static func rename(_ source: String, to target: String) throws(FileSystemError) {
        // Spelt out because this function's name hides the system's.
        #if canImport(Darwin)
            let code = Darwin.rename(source, target)
        #elseif canImport(Musl)
            let code = Musl.rename(source, target)
        #else
            let code = Glibc.rename(source, target)
        #endif
        if code != 0 { throw FileSystemError(attempt: "renaming \(source) to \(target)", code: errno) }
    }

    /// Of the file system at a path, for whoever is not root; nil: it does not say.
    static func freeBytes(at path: String) -> Int64? {
        var found = statvfs()
        guard statvfs(path, &found) == 0 else { return nil }
        let (bytes, overflow) = UInt64(found.f_bavail).multipliedReportingOverflow(by: UInt64(found.f_frsize))
        return overflow ? .max : Int64(clamping: bytes)
    }

    /// Two names change places in one step: no reader finds one of them missing.
    static func exchange(_ first: String, _ second: String) throws(FileSystemError) {
        if let code = ExchangeCall.exchange(first, second) {
            throw FileSystemError(attempt: "exchanging \(first) with \(second)", code: code)
        }
    }

    /// Makes a file's content, or a folder's names, survive a loss of power.
    static func sync(_ path: String) throws(FileSystemError) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileSystemError(attempt: "opening \(path) to sync it", code: errno) }
        defer { close(descriptor) }
        while fsync(descriptor) != 0 {
            guard errno == EINTR else { throw FileSystemError(attempt: "syncing \(path) to disk", code: errno) }
        }
    }

    /// Syncs every file and folder below a path, and the path itself.
    static func syncTree(_ path: String) throws(FileSystemError) {
        if try entry(at: path)?.isFolder == true {
            for name in try names(in: path) { try syncTree("\(path)/\(name)") }
        }
        try sync(path)
    }

    /// Makes a folder and those above it that are missing, durably.
    static func makeFolders(_ path: String) throws(FileSystemError) {
        if try entry(at: path)?.isFolder == true { return }
        let parent = Self.parent(of: path)
        if parent != path { try makeFolders(parent) }
        if mkdir(path, 0o777) != 0, errno != EEXIST {
            throw FileSystemError(attempt: "making the folder \(path)", code: errno)
        }
        try sync(parent)
    }

    /// Removes an empty folder; false when it is not empty or not there.
    @discardableResult
    static func removeEmptyFolder(_ path: String) -> Bool { rmdir(path) == 0 }

    static func removeFile(_ path: String) throws(FileSystemError) {
        if unlink(path) != 0, errno != ENOENT { throw FileSystemError(attempt: "removing \(path)", code: errno) }
    }

    /// Removes what is there, however deep; what others remove at the same time is as good as removed.
    static func removeTree(_ path: String) throws(FileSystemError) {
        var found = stat()
        guard lstat(path, &found) == 0 else { return }
        guard found.st_mode & S_IFMT == S_IFDIR else { return try removeFile(path) }
        guard let names = try unlessMissing({ () throws(FileSystemError) in try names(in: path) }) else { return }
        for name in names { try removeTree("\(path)/\(name)") }
        if rmdir(path) != 0, errno != ENOENT {
            throw FileSystemError(attempt: "removing the folder \(path)", code: errno)
        }
    }

    /// A path without symbolic links; of what does not exist yet, as far as it exists.
    static func resolved(_ path: String) -> String {
        guard let real = realpath(path, nil) else {
            let parent = Self.parent(of: path)
            return parent == path ? path : join(resolved(parent), name(of: path))
        }
        defer { free(real) }
        return String(cString: real)
    }

    static func parent(of path: String) -> String {
        guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    static func name(of path: String) -> String {
        guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return path }
        return String(path[path.utf8.index(after: slash)...])
    }

    static func join(_ folder: String, _ name: String) -> String {
        name.isEmpty ? folder : folder == "/" ? "/\(name)" : "\(folder)/\(name)"
    }
}

/// `renameat2` on Linux, `renamex_np` on macOS: not in the headers that Swift sees, hence looked up by name.
private enum ExchangeCall {
    /// nil on success, else errno; ENOSYS where the system has no such call.
    static func exchange(_ first: String, _ second: String) -> Int32? {
        #if canImport(Darwin)
            return renamex_np(first, second, UInt32(RENAME_SWAP)) == 0 ? nil : errno
        #else
            guard let renameat2 else { return ENOSYS }
            let currentFolder = AT_FDCWD
            let exchange: UInt32 = 2  // RENAME_EXCHANGE of <linux/fs.h>
            return renameat2(currentFolder, first, currentFolder, second, exchange) == 0 ? nil : errno
        #endif
    }

    #if !canImport(Darwin)
        private typealias RenameAt2 =
            @convention(c) (
                Int32, UnsafePointer<CChar>, Int32, UnsafePointer<CChar>, UInt32
            ) -> Int32

        private static let renameat2: RenameAt2? = dlsym(nil, "renameat2").map { unsafeBitCast($0, to: RenameAt2.self) }
    #endif
}
