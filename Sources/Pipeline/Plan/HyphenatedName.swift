/// `first-name`, `A-1`: what parses as a subtraction and may stand for one name or one text, as no blank divides it. What it
/// is can be told only when the columns are known.
struct HyphenatedName {
    let text: String
    /// The parts that are names: when each is a column, it is a subtraction.
    let names: [String]

    /// nil when `expression` is something else, or has blanks around the hyphens.
    init?(_ expression: Expression) {
        guard case .binary(.subtract, let left, let right) = expression.kind, let last = Self.part(right),
            let start = Self.start(left)
        else { return nil }
        let head: (text: String, names: [String])
        if let inner = HyphenatedName(left) {
            head = (inner.text, inner.names)
        } else if let first = Self.part(left) {
            head = first
        } else {
            return nil
        }
        let end = start.column + head.text.unicodeScalars.count + 1
        guard right.position == SourcePosition(line: start.line, column: end) else { return nil }
        (text, names) = ("\(head.text)-\(last.text)", head.names + last.names)
    }

    private static func start(_ expression: Expression) -> SourcePosition? {
        if case .binary(.subtract, let left, _) = expression.kind { return start(left) }
        return expression.position
    }

    private static func part(_ expression: Expression) -> (text: String, names: [String])? {
        switch expression.kind {
        case .column(let name, .none): (name, [name])
        case .literal(.integer(let number)) where number >= 0: (String(number), [])
        default: nil
        }
    }

    // MARK: - Inside a formula

    /// `unit-price * 2`, which parses as `unit - (price * 2)`: as what it means where there is a column "unit-price" and
    /// not both of its parts; nil where there is nothing to regroup.
    static func regrouped(_ expression: Expression, isColumn: (String) -> Bool) -> Expression? {
        guard case .binary(.subtract, let left, let right) = expression.kind else { return nil }
        let (before, after) = (edge(left, last: true), edge(right, last: false))
        guard case .column(let head, .none) = before.kind, case .column(let tail, .none) = after.kind,
            let start = before.position, isColumn("\(head)-\(tail)"), !(isColumn(head) && isColumn(tail)),
            after.position
                == SourcePosition(line: start.line, column: start.column + head.unicodeScalars.count + 1)
        else { return nil }
        return joined(left, right, Expression(.column("\(head)-\(tail)", .backtick), at: start))
    }

    /// What is multiplied binds to the name, what is added stays outside.
    private static func joined(_ left: Expression, _ right: Expression, _ name: Expression) -> Expression {
        if case .binary(let op, let first, let second) = left.kind, op == .add || op == .subtract {
            return Expression(.binary(op, first, joined(second, right, name)), at: left.position)
        }
        return replacing(right, last: false, by: replacing(left, last: true, by: name))
    }

    /// The first or last operand of products and sums.
    private static func edge(_ expression: Expression, last: Bool) -> Expression {
        guard case .binary(let op, let left, let right) = expression.kind, isArithmetic(op) else { return expression }
        return edge(last ? right : left, last: last)
    }

    private static func replacing(_ expression: Expression, last: Bool, by other: Expression) -> Expression {
        guard case .binary(let op, let left, let right) = expression.kind, isArithmetic(op) else { return other }
        let kind: Expression.Kind =
            last
            ? .binary(op, left, replacing(right, last: last, by: other))
            : .binary(op, replacing(left, last: last, by: other), right)
        return Expression(kind, at: last ? expression.position : other.position)
    }

    private static func isArithmetic(_ op: BinaryOperator) -> Bool {
        [.add, .subtract, .multiply, .divide, .modulo].contains(op)
    }
}
