/// Reads the fields of a join.
struct JoinReading {
    let sourceNames: [PlacedText]

    func join(_ fields: FieldReader) -> JoinSpec? {
        let right = fields.required("right").flatMap(right)
        var how: JoinSpec.Kind? = .inner
        if let value = fields.value("how") { how = kind(value) }
        let mergeKeys = fields.value("merge_keys").map { $0.boolean() } ?? false
        let keys = keys(fields, how)
        guard let right, let how, let mergeKeys, let keys else { return nil }
        return JoinSpec(right: right, keys: keys, how: how, mergeKeys: mergeKeys)
    }

    /// The name of a source, or a source of its own.
    private func right(_ value: FieldValue) -> JoinSpec.Right? {
        if case .mapping = value.node.content { return SourceReading.source(value).map { .inline($0) } }
        return SourceReading.reference(
            value, among: sourceNames, advice: "name it under sources, or write the source here in full"
        ).map { .named($0) }
    }

    private func kind(_ value: FieldValue) -> JoinSpec.Kind? {
        if case .scalar(let scalar) = value.node.content, ["full", "full_outer"].contains(scalar.text) {
            value.report("unknown kind of join \"\(scalar.text)\"; did you mean \"outer\"?")
            return nil
        }
        return value.choice(JoinSpec.Kind.self, of: "kind of join")
    }

    /// `on: [k]`, or `left_on` and `right_on` of equal length; none for a cross join.
    private func keys(_ fields: FieldReader, _ how: JoinSpec.Kind?) -> [JoinSpec.Key]? {
        let on = fields.value("on")
        let left = fields.value("left_on")
        let right = fields.value("right_on")
        if how == .cross {
            for field in [on, left, right].compactMap({ $0 }) {
                field.report("a cross join pairs every row with every row and takes no keys; remove them")
            }
            return []
        }
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
