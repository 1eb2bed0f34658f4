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
}
