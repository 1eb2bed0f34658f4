/// `${NAME}` and `${NAME:-default}` inside the text of an expression: where it ends and what it is replaced by.
struct EmbeddedVariable {
    /// Behind the closing brace.
    var end: Int
    /// Without its variables, the names that were referred to, in order.
    var names: [String]
    /// nil when a problem was found.
    var value: String?
    var problems: [(message: String, offset: Int)]

    static let depthLimit = 16

    /// Reads the reference whose `$` stands at `start` (followed by `{`). A value is not expanded again.
    static func read(_ scalars: [Unicode.Scalar], at start: Int, scope: VariableScope, depth: Int = 0)
        -> EmbeddedVariable
    {
        var index = start + 2
        var name = ""
        while index < scalars.count, isNameScalar(scalars[index], first: name.isEmpty) {
            name.unicodeScalars.append(scalars[index])
            index += 1
        }
        guard let close = closingBrace(scalars, from: start) else {
            return EmbeddedVariable(
                end: scalars.count, names: [], problems: [("\"${\" has no closing \"}\"", start)])
        }
        guard depth < depthLimit else {
            return EmbeddedVariable(
                end: close + 1, names: [], problems: [("variables are nested more than \(depthLimit) deep", start)])
        }
        if index == close, !name.isEmpty {
            if let value = scope.value(of: name) {
                return EmbeddedVariable(end: close + 1, names: [name], value: value, problems: [])
            }
            let message = "variable \"\(name)\" is not set; give it with --var \(name)=…, or write ${\(name):-default}"
            return EmbeddedVariable(end: close + 1, names: [name], problems: [(message, start)])
        }
        guard !name.isEmpty, index + 1 < close, scalars[index] == ":", scalars[index + 1] == "-" else {
            return EmbeddedVariable(
                end: close + 1, names: [], problems: [(refusal(of: scalars[start...close]), start)])
        }
        return withDefault(name, scalars, from: index + 2, to: close, scope: scope, depth: depth)
    }

    private static func withDefault(
        _ name: String, _ scalars: [Unicode.Scalar], from first: Int, to close: Int, scope: VariableScope, depth: Int
    ) -> EmbeddedVariable {
        var result = EmbeddedVariable(end: close + 1, names: [name], value: "", problems: [])
        if let value = scope.value(of: name) {
            result.value = value
            return result
        }
        var text = String.UnicodeScalarView()
        var index = first
        while index < close {
            if isReference(scalars, at: index) {
                let inner = read(scalars, at: index, scope: scope, depth: depth + 1)
                result.names += inner.names
                result.problems += inner.problems
                text.append(contentsOf: (inner.value ?? "").unicodeScalars)
                index = inner.end
            } else if isEscape(scalars, at: index) {
                text.append(contentsOf: "${".unicodeScalars)
                index += 3
            } else {
                text.append(scalars[index])
                index += 1
            }
        }
        result.value = result.problems.isEmpty ? String(text) : nil
        return result
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

    private static func refusal(of reference: ArraySlice<Unicode.Scalar>) -> String {
        var view = String.UnicodeScalarView()
        view.append(contentsOf: reference.prefix(40))
        let text = String(view)
        if text.hasPrefix("${secret:") { return "a secret cannot stand in an expression: \(text)" }
        if text.contains("|") { return "date arithmetic in a variable is not supported yet: \(text)" }
        return "\(text) is not a variable; write ${NAME} or ${NAME:-default}, and $${ for the characters themselves"
    }

    private static func isNameScalar(_ scalar: Unicode.Scalar, first: Bool) -> Bool {
        switch scalar {
        case "A"..."Z", "a"..."z", "_": true
        case "0"..."9": !first
        default: false
        }
    }
}
