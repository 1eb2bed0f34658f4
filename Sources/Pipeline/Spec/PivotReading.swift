/// Reads the steps that turn rows into columns, and columns into rows.
enum PivotReading {
    /// Every name of an aggregate, in the order in which they are listed.
    static let aggregates: [(name: String, aggregate: PivotSpec.Aggregate)] = [
        ("first", .first), ("last", .last), ("sum", .sum), ("mean", .average), ("avg", .average), ("min", .min),
        ("max", .max), ("count", .count), ("count_distinct", .countDistinct), ("nunique", .countDistinct),
        ("median", .median), ("stddev", .standardDeviation), ("std", .standardDeviation), ("variance", .variance),
        ("var", .variance), ("any", .any), ("arbitrary", .any),
    ]

    static func pivot(_ fields: FieldReader) -> PivotSpec? {
        let index = fields.required("index").flatMap(index)
        let columns = fields.required("columns").flatMap { single($0, "columns") }
        let values = fields.required("values").flatMap { single($0, "values") }
        let functions = fields.value("aggfunc").map(aggregates)
        guard let index, let columns, let values else { return nil }
        if case .some(.none) = functions { return nil }
        let named = functions.flatMap { $0 }
        let standard = PivotSpec.NamedAggregate(name: PlacedText("first", fields.place), aggregate: .first)
        for name in index {
            if name.text.utf8.elementsEqual(columns.text.utf8) || name.text.utf8.elementsEqual(values.text.utf8) {
                fields.context.report(
                    "column \"\(name.text.trimmed(60))\" cannot be in index and in columns or values", at: name.place)
            }
        }
        return PivotSpec(
            index: index, columns: columns, values: values, aggregates: named?.list ?? [standard],
            namesFunctions: named?.isList ?? false)
    }

    private static func index(_ value: FieldValue) -> [PlacedText]? {
        if case .scalar = value.node.content { return value.name(of: "a column").map { [$0] } }
        return value.columns(allowEmpty: true)
    }

    /// One column; a list of one is taken for it.
    private static func single(_ value: FieldValue, _ field: String) -> PlacedText? {
        guard case .sequence = value.node.content else { return value.name(of: "a column") }
        guard let items = value.items(of: "column names") else { return nil }
        guard items.count == 1 else {
            value.report("pivot takes one column in \(field), got \(items.count); derive one of them all first")
            return nil
        }
        return items[0].name(of: "a column")
    }

    private static func aggregates(_ value: FieldValue) -> (list: [PivotSpec.NamedAggregate], isList: Bool)? {
        guard case .sequence = value.node.content else { return aggregate(value).map { ([$0], false) } }
        guard let items = value.items(of: "aggregates", limit: 50) else { return nil }
        let all = items.map(aggregate)
        value.context.reportRepeated(all.compactMap { $0?.name }, noun: "the aggregate")
        return all.contains { $0 == nil } ? nil : (all.compactMap { $0 }, true)
    }

    private static func aggregate(_ value: FieldValue) -> PivotSpec.NamedAggregate? {
        guard let text = value.text(expecting: "an aggregate") else { return nil }
        guard let known = aggregates.first(where: { $0.name == text.text }) else {
            let names = aggregates.map(\.name)
            let suggestion = Suggestion.phrase(for: text.text.trimmed(60), among: names)
            value.report(
                "unknown aggregate \"\(text.text.trimmed(60))\" of pivot"
                    + (suggestion.isEmpty ? "; known are \(names.joined(separator: ", "))" : suggestion))
            return nil
        }
        return PivotSpec.NamedAggregate(name: text, aggregate: known.aggregate)
    }

    static func unpivot(_ fields: FieldReader) -> UnpivotSpec? {
        let ids = fields.required("id_vars")?.columns(allowEmpty: true)
        let values = fields.required("value_vars")?.columns()
        let varName =
            fields.value("var_name").map { $0.name(of: "the column of names") }
            ?? PlacedText("variable", fields.place)
        let valueName =
            fields.value("value_name").map { $0.name(of: "the column of values") } ?? PlacedText("value", fields.place)
        guard let ids, let values, let varName, let valueName else { return nil }
        // Also where a default meets a column of that name.
        fields.context.reportRepeated(ids + [varName, valueName], noun: "column")
        return UnpivotSpec(idVars: ids, valueVars: values, varName: varName, valueName: valueName)
    }
}
