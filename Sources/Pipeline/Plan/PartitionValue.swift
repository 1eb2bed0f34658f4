/// A value of a partition folder or a constant that it is compared with. What cannot be told for sure is open.
enum PartitionValue: Equatable {
    case null
    case open
    case integer(Int64)
    case number(Double)
    /// Bytes of UTF-8: texts compare by code point.
    case text([UInt8])
    /// `YYYY-MM-DD`, whose bytes compare like the days.
    case date([UInt8])
    /// `YYYY-MM-DD HH:MM:SS`, and digits of a fraction that do not end in 0.
    case timestamp([UInt8])

    init(_ literal: Literal) {
        switch literal {
        case .null: self = .null
        case .integer(let value): self = .integer(value)
        case .decimal(let digits): self = Double(digits).map(PartitionValue.number) ?? .open
        case .double(let value): self = .number(value)
        case .text(let text): self = .text(Array(text.utf8))
        case .date(let text): self = Self.date(of: text)
        case .timestamp(let text): self = Self.timestamp(of: text)
        case .boolean, .interval: self = .open
        }
    }

    /// A folder's text as its column's type reads it.
    init(_ text: String, _ type: DataType) {
        switch type {
        case .text: self = .text(Array(text.utf8))
        case .date: self = Self.date(of: text)
        case .int8, .int16, .int32, .int64, .uint8, .uint16, .uint32, .uint64:
            self = Int64(text).map(PartitionValue.integer) ?? .open
        default: self = .open
        }
    }

    var negated: PartitionValue {
        switch self {
        case .integer(let value) where value != .min: .integer(-value)
        case .number(let value): .number(-value)
        case .null: .null
        default: .open
        }
    }

    func cast(from own: DataType, to type: DataType) -> PartitionValue {
        // A decimal that keeps all its digits.
        if case .number = self, case .decimal(_, let scale) = own, case .decimal(_, let wanted) = type {
            return wanted >= scale ? self : .open
        }
        return cast(to: type)
    }

    private func cast(to type: DataType) -> PartitionValue {
        switch (self, type) {
        case (.null, _): .null
        case (.integer, .int8), (.integer, .int16), (.integer, .int32), (.integer, .int64), (.integer, .uint8),
            (.integer, .uint16), (.integer, .uint32), (.integer, .uint64), (.integer, .decimal), (.integer, .hugeint),
            (.integer, .float64), (.number, .float64), (.text, .text), (.date, .date), (.timestamp, .timestamp):
            self
        case (.integer(let value), .text): .text(Array(String(value).utf8))
        case (.date(let day), .text): .text(day)
        case (.date(let day), .timestamp): .timestamp(day + Array(" 00:00:00".utf8))
        case (.text(let bytes), .date): Self.date(of: String(decoding: bytes, as: UTF8.self))
        case (.text(let bytes), .timestamp):
            CalendarText.timestamp(String(decoding: bytes, as: UTF8.self)).map(Self.timestamp) ?? .open
        default: .open
        }
    }

    /// Below 0, 0 or above; nil: unlike kinds, or nobody knows.
    func order(against other: PartitionValue) -> Int? {
        switch (self, other) {
        case (.integer(let left), .integer(let right)): left < right ? -1 : left == right ? 0 : 1
        case (.integer(let left), .number(let right)): Self.order(Self.exact(left), right)
        case (.number(let left), .integer(let right)): Self.order(left, Self.exact(right))
        case (.number(let left), .number(let right)): Self.order(left, right)
        case (.text(let left), .text(let right)), (.date(let left), .date(let right)),
            (.timestamp(let left), .timestamp(let right)):
            left == right ? 0 : left.lexicographicallyPrecedes(right) ? -1 : 1
        default: nil
        }
    }

    private static func order(_ left: Double?, _ right: Double?) -> Int? {
        guard let left, let right, !left.isNaN, !right.isNaN else { return nil }
        return left < right ? -1 : left == right ? 0 : 1
    }

    private static func exact(_ value: Int64) -> Double? { value.magnitude < 1 << 53 ? Double(value) : nil }

    /// Years of four digits only: others do not compare by their bytes.
    private static func date(of text: String) -> PartitionValue {
        let bytes = Array(text.utf8)
        return bytes.count == 10 && CalendarText.isDate(text) ? .date(bytes) : .open
    }

    private static func timestamp(of text: String) -> PartitionValue {
        var bytes = Array(text.utf8)
        guard bytes.count >= 19, bytes[4] == UInt8(ascii: "-"), bytes[0] != UInt8(ascii: "-") else { return .open }
        if bytes.count > 19 {
            while bytes.last == UInt8(ascii: "0") { bytes.removeLast() }
            if bytes.last == UInt8(ascii: ".") { bytes.removeLast() }
        }
        return .timestamp(bytes)
    }
}
