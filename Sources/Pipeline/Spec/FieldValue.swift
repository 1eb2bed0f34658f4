/// The value of one field, read as what the field wants. Every reading that fails has reported why and answers nil.
struct FieldValue {
    let node: YAMLNode
    let place: FieldPlace
    let context: LoadContext

    init(node: YAMLNode, path: String, context: LoadContext) {
        self.node = node
        place = FieldPlace(path: path, position: node.position)
        self.context = context
    }

    /// Not an empty field (`columns:`), which means the same as an absent one where that means something.
    var isGiven: Bool {
        if case .scalar(let scalar) = node.content { scalar.meaning != .null } else { true }
    }

    /// The word `null` without quotes, where that is one of the words of the field.
    var isNull: Bool {
        if case .scalar(let scalar) = node.content { scalar.meaning == .null && !scalar.text.isEmpty } else { false }
    }

    func report(_ message: String, severity: Problem.Severity = .error) {
        context.report(message, at: place, severity: severity)
    }

    /// A scalar with its variables substituted.
    struct Scalar {
        var text: String
        /// What it means by itself; text, once a variable has a part in it.
        var meaning: ScalarMeaning
        var outcome: VariableSubstitution.Outcome
    }

    func scalar(expecting wanted: String) -> Scalar? { scalar(expecting: wanted, allowingSecrets: false) }

    /// The text of a field that may refer to secrets, in pieces.
    func secretOutcome(expecting wanted: String) -> VariableSubstitution.Outcome? {
        scalar(expecting: wanted, allowingSecrets: true)?.outcome
    }

    private func scalar(expecting wanted: String, allowingSecrets: Bool) -> Scalar? {
        guard case .scalar(let scalar) = node.content else {
            report("expected \(wanted), got \(node.description)")
            return nil
        }
        switch scalar.meaning {
        case .null:
            report("expected \(wanted), got nothing; give a value, or quotes if a text like \"null\" is meant")
            return nil
        case .refused(let reason):
            report(reason)
            return nil
        default: break
        }
        let outcome = context.substitution.substitute(scalar.text, allowingSecrets: allowingSecrets)
        guard outcome.mistakes.isEmpty else {
            context.report(outcome.mistakes, in: scalar, at: place)
            return nil
        }
        let meaning = outcome.hasReference || outcome.text != scalar.text ? ScalarMeaning.text : scalar.meaning
        return Scalar(text: outcome.text, meaning: meaning, outcome: outcome)
    }

    /// A text; numbers, booleans and dates are the text that they are written as.
    func text(expecting wanted: String = "a text", limit: Int = 10_000) -> PlacedText? {
        guard let scalar = scalar(expecting: wanted) else { return nil }
        guard scalar.text.unicodeScalars.count <= limit else {
            report("the text is longer than \(limit) characters")
            return nil
        }
        return PlacedText(scalar.text, place)
    }

    /// A name of a column, a source or the like: not empty.
    func name(of wanted: String) -> PlacedText? {
        guard let text = text(expecting: "the name of \(wanted)", limit: 1_000) else { return nil }
        guard !text.text.isEmpty else {
            report("the name of \(wanted) is empty")
            return nil
        }
        guard !text.text.unicodeScalars.contains("\0") else {
            report("the name of \(wanted) holds a NUL character")
            return nil
        }
        return text
    }

    /// A path or URI; what variables may add to it is bounded (`PathText`).
    func path() -> PlacedText? {
        guard let scalar = scalar(expecting: "a path"), case .scalar(let source) = node.content else { return nil }
        let isWholeVariable = VariableTemplate(source.text).isSingleReference
        if let mistake = PathText.mistake(in: scalar.outcome, isWholeVariable: isWholeVariable) {
            context.report([mistake], in: source, at: place)
            return nil
        }
        return PlacedText(scalar.text, place)
    }

    func boolean() -> Bool? {
        guard let scalar = scalar(expecting: "true or false") else { return nil }
        if case .boolean(let value) = scalar.meaning { return value }
        if case .boolean(let value) = ScalarMeaning(plain: scalar.text) { return value }
        report("expected true or false, got \(scalar.meaning.noun)")
        return nil
    }

    /// Also accepts a text that reads as a number.
    func integer(_ wanted: String, in range: ClosedRange<Int64>) -> Int64? {
        guard let scalar = scalar(expecting: wanted) else { return nil }
        let meaning = scalar.meaning == .text ? ScalarMeaning(plain: scalar.text) : scalar.meaning
        guard case .integer(let value) = meaning, range.contains(value) else {
            let bounds =
                range.upperBound == .max ? "at least \(range.lowerBound)" : "\(range.lowerBound) to \(range.upperBound)"
            report("expected \(wanted), a whole number, \(bounds)")
            return nil
        }
        return value
    }

    func threshold(of wanted: String) -> PassThreshold? {
        guard let scalar = scalar(expecting: wanted) else { return nil }
        if let threshold = PassThreshold(scalar.text) { return threshold }
        report("expected \(wanted), a number from 0 to 1 such as 0.95")
        return nil
    }

    func items(of wanted: String, allowEmpty: Bool = false, limit: Int = 10_000) -> [FieldValue]? {
        guard case .sequence(let nodes) = node.content else {
            if case .mapping = node.content {
                report("expected a list of \(wanted), got a mapping; begin every entry with \"- \"")
            } else if case .scalar(let scalar) = node.content, scalar.meaning != .null {
                report("expected a list of \(wanted), got \(node.description); write [\(scalar.text.trimmed(60))]")
            } else {
                report("expected a list of \(wanted), got \(node.description); write [] for an empty one")
            }
            return nil
        }
        guard allowEmpty || !nodes.isEmpty else {
            report("the list of \(wanted) is empty")
            return nil
        }
        guard nodes.count <= limit else {
            report("the list has \(nodes.count) entries; at most \(limit) are allowed")
            return nil
        }
        return nodes.enumerated().map { index, node in
            FieldValue(node: node, path: "\(place.path)[\(index)]", context: context)
        }
    }

    /// A list of column names. A repeated one is reported.
    func columns(allowEmpty: Bool = false) -> [PlacedText]? {
        guard let items = items(of: "column names", allowEmpty: allowEmpty) else { return nil }
        let names = items.map { $0.name(of: "a column") }
        context.reportRepeated(names.compactMap { $0 }, noun: "column")
        // One bad entry spoils the list, but only after every entry was looked at.
        return names.contains { $0 == nil } ? nil : names.compactMap { $0 }
    }

    struct Pair {
        var key: PlacedText
        var value: FieldValue
    }

    /// A mapping whose keys are the author's names; keys are not substituted.
    func pairs(of wanted: String, allowEmpty: Bool = false) -> [Pair]? {
        guard case .mapping(let entries) = node.content else {
            report("expected a mapping of \(wanted), got \(node.description)")
            return nil
        }
        guard allowEmpty || !entries.isEmpty else {
            report("the mapping of \(wanted) is empty")
            return nil
        }
        return entries.map { entry in
            let path = "\(place.path).\(entry.key.trimmed(60))"
            return Pair(
                key: PlacedText(entry.key, FieldPlace(path: path, position: entry.keyPosition)),
                value: FieldValue(node: entry.value, path: path, context: context))
        }
    }

    /// One of the raw values of an enumeration. `notYet`: words of the language that this version does not implement,
    /// each with a way round. `alsoCalled`: other words for the same.
    func choice<Choice>(
        _ type: Choice.Type, of noun: String, notYet: [String: String] = [:], alsoCalled others: [String: Choice] = [:]
    ) -> Choice? where Choice: RawRepresentable<String> & CaseIterable {
        guard let text = text(expecting: noun) else { return nil }
        if let choice = Choice(rawValue: text.text) ?? others[text.text] { return choice }
        if let advice = notYet[text.text] {
            report("not yet: \(noun) \"\(text.text)\"; \(advice)")
            return nil
        }
        let known = Choice.allCases.map(\.rawValue)
        let suggestion = Suggestion.phrase(for: text.text.trimmed(60), among: known)
        report(
            "unknown \(noun) \"\(text.text.trimmed(60))\""
                + (suggestion.isEmpty ? "; known are \(known.joined(separator: ", "))" : suggestion))
        return nil
    }

    /// Expressions are substituted by their own parser, which knows what is inside quotes.
    func expression(isCondition: Bool = false) -> PlacedExpression? {
        guard case .scalar(let scalar) = node.content else {
            report("expected an expression, got \(node.description)")
            return nil
        }
        if case .refused(let reason) = scalar.meaning {
            report(reason)
            return nil
        }
        guard scalar.text.unicodeScalars.contains(where: { !$0.properties.isWhitespace }) else {
            report("the expression is empty")
            return nil
        }
        if let mistake = context.substitution.charge(scalar.text) {
            context.report([mistake], in: scalar, at: place)
            return nil
        }
        let outcome = ExpressionParser.parse(
            scalar.text, variables: context.substitution.scope, origin: context.origin(of: scalar, at: place),
            isCondition: isCondition)
        context.substitution.note(outcome.variables)
        outcome.problems.forEach(context.report)
        return outcome.expression.map { PlacedExpression($0, source: scalar.text, place) }
    }
}

extension LoadContext {
    /// Reports the second and every further of equal names.
    func reportRepeated(_ names: [PlacedText], noun: String) {
        var seen: Set<[UInt8]> = []
        for name in names where !seen.insert(Array(name.text.utf8)).inserted {
            report("\(noun) \"\(name.text.trimmed(60))\" stands more than once", at: name.place)
        }
    }
}
