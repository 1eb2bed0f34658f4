/// A reference to a variable inside the text of an expression: where it ends and what it is replaced by.
struct EmbeddedVariable {
    /// Behind the closing brace.
    var end: Int
    var names: Set<String>
    /// nil when a problem was found.
    var value: String?
    var problems: [(message: String, offset: Int)]

    /// Reads the reference whose `$` stands at `start` (followed by `{`).
    static func read(_ scalars: [Unicode.Scalar], at start: Int, scope: VariableScope) -> EmbeddedVariable {
        let end = closingBrace(scalars, from: start).map { $0 + 1 } ?? scalars.count
        var substitution = VariableSubstitution(scope: scope)
        let outcome = substitution.substitute(String(String.UnicodeScalarView(scalars[start..<end])))
        return EmbeddedVariable(
            end: end, names: substitution.references, value: outcome.mistakes.isEmpty ? outcome.text : nil,
            problems: outcome.mistakes.map { ($0.message, start + $0.offset) })
    }

    static func isReference(_ scalars: [Unicode.Scalar], at index: Int) -> Bool {
        scalars[index] == "$" && index + 1 < scalars.count && scalars[index + 1] == "{"
    }

    /// `$${`, which stands for `${` itself.
    static func isEscape(_ scalars: [Unicode.Scalar], at index: Int) -> Bool {
        scalars[index] == "$" && index + 2 < scalars.count && scalars[index + 1] == "$" && scalars[index + 2] == "{"
    }

    /// The brace that closes the reference at `start`, past nested references.
    private static func closingBrace(_ scalars: [Unicode.Scalar], from start: Int) -> Int? {
        var open = 1
        var index = start + 2
        while index < scalars.count {
            if isReference(scalars, at: index) {
                open += 1
                index += 2
                continue
            }
            if scalars[index] == "}" {
                open -= 1
                if open == 0 { return index }
            }
            index += 1
        }
        return nil
    }
}
