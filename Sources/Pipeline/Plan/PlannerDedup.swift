/// Dedup: one whole existing row per key.
extension Planner {
    mutating func dedup(_ dedup: DedupSpec, _ name: String) {
        let isWholeRow = dedup.columns.isEmpty
        let keys = isWholeRow ? columns : dedup.columns.compactMap { find($0) }
        for key in keys { lineage.depend(on: key, as: .groupBy) }
        let ids = Set(keys.map(\.id))
        guard keys.count == (isWholeRow ? columns.count : dedup.columns.count),
            let given = orderings(dedup.orderBy, as: .sort)
        else { return }
        let isWholeTable = columns.allSatisfy { ids.contains($0.id) }
        var total: [Ordering] = []
        if !given.isEmpty {
            total = RowOrder.total(given, over: columns)
        } else if isWholeTable {
            // Rows that are alike may still stand in different places of an order.
            total = order.columns.allSatisfy(ids.contains) ? [] : order.total(over: columns)
        } else if let uniqueKey, uniqueKey.isSubset(of: ids) {
            total = []
        } else if case .lost = order {
            report(
                "dedup by key needs order_by: \(RowOrder.whyLost)",
                dedup.columns[0].place)
        } else {
            total = wholeOrder()
        }
        order = order.shuffled
        add(.dedup(from: current, keys: keys.map(\.id), order: total, keep: dedup.keep), name, "dedup", columns)
        uniqueKey = ids
    }

    /// The columns of an `order_by`; nil, reported, when one is wrong.
    mutating func orderings(_ keys: [SortKey], as subtype: ColumnLineageEdge.Subtype?) -> [Ordering]? {
        var orderings: [Ordering] = []
        var isSound = true
        for key in keys {
            guard let column = find(key.column) else {
                isSound = false
                continue
            }
            if orderings.contains(where: { $0.column == column.id }) {
                report("column \"\(key.column.text)\" is sorted by twice", key.column.place)
                isSound = false
            }
            orderings.append(Ordering(column: column.id, descending: key.descending))
            if let subtype { lineage.depend(on: column, as: subtype) }
        }
        return isSound ? orderings : nil
    }
}
