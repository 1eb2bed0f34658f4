/// Reads the fields of a mapping by name, and reports at the end those that nobody asked for.
struct FieldReader {
    let context: LoadContext
    /// Of the mapping.
    let place: FieldPlace
    /// What the mapping is, for messages: `a join`, `the sink`.
    let noun: String
    private var entries: [Located] = []
    private var known: [String] = []

    private struct Located {
        var name: String
        var keyPosition: SourcePosition?
        var node: YAMLNode
        var path: String
    }

    /// nil, reported, when the value is no mapping.
    init?(_ value: FieldValue, noun: String) {
        guard case .mapping(let entries) = value.node.content else {
            value.report("expected \(noun) as a mapping of fields, got \(value.node.description)")
            return nil
        }
        context = value.context
        place = value.place
        self.noun = noun
        add(entries, path: place.path)
    }

    /// Also takes the fields of a nested mapping (`options`) for fields of this one.
    mutating func flatten(_ name: String) {
        guard let value = value(name) else { return }
        guard case .mapping(let nested) = value.node.content else {
            value.report("expected a mapping of fields, got \(value.node.description)")
            return
        }
        add(nested, path: value.place.path)
    }

    /// The value of a field, which may go by several names; reported when given twice with different values.
    mutating func value(_ names: String...) -> FieldValue? { value(named: names) }

    /// As `value`, reported when absent; `example` says how to write it.
    mutating func required(_ names: String..., example: String) -> FieldValue? {
        let value = value(named: names)
        if value == nil { context.report("\(noun) needs \"\(names[0])\"; write \(example)", at: place) }
        return value
    }

    /// A field of the language that this version does not implement.
    mutating func notYet(_ names: String...) {
        for name in names {
            if let value = value(named: [name]) { value.report("not yet: \"\(name)\" of \(noun)") }
        }
    }

    /// Reports what nobody asked for. `elsewhere` says, for a name that belongs to another place, where.
    func finish(elsewhere: (String) -> String? = { _ in nil }) {
        for entry in entries where !known.contains(where: { $0.utf8.elementsEqual(entry.name.utf8) }) {
            let hint =
                elsewhere(entry.name).map { "; \($0)" } ?? Suggestion.phrase(for: entry.name.trimmed(60), among: known)
            context.report(
                "unknown field \"\(entry.name.trimmed(60))\" of \(noun)"
                    + (hint.isEmpty ? "; its fields are \(known.joined(separator: ", "))" : hint),
                at: FieldPlace(path: entry.path, position: entry.keyPosition))
        }
    }

    private mutating func value(named names: [String]) -> FieldValue? {
        for name in names where !known.contains(name) { known.append(name) }
        var found: Located?
        for entry in entries where names.contains(where: { $0.utf8.elementsEqual(entry.name.utf8) }) {
            guard let first = found else {
                found = entry
                continue
            }
            guard !first.node.means(sameAs: entry.node) else { continue }
            context.report(
                "given twice with different values: here and as \(first.path)",
                at: FieldPlace(path: entry.path, position: entry.keyPosition))
        }
        return found.map { FieldValue(node: $0.node, path: $0.path, context: context) }
    }

    private mutating func add(_ mapping: [YAMLNode.Entry], path: String) {
        entries += mapping.map { entry in
            Located(
                name: entry.key, keyPosition: entry.keyPosition, node: entry.value,
                path: path.isEmpty ? entry.key : "\(path).\(entry.key.trimmed(60))")
        }
    }
}

extension String {
    /// At most `limit` scalars: names in messages and paths come from the file, at any length.
    func trimmed(_ limit: Int) -> String {
        unicodeScalars.count <= limit ? self : String(String.UnicodeScalarView(unicodeScalars.prefix(limit))) + "…"
    }
}
