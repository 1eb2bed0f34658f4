/// The part of the rows that must pass a check, as a fraction of whole numbers: 0.95 of 20 rows are 19, which no binary
/// fraction says.
public struct PassThreshold: Hashable, Sendable, CustomStringConvertible {
    /// As written.
    public let description: String
    private let numerator: Int64
    private let denominator: Int64

    public static let all = PassThreshold("1", 1, 1)

    private init(_ text: String, _ numerator: Int64, _ denominator: Int64) {
        (description, self.numerator, self.denominator) = (text, numerator, denominator)
    }

    /// `0.95`, `.5`, `1`; nil: not a number from 0 to 1, or one of more than nine decimals.
    init?(_ text: String) {
        let parts = text.utf8.split(separator: UInt8(ascii: "."), maxSplits: 1, omittingEmptySubsequences: false)
        let decimals = parts.count == 2 ? parts[1] : ""[...].utf8
        guard parts[0].count + decimals.count > 0, parts[0].count <= 9, decimals.count <= 9 else { return nil }
        var (numerator, denominator): (Int64, Int64) = (0, 1)
        for digit in [parts[0], decimals].joined() {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
            numerator = numerator * 10 + Int64(digit - UInt8(ascii: "0"))
        }
        for _ in decimals { denominator *= 10 }
        guard numerator <= denominator else { return nil }
        self.init(text, numerator, denominator)
    }

    /// Whether so many failures among the rows are few enough. An empty table passes.
    public func allows(_ failed: Int64, of rows: Int64) -> Bool {
        let passed = (rows - failed).multipliedFullWidth(by: denominator)
        let wanted = rows.multipliedFullWidth(by: numerator)
        return passed.high != wanted.high ? passed.high > wanted.high : passed.low >= wanted.low
    }
}
