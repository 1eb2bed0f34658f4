/// A number of bytes as people write it.
public struct ByteCount: Sendable, Hashable {
    public var bytes: Int64

    public init(bytes: Int64) { self.bytes = bytes }

    public init?(_ text: String) {
        let compact = text.lowercased().filter { !$0.isWhitespace }
        let number = compact.prefix { $0.isNumber || $0 == "." }
        guard let value = Double(number), value > 0 else { return nil }
        let factor: Double
        switch compact.dropFirst(number.count) {
        case "", "b": factor = 1
        case "k", "kb": factor = 1e3
        case "m", "mb": factor = 1e6
        case "g", "gb": factor = 1e9
        case "t", "tb": factor = 1e12
        case "ki", "kib": factor = 1024
        case "mi", "mib": factor = 1_048_576
        case "gi", "gib": factor = 1_073_741_824
        case "ti", "tib": factor = 1_099_511_627_776
        default: return nil
        }
        guard value * factor >= 1, value * factor < 9e18 else { return nil }
        bytes = Int64(value * factor)
    }
}
