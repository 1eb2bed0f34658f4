/// Reads the columns of a window step.
enum WindowReading {
    static func columns(_ fields: FieldReader) -> [WindowColumnSpec]? {
        guard let items = fields.required("columns")?.items(of: "window columns", limit: 1_000) else { return nil }
        let columns = items.map(column)
        fields.context.reportRepeated(columns.compactMap { $0?.name }, noun: "the new column")
        return columns.contains { $0 == nil } ? nil : columns.compactMap { $0 }
    }

    private static func column(_ item: FieldValue) -> WindowColumnSpec? {
        guard let fields = FieldReader(item, TransformFields.windowColumn) else { return nil }
        let name = fields.required("name")?.name(of: "the new column")
        let function = fields.required("func").flatMap(function)
        let column = fields.value("column").flatMap { $0.isGiven ? $0 : nil }
        let columnName = column?.name(of: "a column")
        let offset = fields.value("offset").map { $0.integer("a number of rows", in: 0...Int64.max) } ?? 1
        let partitionBy = fields.value("partition_by").map { $0.columns(allowEmpty: true) } ?? []
        let orderBy =
            fields.value("order_by").map { SortKeyReading.keys($0, allowEmpty: true, readsWords: true) } ?? []
        let fallback = fields.value("default").map { LiteralReading.literal($0, orNull: true) }
        fields.finish()
        guard let function else { return nil }
        if function.ranks, let column {
            column.report("\(function.rawValue) takes no column; it is ignored", severity: .warning)
        } else if !function.ranks, function != .count, column == nil {
            fields.context.report("\(function.rawValue) needs \"column\"; write column: amount", at: fields.place)
            return nil
        }
        for field in ["offset", "default"] where !function.shifts {
            fields.value(field)?.report("\(function.rawValue) takes no \(field); it is ignored", severity: .warning)
        }
        guard let name, let offset, let partitionBy, let orderBy, (column == nil) == (columnName == nil) else {
            return nil
        }
        if case .some(.none) = fallback { return nil }
        let value = fallback.flatMap { $0 }.flatMap { $0.literal == .null ? nil : $0 }
        return WindowColumnSpec(
            name: name, function: function, column: function.ranks ? nil : columnName,
            offset: function.shifts ? offset : 1, partitionBy: partitionBy, orderBy: orderBy,
            fallback: function.shifts ? value : nil, place: item.place)
    }

    private static func function(_ value: FieldValue) -> WindowColumnSpec.Function? {
        if case .scalar(let scalar) = value.node.content, scalar.text == "mean" { return .avg }
        return value.choice(WindowColumnSpec.Function.self, of: "window function")
    }
}
