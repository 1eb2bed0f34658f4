/// Reads the text of an expression field. Variables (`${VAR}`) become literals, or parts of the text literal or
/// quoted name in which they stand; they never add tokens.
public enum ExpressionParser {
    public struct Outcome: Sendable {
        /// nil when `problems` holds an error.
        public var expression: Expression?
        public var problems: [Problem]
        /// Names of the variables that the text refers to.
        public var variables: Set<String>

        public init(expression: Expression?, problems: [Problem] = [], variables: Set<String> = []) {
            self.expression = expression
            self.problems = problems
            self.variables = variables
        }
    }

    /// Bytes of UTF-8. No hand writes more, and it bounds the time and memory of everything behind the parser.
    public static let lengthLimit = 65_536
    /// Levels of the tree: everything that walks it recurses, and must fit the stack of a thread.
    public static let depthLimit = 100

    /// `isCondition`: what is no expression may still be a plain comparison.
    public static func parse(
        _ text: String, variables: VariableScope, origin: TextOrigin, isCondition: Bool = false
    ) -> Outcome {
        let outcome = parse(text, variables, origin)
        guard isCondition, outcome.expression == nil, outcome.variables.isEmpty, text.utf8.count <= 1_000 else {
            return outcome
        }
        let place = ExpressionPlace(Array(text.unicodeScalars), origin: origin)
        guard let plain = PlainComparison.expression(text, place: place) else { return outcome }
        var warning = place.problem(
            "\"\(text)\" is read as a column compared with a value; write the name in double quotes and a text in "
                + "single quotes", at: 0)
        warning.severity = .warning
        return Outcome(expression: plain, problems: [warning])
    }

    private static func parse(_ text: String, _ variables: VariableScope, _ origin: TextOrigin) -> Outcome {
        guard text.utf8.count <= lengthLimit else {
            let message = "the expression is longer than \(lengthLimit / 1024) KiB"
            return Outcome(
                expression: nil,
                problems: [Problem(message, file: origin.file, position: origin.start, path: origin.path)])
        }
        let scalars = Array(text.unicodeScalars)
        let place = ExpressionPlace(scalars, origin: origin)
        var lexer = ExpressionLexer(scalars, scope: variables, place: place)
        lexer.run()
        guard lexer.isReadable else {
            return Outcome(expression: nil, problems: lexer.problems, variables: lexer.variables)
        }
        var grammar = ExpressionGrammar(lexer.tokens, scalars: scalars, place: place)
        let parsed = grammar.run()
        let problems = lexer.problems + grammar.problems
        let isValid = !problems.contains { $0.severity == .error }
        return Outcome(
            expression: isValid ? parsed : nil, problems: problems, variables: lexer.variables)
    }
}
