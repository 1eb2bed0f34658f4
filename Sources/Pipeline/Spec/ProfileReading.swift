/// Gives a source or sink the fields of the profile that it names.
enum ProfileReading {
    /// The value with the profile's fields below its own; nil, reported, when there is no such profile.
    static func merged(_ value: FieldValue) -> FieldValue? {
        guard case .mapping(let entries) = value.node.content,
            let entry = entries.first(where: { $0.key == "profile" })
        else { return value }
        let context = value.context
        let field = FieldValue(node: entry.value, path: "\(value.place.path).profile", context: context)
        guard let name = field.name(of: "a profile") else { return nil }
        guard let profiles = context.profiles else {
            field.report("there is no project file (quicketl.yml) with profiles, here or in a folder above")
            return nil
        }
        guard let profile = profiles.profile(name.text) else {
            field.report(
                ProjectSpec.UnknownName(noun: "profile", name: name.text, known: profiles.names).description)
            return nil
        }
        context.noteProfile(profile.name)
        let own = Set(entries.map { Array($0.key.utf8) })
        var node = value.node
        node.content = .mapping(
            entries
                + profile.fields.filter { !own.contains(Array($0.key.utf8)) }.map {
                    moved($0, to: entry.value.position)
                })
        return FieldValue(node: node, path: value.place.path, context: context)
    }

    /// Problems of a profile are reported where it is named: positions of another file would mislead.
    private static func moved(_ entry: YAMLNode.Entry, to position: SourcePosition?) -> YAMLNode.Entry {
        YAMLNode.Entry(key: entry.key, keyPosition: position, value: moved(entry.value, to: position))
    }

    private static func moved(_ node: YAMLNode, to position: SourcePosition?) -> YAMLNode {
        var node = node
        node.position = position
        switch node.content {
        case .mapping(let entries): node.content = .mapping(entries.map { moved($0, to: position) })
        case .sequence(let items): node.content = .sequence(items.map { moved($0, to: position) })
        case .scalar: break
        }
        return node
    }
}
