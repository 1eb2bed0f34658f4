/// Pivot: a column per value of another column.
extension Planner {
    mutating func pivot(_ pivot: PivotSpec, _ transform: Int, _ name: String, _ place: FieldPlace) {
        let index = pivot.index.compactMap { find($0) }
        guard let column = find(pivot.columns), let values = find(pivot.values) else { return }
        for key in index { lineage.depend(on: key, as: .groupBy) }
        guard let answers = pivotValues[transform] else {
            return report("the values of column \"\(column.name)\" are not known, which become columns", place)
        }
        guard refuse(answers, of: pivot, index, place) else { return }
        let keys = Set(index.map(\.id)).union([column.id])
        guard let aggregates = aggregates(pivot, keys, place) else { return }
        var cells: [PivotRelation.Cell] = []
        var next = index
        for value in answers {
            for (position, aggregate) in aggregates.enumerated() {
                let spec = pivot.aggregates[position]
                let text = value ?? "null"
                let made = self.column(
                    pivot.namesFunctions ? "\(text)_\(spec.name.text)" : text, aggregate.value.type)
                lineage.merge(made.id, from: [values.id], as: spec.aggregate.counts ? .count : .aggregation)
                lineage.choose(made.id, by: column.id, as: .conditional)
                cells.append(
                    PivotRelation.Cell(
                        id: made.id, value: value, aggregate: position, isZeroWhereAbsent: spec.aggregate.counts))
                next.append(made)
            }
        }
        guard refuseNames(next, index.count, pivot, place) else { return }
        order = .lost
        let relation = PivotRelation(
            from: current, index: index.map(\.id), column: column.id, aggregates: aggregates, cells: cells)
        add(.pivot(relation), name, "pivot", next)
        uniqueKey = Set(index.map(\.id))
    }

    /// As if they stood in the aggs of an aggregate over index and column.
    private mutating func aggregates(_ pivot: PivotSpec, _ keys: Set<Int>, _ place: FieldPlace)
        -> [Relation.ComputedColumn]?
    {
        let given = order
        // One row per cell needs no order to have a first one.
        if case .lost = order, let uniqueKey, uniqueKey.isSubset(of: keys) { order = .sorted([]) }
        defer { order = given }
        var computed: [Relation.ComputedColumn] = []
        for aggregate in pivot.aggregates {
            let argument = Expression(.column(pivot.values.text, .backtick))
            let call = Expression(.call(FunctionCall(aggregate.aggregate.functionName, [argument])))
            let placed = PlacedExpression(call, aggregate.name.place.path.isEmpty ? place : aggregate.name.place)
            guard let value = typed(placed, setting: .groups(keys)) else { return nil }
            computed.append(Relation.ComputedColumn(id: column("", value.type).id, value: value))
        }
        return computed
    }

    // MARK: What the values forbid

    /// False, reported, when the values cannot all become columns. No message holds a value.
    private mutating func refuse(
        _ values: [String?], of pivot: PivotSpec, _ index: [PlanColumn], _ place: FieldPlace
    ) -> Bool {
        let column = pivot.columns.text
        if values.isEmpty, index.isEmpty {
            report("column \"\(column)\" has no values and the pivot no index, so that no column is left", place)
            return false
        }
        if values.count > PivotProbe.valueLimit {
            report(
                "column \"\(column)\" has more than \(PivotProbe.valueLimit) different values, each of which would "
                    + "become a column; pivot by another one, or filter before it", place)
            return false
        }
        if values.contains(where: { $0?.isEmpty == true }), !pivot.namesFunctions {
            report(
                "column \"\(column)\" holds an empty text, which cannot name a column; fill it before the pivot", place)
            return false
        }
        if values.contains(where: { ($0?.unicodeScalars.count ?? 0) > PivotProbe.lengthLimit }) {
            report(
                "column \"\(column)\" holds a text of more than \(PivotProbe.lengthLimit) characters, which cannot "
                    + "name a column", place)
            return false
        }
        return true
    }

    private mutating func refuseNames(
        _ columns: [PlanColumn], _ indexCount: Int, _ pivot: PivotSpec, _ place: FieldPlace
    ) -> Bool {
        var seen: [ColumnName: Int] = [:]
        for (position, column) in columns.enumerated() {
            guard let other = seen.updateValue(position, forKey: ColumnName(folding: column.name)) else { continue }
            let what = "values of column \"\(pivot.columns.text)\""
            report(
                other < indexCount
                    ? "one of the \(what) would make a second column \"\(columns[other].name)\"; rename that column"
                    : "some \(what) would make columns of one name, or of names that differ only in case; make them "
                        + "alike before the pivot, or tell null from the text 'null'",
                place)
            return false
        }
        return true
    }
}

extension PivotSpec.Aggregate {
    /// By this name the function table knows it.
    fileprivate var functionName: String { rawValue }

    fileprivate var counts: Bool { self == .count || self == .countDistinct }
}
