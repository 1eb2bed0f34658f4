import Foundation

/// What an unquoted scalar means: YAML 1.1 as people use it, less the two traps that nobody means (`010` is not eight,
/// `12:30:00` is not a number of seconds).
enum ScalarMeaning: Equatable {
    case null
    case boolean(Bool)
    case integer(Int64)
    /// A number with a point or an exponent, or beyond 64 bits, as written.
    case decimal(String)
    /// `YYYY-MM-DD`, checked.
    case date(String)
    /// `YYYY-MM-DD HH:MM:SS[.ffffff]`, checked.
    case timestamp(String)
    case text
    /// Refused, with the reason.
    case refused(String)

    init(plain text: String) {
        switch text {
        case "", "~", "null", "Null", "NULL": self = .null
        case "true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON": self = .boolean(true)
        case "false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF": self = .boolean(false)
        default:
            // Numbers and dates are ASCII, and short.
            let bytes = Array(text.utf8)
            guard bytes.count <= 64, let first = bytes.first, ScalarMeaning.beginsNumber(first) else {
                self = .text
                return
            }
            self = ScalarMeaning.numberOrDate(bytes, text) ?? .text
        }
    }

    /// For messages.
    var noun: String {
        switch self {
        case .null: "nothing (null)"
        case .boolean: "a boolean"
        case .integer, .decimal: "a number"
        case .date: "a date"
        case .timestamp: "a timestamp"
        case .text, .refused: "a text"
        }
    }

    private static func numberOrDate(_ bytes: [UInt8], _ text: String) -> ScalarMeaning? {
        if isDateShape(bytes) {
            return CalendarText.isDate(text)
                ? .date(text) : .refused("\(text) is not a day of the calendar; quote it if it is text")
        }
        if bytes.count > 10, isDateShape(Array(bytes.prefix(10))) {
            return CalendarText.timestamp(text).map(Self.timestamp)
        }
        if isSexagesimal(bytes) {
            return .refused("\(text) unquoted is a number to base 60 in YAML; write \"\(text)\" in quotes")
        }
        var digits = bytes[...]
        let sign = digits.first
        if sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") { digits.removeFirst() }
        guard let first = digits.first else { return nil }
        if digits.allSatisfy({ isDigit($0) || $0 == underscore }), isDigit(first) {
            if first == UInt8(ascii: "0"), digits.count > 1 {
                return .refused(
                    "\(text) unquoted is an octal number in YAML; write \"\(text)\" in quotes if it is text")
            }
            let plain = text.replacing("_", with: "")
            return Int64(plain).map(Self.integer) ?? .decimal(plain)
        }
        return based(digits, isNegative: sign == UInt8(ascii: "-")) ?? decimal(digits, text)
    }

    /// `0x1F` and `0b101`.
    private static func based(_ digits: ArraySlice<UInt8>, isNegative: Bool) -> ScalarMeaning? {
        let rest = digits.dropFirst(2)
        guard digits.first == UInt8(ascii: "0"), let mark = digits.dropFirst().first, !rest.isEmpty else { return nil }
        let radix = mark == UInt8(ascii: "x") ? 16 : mark == UInt8(ascii: "b") ? 2 : 0
        guard radix != 0, rest.first != UInt8(ascii: "-"), rest.first != UInt8(ascii: "+") else { return nil }
        let text = String(decoding: rest.filter { $0 != underscore }, as: UTF8.self)
        guard let value = Int64(text, radix: radix) else { return nil }
        return .integer(isNegative ? -value : value)
    }

    /// `1.5`, `.5`, `1_000.25`, `1e3`; infinities and nan are left to quoted text.
    private static func decimal(_ digits: ArraySlice<UInt8>, _ text: String) -> ScalarMeaning? {
        var seenDigit = false
        var seenPoint = false
        var index = digits.startIndex
        scan: while index < digits.endIndex {
            switch digits[index] {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): seenDigit = true
            case underscore where seenDigit: break
            case UInt8(ascii: ".") where !seenPoint: seenPoint = true
            case UInt8(ascii: "e") where seenDigit, UInt8(ascii: "E") where seenDigit: break scan
            default: return nil
            }
            index += 1
        }
        guard seenDigit else { return nil }
        if index < digits.endIndex {
            var exponent = digits[(index + 1)...]
            if exponent.first == UInt8(ascii: "-") || exponent.first == UInt8(ascii: "+") { exponent.removeFirst() }
            guard !exponent.isEmpty, exponent.count <= 3, exponent.allSatisfy(isDigit) else { return nil }
        }
        return .decimal(text.replacing("_", with: ""))
    }

    private static func isDateShape(_ bytes: [UInt8]) -> Bool {
        bytes.count == 10
            && bytes.enumerated().allSatisfy { index, byte in
                index == 4 || index == 7 ? byte == UInt8(ascii: "-") : isDigit(byte)
            }
    }

    /// `12:30`, `1:02:03.5`: what YAML 1.1 reads to base 60.
    private static func isSexagesimal(_ bytes: [UInt8]) -> Bool {
        var rest = bytes[...]
        if rest.first == UInt8(ascii: "-") || rest.first == UInt8(ascii: "+") { rest.removeFirst() }
        let groups = rest.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        guard groups.count > 1, let head = groups[0].first, isDigit(head) else { return false }
        let fraction = groups[groups.count - 1].split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        // A leading zero makes it text, unless a fraction follows.
        guard head != UInt8(ascii: "0") || fraction.count == 2, fraction.count <= 2 else { return false }
        let middle = groups[1..<(groups.count - 1)] + [fraction[0]]
        return groups[0].allSatisfy { isDigit($0) || $0 == underscore }
            && (fraction.count < 2 || fraction[1].allSatisfy { isDigit($0) || $0 == underscore })
            && middle.allSatisfy { group in
                (1...2).contains(group.count) && group.allSatisfy(isDigit)
                    && (group.count == 1 || group[group.startIndex] < UInt8(ascii: "6"))
            }
    }

    private static func beginsNumber(_ byte: UInt8) -> Bool {
        isDigit(byte) || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "+") || byte == UInt8(ascii: ".")
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    private static let underscore = UInt8(ascii: "_")
}
