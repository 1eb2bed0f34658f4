/// Literals with their types, and texts read as another type where the language says so.
enum TypedLiteral {
    static func make(_ literal: Literal) -> TypedExpression { TypedExpression(.literal(literal), type(literal)) }

    static func type(_ literal: Literal) -> DataType {
        switch literal {
        case .null: .unknown
        case .boolean: .boolean
        case .integer: .int64
        case .decimal(let digits): decimalType(digits)
        case .double: .float64
        case .text: .text
        case .date: .date
        case .timestamp: .timestamp
        case .interval: .interval
        }
    }

    private static func decimalType(_ text: String) -> DataType {
        let parts = text.drop { $0 == "-" }.split(separator: ".", omittingEmptySubsequences: false)
        let whole = parts[0].drop { $0 == "0" }.count
        return TypeRules.decimal(whole: whole, scale: parts.count > 1 ? parts[1].count : 0)
    }

    /// The text as a value of `type`; nil when it does not read as one. A number keeps its own kind (`'2.5'` beside
    /// integers is a decimal).
    static func read(_ text: String, as type: DataType) -> TypedExpression? {
        switch type {
        case .text, .unknown: return make(.text(text))
        case .boolean: return boolean(text).map { make(.boolean($0)) }
        case .date, .timestamp:
            if type == .date, CalendarText.isDate(text) { return make(.date(text)) }
            return CalendarText.timestamp(text).map { make(.timestamp($0)) }
        case .timestamptz: return CalendarText.instant(text).map { make(.timestamp($0)).cast(to: .timestamptz) }
        case .time: return CalendarText.time(Array(text.utf8)).map { make(.text($0)).cast(to: .time) }
        case .interval: return IntervalText.literal(text).map(make)
        case .uuid, .json, .binary: return make(.text(text)).cast(to: type)
        case _ where TypeRules.isNumber(type): return number(text).map(make)
        default: return nil
        }
    }

    private static func boolean(_ text: String) -> Bool? {
        switch text.lowercased() {
        case "true", "t", "1", "yes": true
        case "false", "f", "0", "no": false
        default: nil
        }
    }

    /// Unlike the value of a variable, a number here may have leading zeros: the column's type is known.
    private static func number(_ text: String) -> Literal? {
        let trimmed = text.drop { $0 == " " }
        let isNegative = trimmed.first == "-"
        let digits = (isNegative ? trimmed.dropFirst() : trimmed).drop { $0 == "0" }
        let first = digits.utf8.first
        let body =
            first == nil || first == UInt8(ascii: ".") || first == UInt8(ascii: "e") ? "0" + digits : String(digits)
        guard trimmed.utf8.contains(where: { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else { return nil }
        switch LiteralText.value(isNegative ? "-" + body : body) {
        case .integer(let value): return .integer(value)
        case .decimal(let value): return .decimal(value)
        case .double(let value): return .double(value)
        default: return nil
        }
    }
}
