/// Reads the fields of a join.
struct JoinReading {
    let sourceNames: [PlacedText]

    func join(_ fields: inout FieldReader) -> JoinSpec? {
        let right = fields.required("right", example: "right: customers").flatMap(right)
        var how: JoinSpec.Kind? = .inner
        if let value = fields.value("how") { how = kind(value) }
        let mergeKeys = fields.value("merge_keys").map { $0.boolean() } ?? false
        let keys = keys(&fields)
        guard let right, let how, let mergeKeys, let keys else { return nil }
        return JoinSpec(right: right, keys: keys, how: how, mergeKeys: mergeKeys)
    }

    /// The name of a source, or a source of its own.
    private func right(_ value: FieldValue) -> JoinSpec.Right? {
        if case .mapping = value.node.content { return SourceReading.source(value).map { .inline($0) } }
        guard let name = value.name(of: "a source") else { return nil }
        guard sourceNames.contains(where: { $0.text.utf8.elementsEqual(name.text.utf8) }) else {
            let suggestion = Suggestion.phrase(for: name.text.trimmed(60), among: sourceNames.map(\.text))
            value.report(
                "no source is named \"\(name.text.trimmed(60))\""
                    + (suggestion.isEmpty ? "; name it under sources, or write the source here in full" : suggestion))
            return nil
        }
        return .named(name)
    }

    private func kind(_ value: FieldValue) -> JoinSpec.Kind? {
        if case .scalar(let scalar) = value.node.content, ["full", "full_outer"].contains(scalar.text) {
            value.report("unknown kind of join \"\(scalar.text)\"; did you mean \"outer\"?")
            return nil
        }
        return value.choice(JoinSpec.Kind.self, of: "kind of join", notYet: ["semi", "anti", "cross"])
    }

    /// `on: [k]`, or `left_on` and `right_on` of equal length.
    private func keys(_ fields: inout FieldReader) -> [JoinSpec.Key]? {
        let on = fields.value("on")
        let left = fields.value("left_on")
        let right = fields.value("right_on")
        if let on {
            if left != nil || right != nil {
                on.report("give either on, or left_on and right_on")
                return nil
            }
            return on.columns()?.map { JoinSpec.Key(left: $0, right: $0) }
        }
        guard let left, let right else {
            fields.context.report(
                left == nil && right == nil
                    ? "join needs \"on\"; write on: [id], or left_on and right_on"
                    : "left_on and right_on belong together; \(left == nil ? "left_on" : "right_on") is missing",
                at: fields.place)
            return nil
        }
        guard let leftColumns = left.columns(), let rightColumns = right.columns() else { return nil }
        guard leftColumns.count == rightColumns.count else {
            right.report("left_on has \(leftColumns.count) columns and right_on has \(rightColumns.count)")
            return nil
        }
        return zip(leftColumns, rightColumns).map { JoinSpec.Key(left: $0, right: $1) }
    }
}
