/// Reads the aggregates of a step: a mapping of names to expressions, or a list of `{column, function, alias}`.
enum AggregateReading {
    static func aggregates(_ value: FieldValue) -> [NamedExpression]? {
        guard case .sequence = value.node.content else { return mapping(value) }
        guard let items = value.items(of: "aggregates", limit: 1_000) else { return nil }
        let aggregates = items.map(listed)
        value.context.reportRepeated(aggregates.compactMap { $0?.name }, noun: "the new column")
        return aggregates.contains { $0 == nil } ? nil : aggregates.compactMap { $0 }
    }

    private static func mapping(_ value: FieldValue) -> [NamedExpression]? {
        guard let pairs = value.pairs(of: "names to aggregates", allowEmpty: true) else { return nil }
        let aggregates = pairs.map { pair in
            pair.value.expression().map { NamedExpression(name: pair.key, expression: $0) }
        }
        return aggregates.contains { $0 == nil } ? nil : aggregates.compactMap { $0 }
    }

    private static func listed(_ item: FieldValue) -> NamedExpression? {
        guard let fields = FieldReader(item, TransformFields.listedAggregate) else { return nil }
        let name = fields.required("alias")?.name(of: "the new column")
        let function = fields.required("function")?.name(of: "a function")
        let columnField = fields.value("column").flatMap { $0.isGiven ? $0 : nil }
        let column = columnField?.name(of: "a column")
        fields.finish()
        guard let name, let function, (columnField == nil) == (column == nil) else { return nil }
        let word = function.text.lowercased()
        guard let definition = FunctionTable.named(word), definition.isAggregate else {
            fields.context.report(
                FunctionTable.named(word) == nil
                    ? FunctionTable.unknown(word) : "\(word) is no aggregate; write sum, count, avg or the like",
                at: function.place)
            return nil
        }
        var call = FunctionCall(word, [])
        if let column, column.text != "*" {
            call.arguments = [Expression(.column(column.text, .backtick), at: column.place.position)]
            if let problem = definition.arityProblem(1) {
                fields.context.report("\(problem); write it in the form aggs: {name: …}", at: function.place)
                return nil
            }
        } else if word == "count" {
            call.isStar = true
        } else {
            fields.context.report("\(word) needs \"column\"; write column: amount", at: fields.place)
            return nil
        }
        let argument = call.isStar ? "*" : call.arguments.isEmpty ? "" : column?.text ?? ""
        return NamedExpression(
            name: name,
            expression: PlacedExpression(
                Expression(.call(call), at: function.place.position), source: "\(word)(\(argument))", function.place))
    }
}
