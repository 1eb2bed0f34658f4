import Foundation

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// Reads the footer out of a Parquet file: one read of its end, a second where the footer is longer. Blocking.
enum FooterFile {
    /// What one read takes from the end of a file; most footers fit.
    private static let firstRead = 64 << 10
    /// A longer footer is not worth its reading.
    private static let lengthLimit = 16 << 20

    static func read(_ path: String, bytes: Int64) throws(ThriftReader.Malformed) -> ParquetFooter {
        // What is no longer a file since it was listed does not hold us up.
        let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard file >= 0 else { throw ThriftReader.Malformed(reason: String(cString: strerror(errno))) }
        defer { close(file) }
        let first = try tail(of: file, bytes, Int(min(Int64(firstRead), bytes)))
        let length = try ParquetFooter.length(tail: first[...])
        let whole = length + ParquetFooter.tailBytes
        guard Int64(whole) <= bytes else { throw ThriftReader.Malformed(reason: "it is longer than the file") }
        guard length <= lengthLimit else { throw ThriftReader.Malformed(reason: "it is longer than 16 MB") }
        let end = whole <= first.count ? first : try tail(of: file, bytes, whole)
        return try ParquetFooter(end.suffix(whole).dropLast(ParquetFooter.tailBytes))
    }

    private static func tail(
        of file: Int32, _ bytes: Int64, _ count: Int
    ) throws(ThriftReader.Malformed) -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: count)
        var done = 0
        while done < count {
            let part = buffer.withUnsafeMutableBytes { bytesOf in
                pread(file, bytesOf.baseAddress.map { $0 + done }, count - done, off_t(bytes) - off_t(count - done))
            }
            if part < 0, errno == EINTR { continue }
            guard part > 0 else { throw ThriftReader.Malformed(reason: "the file is shorter than it was") }
            done += part
        }
        return buffer
    }
}
