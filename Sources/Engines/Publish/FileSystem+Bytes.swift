#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// Small files by the system's own calls: Foundation's way to one costs a short process more than reading its pipeline.
extension FileSystem {
    /// A file's bytes, the first `limit` of them at most. Blocks.
    public static func bytes(of path: String, atMost limit: Int) throws(FileSystemError) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileSystemError(attempt: "opening \(path)", code: errno) }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: min(limit, 1 << 13))
        while bytes.count < limit {
            let count = read(descriptor, &piece, min(piece.count, limit - bytes.count))
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw FileSystemError(attempt: "reading \(path)", code: errno) }
            if count == 0 { break }
            bytes += piece[..<count]
        }
        return bytes
    }

    /// Makes a folder that only its owner may enter, and what is missing above it.
    static func makePrivateFolder(_ path: String) throws(FileSystemError) {
        if mkdir(path, 0o700) == 0 { return }
        guard errno == ENOENT else { throw FileSystemError(attempt: "making the folder \(path)", code: errno) }
        try makeFolders(parent(of: path))
        if mkdir(path, 0o700) != 0 { throw FileSystemError(attempt: "making the folder \(path)", code: errno) }
    }
}
