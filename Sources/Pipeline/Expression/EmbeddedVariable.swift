/// A reference to a variable inside the text of an expression: where it ends and what it is replaced by.
struct EmbeddedVariable {
    /// Behind the closing brace.
    var end: Int
    /// The names that were referred to.
    var names: Set<String>
    /// nil when a problem was found.
    var value: String?
    var problems: [(message: String, offset: Int)]

    /// Reads the reference whose `$` stands at `start` (followed by `{`). A value is not expanded again.
    static func read(_ scalars: [Unicode.Scalar], at start: Int, scope: VariableScope) -> EmbeddedVariable {
        var reader = VariableReader(scalars, at: start)
        let reference = reader.reference()
        var result = EmbeddedVariable(
            end: reader.index, names: [], problems: reader.mistakes.map { ($0.message, $0.offset) })
        guard let reference, result.problems.isEmpty else { return result }
        var substitution = VariableSubstitution(scope: scope)
        let outcome = substitution.resolve([.reference(reference)])
        result.names = substitution.references
        result.problems = outcome.mistakes.map { ($0.message, $0.offset) }
        if result.problems.isEmpty { result.value = outcome.text }
        return result
    }

    static func isReference(_ scalars: [Unicode.Scalar], at index: Int) -> Bool {
        VariableReader.isReference(scalars, at: index)
    }

    /// `$${`, which stands for `${` itself.
    static func isEscape(_ scalars: [Unicode.Scalar], at index: Int) -> Bool {
        VariableReader.isEscape(scalars, at: index)
    }
}
