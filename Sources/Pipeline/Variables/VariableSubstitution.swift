/// Puts values in the place of references, once: what a value holds is never read as a reference.
struct VariableSubstitution {
    var scope: VariableScope
    /// Declared in the pipeline, with or without a default.
    var declared: [String] = []
    /// Names whose value was asked for.
    private(set) var references: Set<String> = []
    /// Bytes that values may still add to this pipeline.
    private var budget = VariableSubstitution.totalLimit

    /// Bytes of one value.
    static let valueLimit = 64 << 10
    /// Bytes that all substituted values of a pipeline may have together.
    static let totalLimit = 4 << 20

    init(scope: VariableScope) { self.scope = scope }

    /// A substituted text in pieces, so that what came from a variable can be told from what the author wrote.
    struct Outcome {
        struct Piece {
            var text: String
            /// Names the variable that it came from.
            var variable: String?
            /// Of the reference, in scalars of the text as written.
            var offset: Int
        }

        var pieces: [Piece] = []
        var mistakes: [VariableTemplate.Mistake] = []

        var text: String { pieces.map(\.text).joined() }
        var cameFromVariable: Bool { pieces.contains { $0.variable != nil } }
    }

    mutating func substitute(_ text: String) -> Outcome {
        let template = VariableTemplate(text)
        var outcome = Outcome(mistakes: template.mistakes)
        resolve(template.parts, offset: 0, into: &outcome)
        return outcome
    }

    /// Records names that somebody else resolved with the same scope.
    mutating func note(_ names: some Sequence<String>) { references.formUnion(names) }

    /// Counts what the references of a text would bring against the limits, for whoever resolves them. Answers the
    /// mistake when that is too much.
    mutating func charge(_ text: String) -> VariableTemplate.Mistake? {
        var pending = VariableTemplate(text).parts
        while let part = pending.popLast() {
            guard case .reference(let name, let fallback, let offset) = part else { continue }
            if let value = scope.value(of: name) {
                if let mistake = charge(value, of: name, at: offset) { return mistake }
            } else {
                pending += fallback ?? []
            }
        }
        return nil
    }

    /// What was given or came from the environment, of all that was referred to.
    var given: [String: String] {
        var result: [String: String] = [:]
        for name in references { result[name] = scope.given[name] ?? scope.environment[name] }
        return result
    }

    private mutating func resolve(_ parts: [VariableTemplate.Part], offset: Int, into outcome: inout Outcome) {
        for part in parts {
            switch part {
            case .text(let text):
                outcome.pieces.append(Outcome.Piece(text: text, variable: nil, offset: offset))
            case .reference(let name, let fallback, let offset):
                references.insert(name)
                if let value = scope.value(of: name) {
                    add(value, of: name, at: offset, to: &outcome)
                } else if let fallback {
                    resolve(fallback, offset: offset, into: &outcome)
                } else {
                    outcome.mistakes.append(VariableTemplate.Mistake(message: undefined(name), offset: offset))
                }
            }
        }
    }

    private mutating func add(_ value: String, of name: String, at offset: Int, to outcome: inout Outcome) {
        if let mistake = charge(value, of: name, at: offset) {
            outcome.mistakes.append(mistake)
        } else {
            outcome.pieces.append(Outcome.Piece(text: value, variable: name, offset: offset))
        }
    }

    private mutating func charge(_ value: String, of name: String, at offset: Int) -> VariableTemplate.Mistake? {
        let size = value.utf8.count
        guard size <= VariableSubstitution.valueLimit else {
            let message =
                "the value of variable \"\(name)\" has \(size) bytes; at most \(VariableSubstitution.valueLimit) are "
                + "allowed"
            return VariableTemplate.Mistake(message: message, offset: offset)
        }
        guard size <= budget else {
            let message = "the variables of this pipeline add more than \(VariableSubstitution.totalLimit) bytes to it"
            return VariableTemplate.Mistake(message: message, offset: offset)
        }
        budget -= size
        return nil
    }

    private func undefined(_ name: String) -> String {
        if declared.contains(name) {
            return "variable \"\(name)\" is declared without a default and not set; give it with --var \(name)=VALUE"
        }
        let candidates = declared + scope.given.keys.sorted() + scope.declaredDefaults.keys.sorted()
        let suggestion = Suggestion.phrase(for: name, among: candidates)
        return "variable \"\(name)\" is not set"
            + (suggestion.isEmpty ? "; give it with --var \(name)=VALUE, or write ${\(name):-default}" : suggestion)
    }
}
