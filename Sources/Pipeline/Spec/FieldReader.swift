/// Reads the fields of a mapping by name, and reports at the end those that its group does not name.
struct FieldReader {
    let context: LoadContext
    /// Of the mapping.
    let place: FieldPlace
    let group: FieldGroup
    private var entries: [Located] = []

    private struct Located {
        var name: String
        var keyPosition: SourcePosition?
        var node: YAMLNode
        var path: String
    }

    /// nil, reported, when the value is no mapping.
    init?(_ value: FieldValue, _ group: FieldGroup) {
        guard case .mapping(let entries) = value.node.content else {
            let isEmpty = if case .scalar(let scalar) = value.node.content { scalar.meaning == .null } else { false }
            value.report(
                "expected \(group.noun) as a mapping of fields, got \(value.node.description)"
                    + (isEmpty ? "; write its fields on lines of their own, indented" : ""))
            return nil
        }
        context = value.context
        place = value.place
        self.group = group
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
    func value(_ name: String) -> FieldValue? {
        guard let field = field(name) else { return nil }
        let names = [field.name] + field.aliases
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

    /// As `value`, reported when absent.
    func required(_ name: String) -> FieldValue? {
        let value = value(name)
        if value == nil, let field = field(name) {
            context.report("\(group.noun) needs \"\(name)\"; write \(field.example)", at: place)
        }
        return value
    }

    /// Reports fields that the group does not name. `elsewhere` says, for a name that belongs to another place, where.
    func finish(elsewhere: (String) -> String? = { _ in nil }) {
        let known = group.names
        for entry in entries where !known.contains(where: { $0.utf8.elementsEqual(entry.name.utf8) }) {
            let hint =
                elsewhere(entry.name).map { "; \($0)" } ?? Suggestion.phrase(for: entry.name.trimmed(60), among: known)
            context.report(
                "unknown field \"\(entry.name.trimmed(60))\" of \(group.noun)"
                    + (hint.isEmpty ? "; its fields are \(group.fields.map(\.name).joined(separator: ", "))" : hint),
                at: FieldPlace(path: entry.path, position: entry.keyPosition))
        }
    }

    private func field(_ name: String) -> Field? {
        let field = group.field(name)
        assert(field != nil, "\(group.noun) has no field \"\(name)\"")
        return field
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
