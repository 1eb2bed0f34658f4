/// Puts values in the place of references, once: what a value holds is never read as a reference.
struct VariableSubstitution {
    var scope: VariableScope
    /// Declared in the pipeline, with or without a default.
    var declared: [String] = []
    /// Variables that the declared default of a variable refers to.
    var ingredients: [String: Set<String>] = [:]
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
            /// Of a secret: its default.
            var text: String
            /// Names the variable that it came from.
            var variable: String?
            /// Names the secret that it stands for.
            var secret: String?
            /// Of the reference, else of the text, in scalars of the text as written.
            var offset: Int
            var secretHasDefault = false
            /// The variable was not given: its value is the default that the pipeline declares.
            var isDeclaredDefault = false
        }

        var pieces: [Piece] = []
        var mistakes: [VariableTemplate.Mistake] = []

        var text: String { pieces.map(\.text).joined() }
        /// Not only text of the author's, although a default may be.
        var hasReference = false
        /// Not among the pieces, which hold the text of such a default as one.
        var variablesInSecretDefaults: Set<String> = []
    }

    /// `allowingSecrets`: otherwise a reference to a secret is a mistake.
    mutating func substitute(_ text: String, allowingSecrets: Bool = false) -> Outcome {
        let template = VariableTemplate(text)
        var outcome = resolve(template.parts, allowingSecrets: allowingSecrets)
        outcome.mistakes.insert(contentsOf: template.mistakes, at: 0)
        return outcome
    }

    mutating func resolve(_ parts: [VariableTemplate.Part], allowingSecrets: Bool = false) -> Outcome {
        var outcome = Outcome()
        resolve(parts, allowingSecrets: allowingSecrets, into: &outcome)
        return outcome
    }

    /// Records names that somebody else resolved with the same scope.
    mutating func note(_ names: some Sequence<String>) { references.formUnion(names) }

    /// Counts what the references of a text would bring against the limits, for whoever resolves them. Answers the
    /// mistake when that is too much.
    mutating func charge(_ text: String) -> VariableTemplate.Mistake? {
        var pending = VariableTemplate(text).parts
        while let part = pending.popLast() {
            guard case .reference(let reference) = part, case .variable(let name, _) = reference.subject else {
                continue
            }
            if let value = scope.value(of: name) {
                if let mistake = charge(value, of: name, at: reference.offset) { return mistake }
            } else {
                pending += reference.fallback ?? []
            }
        }
        return nil
    }

    /// What was given or came from the environment, of all that was referred to.
    var given: [String: String] {
        var result: [String: String] = [:]
        for name in references { result[name] = scope.givenValue(of: name) }
        return result
    }

    private mutating func resolve(
        _ parts: [VariableTemplate.Part], allowingSecrets: Bool, into outcome: inout Outcome
    ) {
        for part in parts {
            switch part {
            case .text(let text, let offset): outcome.pieces.append(Outcome.Piece(text: text, offset: offset))
            case .reference(let reference):
                outcome.hasReference = true
                switch reference.subject {
                case .variable(let name, let shift): resolve(reference, name, shift, allowingSecrets, into: &outcome)
                case .secret(let name):
                    guard allowingSecrets else {
                        let message = "secret \"\(name)\" cannot stand here; only a connection may refer to secrets"
                        outcome.mistakes.append(VariableTemplate.Mistake(message: message, offset: reference.offset))
                        continue
                    }
                    add(secret: name, reference, to: &outcome)
                }
            }
        }
    }

    private mutating func resolve(
        _ reference: VariableTemplate.Reference, _ name: String, _ shift: DateShift?, _ allowingSecrets: Bool,
        into outcome: inout Outcome
    ) {
        references.insert(name)
        if let value = scope.value(of: name) {
            guard let shifted = shift.map({ $0.applied(to: value) }) ?? value else {
                let message =
                    "the value of variable \"\(name)\" is no date (YYYY-MM-DD) that can be shifted so far"
                outcome.mistakes.append(VariableTemplate.Mistake(message: message, offset: reference.offset))
                return
            }
            add(shifted, of: name, at: reference.offset, to: &outcome)
        } else if let template = scope.profile[name], shift == nil {
            // It refers to secrets, or to something that is not set, which is reported here. Without the profile in
            // the scope, so that no field refers to itself.
            var inner = VariableSubstitution(
                scope: VariableScope(given: scope.given, environment: scope.environment, project: scope.project))
            let resolved = inner.substitute(template, allowingSecrets: allowingSecrets)
            references.formUnion(inner.references)
            outcome.pieces += resolved.pieces.map { piece in
                var piece = piece
                piece.variable = piece.secret == nil ? name : nil
                piece.offset = reference.offset
                return piece
            }
            outcome.mistakes += resolved.mistakes.map {
                VariableTemplate.Mistake(message: "variable \"\(name)\": \($0.message)", offset: reference.offset)
            }
        } else if let fallback = reference.fallback {
            resolve(fallback, allowingSecrets: allowingSecrets, into: &outcome)
        } else {
            outcome.mistakes.append(VariableTemplate.Mistake(message: undefined(name), offset: reference.offset))
        }
    }

    /// A default of a secret is text that is known, or nothing.
    private mutating func add(secret name: String, _ reference: VariableTemplate.Reference, to outcome: inout Outcome) {
        var piece = Outcome.Piece(text: "", secret: name, offset: reference.offset)
        if let fallback = reference.fallback {
            let inner = resolve(fallback)
            outcome.mistakes += inner.mistakes
            outcome.variablesInSecretDefaults.formUnion(inner.pieces.compactMap(\.variable))
            piece.text = inner.text
            piece.secretHasDefault = true
        }
        outcome.pieces.append(piece)
    }

    private mutating func add(_ value: String, of name: String, at offset: Int, to outcome: inout Outcome) {
        if let mistake = charge(value, of: name, at: offset) {
            outcome.mistakes.append(mistake)
        } else {
            outcome.pieces.append(
                Outcome.Piece(
                    text: value, variable: name, offset: offset,
                    isDeclaredDefault: !scope.isGiven(name)))
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
        let candidates =
            declared + scope.profile.keys.sorted() + scope.given.keys.sorted() + scope.declaredDefaults.keys.sorted()
        let suggestion = Suggestion.phrase(for: name, among: candidates)
        return "variable \"\(name)\" is not set"
            + (suggestion.isEmpty ? "; give it with --var \(name)=VALUE, or write ${\(name):-default}" : suggestion)
    }
}
