/// A value that a check compares a column with, both in the type that they have together.
struct ComparedLiteral {
    let column: TypedExpression
    let value: TypedExpression

    /// nil when they cannot be compared. Beside texts a number or date is its own text.
    init?(_ literal: Literal, with column: PlanColumn) {
        let own = Self.expression(column)
        guard let read = Self.read(literal, as: column.type) else { return nil }
        let isDecimal = TypeRules.isDecimal(read.type) || TypeRules.isDecimal(column.type)
        guard let type = TypeRules.common(column.type, isDecimal ? Arithmetic.narrow(read) : read.type) else {
            return nil
        }
        self.column = own.cast(to: type)
        value = read.cast(to: type)
    }

    static func expression(_ column: PlanColumn) -> TypedExpression {
        TypedExpression(.column(column.id), column.type)
    }

    private static func read(_ literal: Literal, as type: DataType) -> TypedExpression? {
        if case .text(let text) = literal { return TypedLiteral.read(text, as: type) }
        guard type == .text || type == .unknown else { return TypedLiteral.make(literal) }
        switch literal {
        case .boolean(let flag): return TypedLiteral.make(.text(flag ? "true" : "false"))
        case .date(let text), .timestamp(let text), .decimal(let text): return TypedLiteral.make(.text(text))
        case .integer(let number): return TypedLiteral.make(.text(String(number)))
        default: return TypedLiteral.make(literal).cast(to: .text)
        }
    }
}
