import Foundation
public import Pipeline

/// A file as it stood at one look. Two looks that agree saw the same content, as far as a file system tells.
struct LandedFile: Hashable {
    var path: String
    var size: Int64
    /// Since 1970.
    var modifiedSeconds: Int64
    var modifiedNanoseconds: Int64
    var inode: UInt64

    /// nil for what is no regular file, or gone.
    init?(at path: String) {
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        self.path = path
        size = Int64(status.st_size)
        #if os(Linux)
            modifiedSeconds = Int64(status.st_mtim.tv_sec)
            modifiedNanoseconds = Int64(status.st_mtim.tv_nsec)
        #else
            modifiedSeconds = Int64(status.st_mtimespec.tv_sec)
            modifiedNanoseconds = Int64(status.st_mtimespec.tv_nsec)
        #endif
        inode = UInt64(status.st_ino)
    }

    var modified: Date { Date(timeIntervalSince1970: Double(modifiedSeconds) + Double(modifiedNanoseconds) / 1e9) }

    var landing: Landing {
        Landing(
            uri: path, revision: "modified=\(modifiedSeconds).\(modifiedNanoseconds) size=\(size) inode=\(inode)",
            size: size, landedAt: modified)
    }
}

extension Landing {
    /// Of a file on this machine, with the identity that a folder watcher gives it; nil when there is none.
    public static func file(at path: String) -> Landing? { LandedFile(at: path)?.landing }
}
