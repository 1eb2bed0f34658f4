/// Reads one entry of `transforms`: `op`, and the fields of that operation.
struct TransformReading {
    /// Names of the pipeline's sources, which a join may refer to.
    let sourceNames: [PlacedText]

    private static let implemented = [
        "select", "rename", "filter", "derive_column", "cast", "sort", "join", "aggregate", "limit",
    ]
    private static let notYet = [
        "fill_null", "dedup", "union", "window", "pivot", "unpivot", "hash_key", "coalesce",
    ]

    func transform(_ value: FieldValue) -> TransformSpec? {
        guard var fields = FieldReader(value, noun: "a transform") else { return nil }
        guard let op = fields.required("op", example: "op: filter")?.text(expecting: "the name of an operation") else {
            return nil
        }
        guard TransformReading.implemented.contains(op.text) else {
            fields.context.report(TransformReading.refusal(of: op.text), at: op.place)
            return nil
        }
        // The reader speaks of the operation from here on.
        guard var fields = FieldReader(value, noun: op.text) else { return nil }
        _ = fields.value("op")
        let kind = kind(op.text, &fields)
        fields.finish()
        return kind.map { TransformSpec($0, value.place) }
    }

    private func kind(_ op: String, _ fields: inout FieldReader) -> TransformSpec.Kind? {
        switch op {
        case "select":
            return fields.required("columns", example: "columns: [a, b]")?.columns().map { .select(columns: $0) }
        case "rename": return rename(&fields)
        case "filter":
            return fields.required("predicate", example: "predicate: amount > 0")?.expression().map {
                .filter(predicate: $0)
            }
        case "derive_column":
            let name = fields.required("name", example: "name: total")?.name(of: "the new column")
            let expression = fields.required("expr", example: "expr: price * quantity")?.expression()
            guard let name, let expression else { return nil }
            return .deriveColumn(name: name, expression: expression)
        case "cast":
            return fields.required("columns", example: "columns: {amount: double}").flatMap(SourceReading.typedNames)
                .map { .cast(columns: $0) }
        case "sort": return sort(&fields)
        case "join": return JoinReading(sourceNames: sourceNames).join(&fields).map { .join($0) }
        case "aggregate": return aggregate(&fields)
        case "limit":
            let count = fields.required("n", example: "n: 100")?.integer("a number of rows", in: 1...Int64.max)
            let offset = fields.value("offset").map { $0.integer("a number of rows", in: 0...Int64.max) } ?? 0
            guard let count, let offset else { return nil }
            return .limit(count: count, offset: offset)
        default: return nil
        }
    }

    private func rename(_ fields: inout FieldReader) -> TransformSpec.Kind? {
        guard
            let pairs = fields.required("mapping", example: "mapping: {old_name: new_name}")?.pairs(
                of: "old names to new names")
        else { return nil }
        let renamings = pairs.map { pair in
            pair.value.name(of: "the column").map { Renaming(old: pair.key, new: $0) }
        }
        fields.context.reportRepeated(renamings.compactMap { $0?.new }, noun: "the new name")
        return renamings.contains { $0 == nil } ? nil : .rename(mapping: renamings.compactMap { $0 })
    }

    /// `by: [a, b]` with one `descending` for all, or entries that say it themselves.
    private func sort(_ fields: inout FieldReader) -> TransformSpec.Kind? {
        let descending = fields.value("descending").map { $0.boolean() } ?? false
        guard let items = fields.required("by", example: "by: [amount]")?.items(of: "column names") else { return nil }
        let keys = items.map { item -> SortKey? in
            guard case .mapping = item.node.content else {
                return item.name(of: "a column").map { SortKey(column: $0, descending: descending ?? false) }
            }
            guard var entry = FieldReader(item, noun: "a sort key") else { return nil }
            let column = entry.required("column", example: "column: amount")?.name(of: "a column")
            var own = descending
            let given = entry.value("descending")
            let order = entry.value("order")
            if let given { own = given.boolean() }
            if let order {
                if given != nil { order.report("give either descending or order") }
                own = order.choice(Order.self, of: "order").map { $0 == .desc }
            }
            entry.finish()
            guard let column, let own else { return nil }
            return SortKey(column: column, descending: own)
        }
        guard descending != nil, !keys.contains(where: { $0 == nil }) else { return nil }
        return .sort(by: keys.compactMap { $0 })
    }

    private enum Order: String, CaseIterable { case asc, desc }

    private func aggregate(_ fields: inout FieldReader) -> TransformSpec.Kind? {
        let groupBy = fields.required("group_by", example: "group_by: [country], or [] for one row")?.columns(
            allowEmpty: true)
        guard
            let pairs = fields.required("aggs", "aggregations", example: "aggs: {total: sum(amount)}")?.pairs(
                of: "names to aggregates", allowEmpty: true)
        else { return nil }
        let aggregates = pairs.map { pair in
            pair.value.expression().map { NamedExpression(name: pair.key, expression: $0) }
        }
        guard let groupBy else { return nil }
        if groupBy.isEmpty, pairs.isEmpty {
            fields.context.report("an aggregate needs keys in group_by, or aggregates in aggs", at: fields.place)
        }
        for pair in pairs where groupBy.contains(where: { $0.text.utf8.elementsEqual(pair.key.text.utf8) }) {
            fields.context.report(
                "\"\(pair.key.text.trimmed(60))\" is a key in group_by already; give the aggregate another name",
                at: pair.key.place)
        }
        return aggregates.contains { $0 == nil }
            ? nil : .aggregate(groupBy: groupBy, aggregates: aggregates.compactMap { $0 })
    }

    private static func refusal(of op: String) -> String {
        if notYet.contains(op) { return "not yet: the operation \"\(op)\"" }
        if op == "chunk" || op == "embed" {
            return
                "the operation \"\(op)\" is not supported: QuickETL accepts it in a pipeline but never implemented it, "
                + "so there is no behaviour to match"
        }
        let suggestion = Suggestion.phrase(for: op.trimmed(60), among: implemented + notYet)
        return "unknown operation \"\(op.trimmed(60))\""
            + (suggestion.isEmpty ? "; known are \(implemented.joined(separator: ", "))" : suggestion)
    }
}
