/// Reads one entry of `transforms`: `op`, and the fields of that operation.
struct TransformReading {
    /// Names of the pipeline's sources, which joins and unions may refer to.
    let sourceNames: [PlacedText]

    func transform(_ value: FieldValue) -> TransformSpec? {
        guard let undecided = FieldReader(value, TransformFields.all.undecided),
            let op = undecided.required("op")?.text(expecting: "the name of an operation")
        else { return nil }
        guard let group = TransformFields.all.group(op.text) else {
            value.context.report(TransformReading.refusal(of: op.text), at: op.place)
            return nil
        }
        guard let fields = FieldReader(value, group) else { return nil }
        let kind = kind(op.text, fields)
        fields.finish()
        return kind.map { TransformSpec($0, value.place) }
    }

    private func kind(_ op: String, _ fields: FieldReader) -> TransformSpec.Kind? {
        switch op {
        case "select": return fields.required("columns")?.columns().map { .select(columns: $0) }
        case "rename": return rename(fields)
        case "filter": return fields.required("predicate")?.expression(isCondition: true).map { .filter(predicate: $0) }
        case "derive_column":
            let name = fields.required("name")?.name(of: "the new column")
            let field = fields.required("expr")
            if let field, let clause = OverClause(field) {
                return name.flatMap { clause.column(named: $0) }.map { .window(columns: [$0]) }
            }
            let expression = field?.expression()
            guard let name, let expression else { return nil }
            return .deriveColumn(name: name, expression: expression)
        case "cast": return fields.required("columns").flatMap(SourceReading.typedNames).map { .cast(columns: $0) }
        case "fill_null": return fillNull(fields)
        case "dedup": return dedup(fields).map { .dedup($0) }
        case "sort": return sort(fields)
        case "join": return JoinReading(sourceNames: sourceNames).join(fields).map { .join($0) }
        case "aggregate": return aggregate(fields)
        case "union": return union(fields).map { .union($0) }
        case "limit":
            let count = fields.required("n")?.integer("a number of rows", in: 1...Int64.max)
            let offset = fields.value("offset").map { $0.integer("a number of rows", in: 0...Int64.max) } ?? 0
            guard let count, let offset else { return nil }
            return .limit(count: count, offset: offset)
        case "window": return WindowReading.columns(fields).map { .window(columns: $0) }
        case "pivot": return PivotReading.pivot(fields).map { .pivot($0) }
        case "unpivot": return PivotReading.unpivot(fields).map { .unpivot($0) }
        case "hash_key": return hashKey(fields).map { .hashKey($0) }
        case "coalesce": return coalesce(fields)
        default: return nil
        }
    }

    private func rename(_ fields: FieldReader) -> TransformSpec.Kind? {
        guard let pairs = fields.required("mapping")?.pairs(of: "old names to new names") else { return nil }
        let renamings = pairs.map { pair in
            pair.value.name(of: "the column").map { Renaming(old: pair.key, new: $0) }
        }
        fields.context.reportRepeated(renamings.compactMap { $0?.new }, noun: "the new name")
        return renamings.contains { $0 == nil } ? nil : .rename(mapping: renamings.compactMap { $0 })
    }

    private func fillNull(_ fields: FieldReader) -> TransformSpec.Kind? {
        guard let pairs = fields.required("columns")?.pairs(of: "columns to values") else { return nil }
        let filled = pairs.map { pair in
            LiteralReading.literal(pair.value).map { FilledColumn(column: pair.key, value: $0) }
        }
        return filled.contains { $0 == nil } ? nil : .fillNull(columns: filled.compactMap { $0 })
    }

    private func dedup(_ fields: FieldReader) -> DedupSpec? {
        var isSound = true
        var spec = DedupSpec()
        if let value = fields.value("columns"), value.isGiven {
            if let columns = value.columns(allowEmpty: true) { spec.columns = columns } else { isSound = false }
        }
        let orderBy = fields.value("order_by")
        if let orderBy {
            if let keys = SortKeyReading.keys(orderBy, readsWords: true) {
                spec.orderBy = keys
            } else {
                isSound = false
            }
        }
        let keep = fields.value("keep")
        if let keep {
            if let choice = keep.choice(DedupSpec.Keep.self, of: "keep") { spec.keep = choice } else { isSound = false }
        }
        if isSound, spec.columns.isEmpty, let field = orderBy ?? keep {
            field.report("rows that are equal in every column have no first or last; name the key in columns")
        }
        return isSound ? spec : nil
    }

    /// `by: [a, b]` with one `descending` for all, or entries that say it themselves.
    private func sort(_ fields: FieldReader) -> TransformSpec.Kind? {
        let descending = fields.value("descending").map { $0.boolean() } ?? false
        guard let keys = fields.required("by").flatMap({ SortKeyReading.keys($0, descending: descending ?? false) }),
            descending != nil
        else { return nil }
        return .sort(by: keys)
    }

    private func aggregate(_ fields: FieldReader) -> TransformSpec.Kind? {
        let groupBy = fields.required("group_by")?.columns(allowEmpty: true)
        guard let field = fields.required("aggs"), let aggregates = AggregateReading.aggregates(field), let groupBy
        else { return nil }
        if groupBy.isEmpty, aggregates.isEmpty {
            fields.context.report("an aggregate needs keys in group_by, or aggregates in aggs", at: fields.place)
        }
        for aggregate in aggregates
        where groupBy.contains(where: { $0.text.utf8.elementsEqual(aggregate.name.text.utf8) }) {
            fields.context.report(
                "\"\(aggregate.name.text.trimmed(60))\" is a key in group_by already; give the aggregate another name",
                at: aggregate.name.place)
        }
        return .aggregate(groupBy: groupBy, aggregates: aggregates)
    }

    private func union(_ fields: FieldReader) -> UnionSpec? {
        let missing =
            fields.value("missing").map { $0.isNull ? .null : $0.choice(UnionSpec.Missing.self, of: "missing") }
            ?? .error
        guard let items = fields.required("sources")?.items(of: "names of sources", limit: 1_000) else { return nil }
        let names = items.map { SourceReading.reference($0, among: sourceNames, advice: "name it under sources") }
        guard let missing, !names.contains(where: { $0 == nil }) else { return nil }
        return UnionSpec(sources: names.compactMap { $0 }, missing: missing)
    }

    private func hashKey(_ fields: FieldReader) -> HashKeySpec? {
        let name = fields.required("name")?.name(of: "the new column")
        let columns = fields.required("columns")?.columns()
        let algorithm =
            fields.value("algorithm").map { $0.choice(HashKeySpec.Algorithm.self, of: "hash algorithm") } ?? .md5
        let separator = fields.value("separator").map { $0.text(expecting: "a separator", limit: 100)?.text } ?? "|"
        guard let name, let columns, let algorithm, let separator else { return nil }
        return HashKeySpec(name: name, columns: columns, algorithm: algorithm, separator: separator)
    }

    private func coalesce(_ fields: FieldReader) -> TransformSpec.Kind? {
        let name = fields.required("name")?.name(of: "the new column")
        let columns = fields.required("columns")?.columns()
        let fallback = fields.value("default").map { LiteralReading.literal($0, orNull: true) }
        guard let name, let columns else { return nil }
        if case .some(.none) = fallback { return nil }
        let value = fallback.flatMap { $0 }.flatMap { $0.literal == .null ? nil : $0 }
        return .coalesce(name: name, columns: columns, default: value)
    }

    private static func refusal(of op: String) -> String {
        if op == "chunk" || op == "embed" {
            return
                "the operation \"\(op)\" is not supported: QuickETL accepts it in a pipeline but never implemented it, "
                + "so there is no behaviour to match"
        }
        let known = TransformFields.all.tags
        let suggestion = Suggestion.phrase(for: op.trimmed(60), among: known)
        return "unknown operation \"\(op.trimmed(60))\""
            + (suggestion.isEmpty ? "; known are \(known.joined(separator: ", "))" : suggestion)
    }
}
