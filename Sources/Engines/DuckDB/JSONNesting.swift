import Foundation

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// How deep the values of a JSON file lie in each other. DuckDB reads them by recursion, and its process ends when its
/// stack does, without a word; so a file is looked at when that has happened.
struct JSONNesting {
    /// Far more than any document means, and less than what DuckDB's stack holds.
    static let limit = 5_000

    private var depth = 0
    private var isInText = false
    private var isEscaped = false
    private(set) var deepest = 0

    /// Takes the next bytes of the file. What is no JSON has a depth as well, which then means nothing.
    mutating func take(_ bytes: some Sequence<UInt8>) {
        for byte in bytes {
            if isInText {
                if isEscaped {
                    isEscaped = false
                } else if byte == UInt8(ascii: "\\") {
                    isEscaped = true
                } else if byte == UInt8(ascii: "\"") {
                    isInText = false
                }
                continue
            }
            switch byte {
            case UInt8(ascii: "\""): isInText = true
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                depth += 1
                deepest = max(deepest, depth)
            case UInt8(ascii: "}"), UInt8(ascii: "]"): depth = max(0, depth - 1)
            default: break
            }
        }
    }

    /// Whether a file is nested deeper than `limit`. Blocks; false when it cannot be told before the deadline.
    static func isTooDeep(_ path: String, until deadline: ContinuousClock.Instant) -> Bool {
        var found = stat()
        guard stat(path, &found) == 0, found.st_mode & S_IFMT == S_IFREG else { return false }
        let file = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        guard file >= 0 else { return false }
        defer { close(file) }
        var nesting = JSONNesting()
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        while ContinuousClock.now < deadline {
            let count = read(file, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return false }
            nesting.take(buffer[..<count])
            if nesting.deepest > limit { return true }
        }
        return false
    }
}
