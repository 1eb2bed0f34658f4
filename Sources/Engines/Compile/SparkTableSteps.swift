import Pipeline

/// The steps that need more of a table than one row: dedup, union, window, pivot, unpivot.
extension SparkCompiler {
    func dedup(
        _ plan: Plan, _ step: PlanStep, _ from: Int, _ keys: [Int], _ order: [Ordering], _ keep: DedupSpec.Keep
    ) -> String {
        let columns = list(step.columns + step.hidden)
        guard !order.isEmpty else { return "SELECT DISTINCT \(columns) FROM \(table(plan, from))" }
        let partition = keys.isEmpty ? "" : "PARTITION BY \(keys.map(id).joined(separator: ", ")) "
        let place = dialect.quoted("place")
        return "SELECT \(columns) FROM (SELECT *, row_number() OVER (\(partition)"
            + "ORDER BY \(expressions().orderBy(order, reversed: keep == .last))) AS \(place) "
            + "FROM \(table(plan, from))) WHERE \(place) = 1"
    }

    func union(_ plan: Plan, _ step: PlanStep, _ parts: [UnionPart]) throws(PinnedToDuckDB) -> String {
        let columns = step.columns + step.hidden
        var selects: [String] = []
        for part in parts {
            var values: [String] = []
            for (column, expression) in zip(columns, part.values) {
                values.append("\(try value(expression)) AS \(id(column.id))")
            }
            selects.append("SELECT \(values.joined(separator: ", ")) FROM \(table(plan, part.from))")
        }
        return selects.joined(separator: " UNION ALL ")
    }

    // MARK: Window

    func window(
        _ plan: Plan, _ step: PlanStep, _ from: Int, _ windows: [WindowColumn]
    ) throws(PinnedToDuckDB) -> String {
        let computed = Dictionary(windows.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        var columns: [String] = []
        for column in step.columns + step.hidden {
            guard let one = computed[column.id] else {
                columns.append(id(column.id))
                continue
            }
            columns.append("\(try window(one)) AS \(id(column.id))")
        }
        return "SELECT \(columns.joined(separator: ", ")) FROM \(table(plan, from))"
    }

    private func window(_ window: WindowColumn) throws(PinnedToDuckDB) -> String {
        let expressions = expressions()
        let argument = try window.argument.map { given throws(PinnedToDuckDB) in try value(given) } ?? ""
        var over: [String] = []
        if !window.partitions.isEmpty {
            over.append("PARTITION BY " + window.partitions.map(id).joined(separator: ", "))
        }
        if !window.order.isEmpty {
            over.append("ORDER BY " + expressions.orderBy(window.order))
        } else if [.rank, .denseRank, .rowNumber, .lag, .lead].contains(window.function) {
            // Spark demands an order. Without one all rows share a place.
            over.append("ORDER BY NULL")
        }
        let call: String
        var isFramed = false
        switch window.function {
        case .rowNumber, .rank, .denseRank: call = "\(window.function.rawValue)()"
        case .lag, .lead:
            guard abs(window.offset) <= Int32.max else { throw PinnedToDuckDB("so far a lag or lead") }
            let fallback = try window.fallback.map { given throws(PinnedToDuckDB) in ", \(try expressions.sql(given))" }
            call = "\(window.function.rawValue)(\(argument), \(window.offset)\(fallback ?? ""))"
        case .count:
            call = "count(\(window.argument == nil ? "*" : argument))"
            // Everything in the partition, as on DuckDB, where the order alone would make it run.
            isFramed = window.frame == .partition
        case .sum:
            call =
                "sum(\(try window.argument.map { given throws(PinnedToDuckDB) in try expressions.summand(given, argument) } ?? argument))"
            isFramed = true
        case .avg:
            call = "avg(\(try expressions.cast(argument, .float64)))"
            isFramed = true
        case .min, .max:
            call = "\(window.function.rawValue)(\(argument))"
            isFramed = true
        case .first, .last:
            call = "\(window.function.rawValue)_value(\(argument))"
            isFramed = true
        }
        if isFramed {
            let end = window.frame == .running ? "CURRENT ROW" : "UNBOUNDED FOLLOWING"
            over.append("ROWS BETWEEN UNBOUNDED PRECEDING AND \(end)")
        }
        return try expressions.cast("\(call) OVER (\(over.joined(separator: " ")))", window.type)
    }

    // MARK: Pivot

    /// Grouped by index and text first, so that however many columns there are, the rows are read once.
    func pivot(_ plan: Plan, _ pivot: PivotRelation) throws(PinnedToDuckDB) -> String {
        let index = pivot.index.map(id)
        let name = dialect.quoted("pivot_value")
        let known = pivot.cells.filter { $0.aggregate == 0 }.map(\.value)
        let texts = known.compactMap(\.self).map(dialect.text)
        let isKnown = [
            known.contains(nil) ? "\(name) IS NULL" : "FALSE",
            texts.isEmpty ? "FALSE" : "coalesce(\(name) IN (\(texts.joined(separator: ", "))), FALSE)",
        ].joined(separator: " OR ")
        let changed = dialect.text(DuckDBCompiler.changedValues)
        let guarded = "CASE WHEN \(isKnown) THEN \(name) ELSE raise_error(\(changed)) END AS \(name)"
        var aggregates: [String] = []
        for aggregate in pivot.aggregates { aggregates.append("\(try value(aggregate.value)) AS \(id(aggregate.id))") }
        let type = plan.steps[pivot.from].columns.first { $0.id == pivot.column }?.type ?? .text
        let text = try expressions().text(id(pivot.column), from: type)
        let grouped =
            "SELECT \((index + ["\(text) AS \(name)"] + aggregates).joined(separator: ", ")) "
            + "FROM \(table(plan, pivot.from)) GROUP BY \((index + [text]).joined(separator: ", "))"
        let kept = (index + [guarded] + pivot.aggregates.map { id($0.id) }).joined(separator: ", ")
        let cells = pivot.cells.map { cell in
            let isCell = cell.value.map { "\(name) = \(dialect.text($0))" } ?? "\(name) IS NULL"
            let value = "first(\(id(pivot.aggregates[cell.aggregate].id))) FILTER (WHERE \(isCell))"
            return "\(cell.isZeroWhereAbsent ? "coalesce(\(value), 0)" : value) AS \(id(cell.id))"
        }
        return "SELECT \((index + cells).joined(separator: ", ")) FROM (SELECT \(kept) FROM (\(grouped))) "
            + grouping(index)
    }

    func unpivot(
        _ plan: Plan, _ step: PlanStep, _ unpivot: UnpivotRelation
    ) throws(PinnedToDuckDB) -> String {
        var rows: [String] = []
        for (index, part) in unpivot.parts.enumerated() {
            rows.append(
                "struct(\(dialect.text(part.name)) AS n, \(try value(part.value)) AS v, CAST(\(index) AS BIGINT) AS o)")
        }
        let columns = (step.columns + step.hidden).map { column in
            switch column.id {
            case unpivot.nameColumn: "u.n AS \(id(column.id))"
            case unpivot.valueColumn: "u.v AS \(id(column.id))"
            case unpivot.ordinal: "u.o AS \(id(column.id))"
            default: id(column.id)
            }
        }
        return "SELECT \(columns.joined(separator: ", ")) FROM \(table(plan, unpivot.from)) "
            + "LATERAL VIEW inline(array(\(rows.joined(separator: ", ")))) u AS n, v, o"
    }
}
