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

    public static func parse(_ text: String, variables: VariableScope, origin: TextOrigin) -> Outcome {
        Outcome(expression: Expression(.column(text), at: origin.start))
    }
}
