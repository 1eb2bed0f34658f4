#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// The first bytes of a CSV file, for what DuckDB cannot be told: that empty lines before a header are none of it.
enum CSVHead {
    /// As far as is looked.
    static let limitBytes = 64 << 10

    /// How many lines without anything but blanks stand behind the first `skipped` lines of a file; 0 where it cannot
    /// be read (reading it then says why), where it ends with them, and for what is no plain file.
    static let emptyLines: @Sendable (String, Int) -> Int = { path, skipped in
        // Of a pipe the first reader is the only one.
        var found = stat()
        guard stat(path, &found) == 0, found.st_mode & S_IFMT == S_IFREG else { return 0 }
        let file = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        guard file >= 0 else { return 0 }
        defer { close(file) }
        var head = [UInt8](repeating: 0, count: limitBytes)
        var count = 0
        while count < limitBytes {
            let more = head[count...].withUnsafeMutableBytes { pread(file, $0.baseAddress, $0.count, off_t(count)) }
            if more < 0, errno == EINTR { continue }
            guard more > 0 else { break }
            count += more
        }
        return emptyLines(in: head[..<count], behind: skipped)
    }

    static func emptyLines(in head: ArraySlice<UInt8>, behind skipped: Int) -> Int {
        var rest = head.starts(with: [0xef, 0xbb, 0xbf]) ? head.dropFirst(3) : head
        var count = 0
        var line = 0
        while let end = rest.firstIndex(where: { $0 == 0x0a || $0 == 0x0d }) {
            let isEmpty = rest[..<end].allSatisfy { $0 == UInt8(ascii: " ") }
            if line >= skipped {
                guard isEmpty else { return count }
                count += 1
            }
            line += 1
            let isPair = rest[end] == 0x0d && end + 1 < rest.endIndex && rest[end + 1] == 0x0a
            rest = rest[(end + (isPair ? 2 : 1))...]
        }
        // Nothing follows: there is no header to find.
        return rest.isEmpty ? 0 : count
    }
}
