/// How types meet: what two of them become together, what can be cast to what.
enum TypeRules {
    static func isInteger(_ type: DataType) -> Bool {
        switch type {
        case .int8, .int16, .int32, .int64, .uint8, .uint16, .uint32, .uint64, .hugeint: true
        default: false
        }
    }

    static func isFloat(_ type: DataType) -> Bool { type == .float32 || type == .float64 }

    static func isDecimal(_ type: DataType) -> Bool {
        if case .decimal = type { true } else { false }
    }

    static func isNumber(_ type: DataType) -> Bool { isInteger(type) || isFloat(type) || isDecimal(type) }

    static func isMoment(_ type: DataType) -> Bool { [.date, .timestamp, .timestamptz].contains(type) }

    /// Values with one plain text form: what `||` takes.
    static func isScalar(_ type: DataType) -> Bool {
        switch type {
        case .list, .structure, .binary, .other: false
        default: true
        }
    }

    /// The digits that a number type holds before and behind the point; nil for floats and what is no number.
    static func digits(_ type: DataType) -> (whole: Int, scale: Int)? {
        switch type {
        case .int8, .uint8: (3, 0)
        case .int16, .uint16: (5, 0)
        case .int32, .uint32: (10, 0)
        case .int64: (19, 0)
        case .uint64: (20, 0)
        case .hugeint: (38, 0)
        case .decimal(let precision, let scale): (precision - scale, scale)
        default: nil
        }
    }

    /// The values of an integer type, as far as an int64 can hold them; nil for other types.
    static func range(_ type: DataType) -> ClosedRange<Int64>? {
        switch type {
        case .int8: Int64(Int8.min)...Int64(Int8.max)
        case .int16: Int64(Int16.min)...Int64(Int16.max)
        case .int32: Int64(Int32.min)...Int64(Int32.max)
        case .int64, .hugeint: Int64.min...Int64.max
        case .uint8: 0...Int64(UInt8.max)
        case .uint16: 0...Int64(UInt16.max)
        case .uint32: 0...Int64(UInt32.max)
        case .uint64: 0...Int64.max
        default: nil
        }
    }

    /// The type of a column in which columns of several tables, or several columns of one, come to stand below each
    /// other: numbers promote, nothing else does.
    static func stacked(_ left: DataType, _ right: DataType) -> DataType? {
        if left == right || left == .unknown || right == .unknown || isNumber(left) && isNumber(right) {
            return common(left, right)
        }
        return nil
    }

    /// With at most 38 digits; too many cost places before the point, so that a value that does not fit is an error
    /// and not another value.
    static func decimal(whole: Int, scale: Int) -> DataType {
        .decimal(precision: max(1, min(38, whole + scale)), scale: min(scale, 38))
    }

    /// The one type that can hold values of both; nil when they don't mix.
    static func common(_ left: DataType, _ right: DataType) -> DataType? {
        if left == right { return left }
        if left == .unknown { return right }
        if right == .unknown { return left }
        if isNumber(left), isNumber(right) { return commonNumber(left, right) }
        if isMoment(left), isMoment(right) {
            return left == .timestamptz || right == .timestamptz ? .timestamptz : .timestamp
        }
        if case .list(let a) = left, case .list(let b) = right { return common(a, b).map(DataType.list) }
        return nil
    }

    private static func commonNumber(_ left: DataType, _ right: DataType) -> DataType {
        if left == .float64 || right == .float64 { return .float64 }
        if left == .float32 || right == .float32 { return .float32 }
        if isInteger(left), isInteger(right) {
            let wide: [DataType] = [.uint64, .hugeint]
            return wide.contains(left) || wide.contains(right) ? .hugeint : .int64
        }
        let a = digits(left) ?? (19, 0)
        let b = digits(right) ?? (19, 0)
        return decimal(whole: max(a.whole, b.whole), scale: max(a.scale, b.scale))
    }

    /// Whether a cast can mean anything; a single value may still fail to convert.
    static func canCast(_ from: DataType, to: DataType) -> Bool {
        if from == to || from == .unknown || from == .text { return true }
        switch to {
        case .text: return true
        case .boolean: return isInteger(from)
        case .date: return isMoment(from)
        case .timestamp, .timestamptz: return isMoment(from)
        case .time: return from == .timestamp
        case .json: return true
        case .interval, .binary, .uuid, .structure, .unknown, .other: return false
        case .list(let element):
            if case .list(let own) = from { return canCast(own, to: element) }
            return false
        default: return isNumber(from) || from == .boolean && !isDecimal(to)
        }
    }
}
