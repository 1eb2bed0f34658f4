/// A value that stands beside a column (to fill it, to stand in for it, to be compared with it), with the type that
/// both have together.
struct FittedLiteral {
    /// Of `type`.
    let value: TypedExpression
    /// What the column becomes.
    let type: DataType

    struct Refusal: Error {
        let message: String
    }

    /// The literal keeps the type that YAML gives it: 0.5 makes a column of integers one of doubles. What came from a
    /// variable takes the type of the column.
    init(_ placed: PlacedLiteral, besides column: DataType) throws(Refusal) {
        let literal = try Self.literal(placed, besides: column)
        let refusal = Self.refusal(placed, column)
        let typed: TypedExpression
        switch literal {
        case .decimal(let digits) where !TypeRules.isDecimal(column):
            // Beside decimals a number stays exact.
            guard let number = Double(digits) else { throw refusal }
            typed = TypedLiteral.make(.double(number))
        case .text(let text) where column != .text && column != .unknown && !TypeRules.isNumber(column):
            guard column != .boolean, let read = TypedLiteral.read(text, as: column) else {
                throw refusal
            }
            typed = read
        default: typed = TypedLiteral.make(literal)
        }
        guard let type = Self.common(typed, literal, column) else { throw refusal }
        value = typed.cast(to: type)
        self.type = type
    }

    private static func common(_ typed: TypedExpression, _ literal: Literal, _ column: DataType) -> DataType? {
        if typed.type == column { return column }
        if case .integer(let number) = literal, let range = TypeRules.range(column), range.contains(number) {
            return column
        }
        if column == .float32, typed.type == .float64 { return .float32 }
        if TypeRules.isDecimal(column) { return TypeRules.common(column, Arithmetic.narrow(typed)) }
        return TypeRules.common(column, typed.type)
    }

    /// A variable's text as a value that fits the column as it is.
    private static func literal(_ placed: PlacedLiteral, besides column: DataType) throws(Refusal) -> Literal {
        guard placed.isFromVariable, case .text(let text) = placed.literal,
            TypeRules.isNumber(column) || column == .boolean
        else { return placed.literal }
        guard let typed = TypedLiteral.read(text, as: column), case .literal(let literal) = typed.kind else {
            throw refusal(placed, column)
        }
        switch literal {
        case .integer(let number):
            if let range = TypeRules.range(column), !range.contains(number) { throw refusal(placed, column) }
        case .decimal, .double:
            let fits =
                TypeRules.isFloat(column)
                || TypeRules.isDecimal(column) && TypeRules.common(column, Arithmetic.narrow(typed)) == column
            guard fits else { throw refusal(placed, column) }
        default: break
        }
        return literal
    }

    private static func refusal(_ placed: PlacedLiteral, _ column: DataType) -> Refusal {
        if placed.isFromVariable { return Refusal(message: "the variable's value does not fit \(column)") }
        var advice = ""
        if case .text = placed.literal {} else if column == .text { advice = "; write it in quotes" }
        let text = ExpressionText.text(placed.literal).prefix(60)
        return Refusal(message: "the value \(text) does not fit \(column)\(advice)")
    }
}
