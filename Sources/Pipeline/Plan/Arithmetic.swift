/// The types of `+ - * / %`, and the conversions that their operands need.
enum Arithmetic {
    struct Refusal: Error { var message: String }

    static func combine(_ op: BinaryOperator, _ left: TypedExpression, _ right: TypedExpression)
        -> Result<TypedExpression, Refusal>
    {
        if TypeRules.isNumber(left.type) || TypeRules.isNumber(right.type), isNumberOrUnknown(left, right) {
            return numbers(op, left, right)
        }
        if let moments = moments(op, left, right) { return .success(moments) }
        if left.type == .unknown, right.type == .unknown {
            return numbers(op, left.cast(to: .int64), right.cast(to: .int64))
        }
        let types = "\(left.type) \(op.rawValue) \(right.type)"
        if left.type == .text || right.type == .text {
            let advice =
                op == .add ? "texts are joined with ||, and a text is no number until it is cast" : "cast the text"
            return .failure(Refusal(message: "\(types) means nothing; \(advice)"))
        }
        return .failure(Refusal(message: "\(types) means nothing"))
    }

    private static func isNumberOrUnknown(_ left: TypedExpression, _ right: TypedExpression) -> Bool {
        [left, right].allSatisfy { TypeRules.isNumber($0.type) || $0.type == .unknown }
    }

    private static func numbers(_ op: BinaryOperator, _ left: TypedExpression, _ right: TypedExpression)
        -> Result<TypedExpression, Refusal>
    {
        if op == .divide {
            return .success(binary(op, left.cast(to: .float64), right.cast(to: .float64), .float64))
        }
        let a = left.type == .unknown ? right.type : narrow(left)
        let b = right.type == .unknown ? a : narrow(right)
        if TypeRules.isFloat(a) || TypeRules.isFloat(b) {
            let type = TypeRules.common(a, b) ?? .float64
            return .success(binary(op, left.cast(to: type), right.cast(to: type), type))
        }
        if TypeRules.isInteger(left.type) || left.type == .unknown,
            TypeRules.isInteger(right.type) || right.type == .unknown
        {
            return .success(binary(op, left.cast(to: .int64), right.cast(to: .int64), .int64))
        }
        let x = TypeRules.digits(a) ?? (19, 0)
        let y = TypeRules.digits(b) ?? (19, 0)
        if op == .multiply {
            let scale = x.scale + y.scale
            guard scale <= 38 else {
                return .failure(
                    Refusal(
                        message:
                            "the product would have \(scale) decimal places, at most 38 are possible; cast a factor to double"
                    ))
            }
            let type = DataType.decimal(precision: min(38, max(1, x.whole + x.scale + y.whole + y.scale)), scale: scale)
            let factors = [(left, x), (right, y)].map { factor, digits in
                factor.cast(to: TypeRules.decimal(whole: digits.whole, scale: digits.scale))
            }
            return .success(binary(op, factors[0], factors[1], type))
        }
        let carry = op == .modulo ? 0 : 1
        let type = TypeRules.decimal(whole: max(x.whole, y.whole) + carry, scale: max(x.scale, y.scale))
        return .success(binary(op, left.cast(to: type), right.cast(to: type), type))
    }

    /// The type of a number, for an integer that is written out no wider than its digits: `price * 2` does not need
    /// the 19 digits of an int64.
    static func narrow(_ typed: TypedExpression) -> DataType {
        guard case .literal(.integer(let value)) = typed.kind else { return typed.type }
        return .decimal(precision: String(value.magnitude).utf8.count, scale: 0)
    }

    private static func moments(_ op: BinaryOperator, _ left: TypedExpression, _ right: TypedExpression)
        -> TypedExpression?
    {
        switch (op, left.type, right.type) {
        case (.add, .interval, .interval), (.subtract, .interval, .interval): return binary(op, left, right, .interval)
        case (.add, .interval, _) where TypeRules.isMoment(right.type): return moments(op, right, left)
        case (.add, _, .date) where TypeRules.isInteger(left.type): return moments(op, right, left)
        case (.add, .date, .interval), (.subtract, .date, .interval):
            return binary(op, left, right, isWholeDays(right) ? .date : .timestamp)
        case (.add, _, .interval), (.subtract, _, .interval):
            return TypeRules.isMoment(left.type) ? binary(op, left, right, left.type) : nil
        case (.add, .date, _) where TypeRules.isInteger(right.type),
            (.subtract, .date, _) where TypeRules.isInteger(right.type):
            return binary(op, left, right.cast(to: .int32), .date)
        case (.subtract, .date, .date): return binary(op, left, right, .int64)
        case (.subtract, _, _) where TypeRules.isMoment(left.type) && TypeRules.isMoment(right.type):
            guard let type = TypeRules.common(left.type, right.type) else { return nil }
            return binary(op, left.cast(to: type), right.cast(to: type), .interval)
        default: return nil
        }
    }

    /// Months and days keep a date a date.
    private static func isWholeDays(_ typed: TypedExpression) -> Bool {
        switch typed.kind {
        case .literal(.interval(_, _, let microseconds)): microseconds == 0
        case .unary(.minus, let operand): isWholeDays(operand)
        case .binary(_, let left, let right): isWholeDays(left) && isWholeDays(right)
        default: false
        }
    }

    private static func binary(
        _ op: BinaryOperator, _ left: TypedExpression, _ right: TypedExpression, _ type: DataType
    )
        -> TypedExpression
    {
        TypedExpression(.binary(op, left, right), type)
    }
}
