import Pipeline

/// The steps that need more of a table than one row: dedup, union, window, pivot, unpivot.
extension DuckDBCompiler {
    func dedup(
        _ plan: Plan, _ step: PlanStep, _ from: Int, _ keys: [Int], _ order: [Ordering], _ keep: DedupSpec.Keep
    ) -> String {
        let columns = list(step.columns + step.hidden)
        guard !order.isEmpty else { return "SELECT DISTINCT \(columns) FROM \(table(plan, from))" }
        let partition = keys.map(id).joined(separator: ", ")
        return "SELECT \(columns) FROM \(table(plan, from)) QUALIFY row_number() OVER (PARTITION BY \(partition) "
            + "ORDER BY \(expressions().orderBy(order, reversed: keep == .last))) = 1"
    }

    func union(_ plan: Plan, _ step: PlanStep, _ parts: [UnionPart]) -> String {
        let columns = step.columns + step.hidden
        return parts.map { part in
            let values = zip(columns, part.values).map { "\(value($1)) AS \(id($0.id))" }
            return "SELECT \(values.joined(separator: ", ")) FROM \(table(plan, part.from))"
        }.joined(separator: " UNION ALL ")
    }

    // MARK: Window

    func window(_ plan: Plan, _ step: PlanStep, _ from: Int, _ windows: [WindowColumn]) -> String {
        let computed = Dictionary(windows.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        let columns = (step.columns + step.hidden).map { column in
            computed[column.id].map { "\(window($0)) AS \(id(column.id))" } ?? id(column.id)
        }
        return "SELECT \(columns.joined(separator: ", ")) FROM \(table(plan, from))"
    }

    private func window(_ window: WindowColumn) -> String {
        let expressions = expressions()
        let argument = window.argument.map(value) ?? ""
        var over: [String] = []
        if !window.partitions.isEmpty {
            over.append("PARTITION BY " + window.partitions.map(id).joined(separator: ", "))
        }
        if !window.order.isEmpty { over.append("ORDER BY " + expressions.orderBy(window.order)) }
        let call: String
        switch window.function {
        case .rowNumber, .rank, .denseRank: call = "\(window.function.rawValue)()"
        case .lag, .lead:
            let fallback = window.fallback.map { ", " + expressions.sql($0) } ?? ""
            call = "\(window.function.rawValue)(\(argument), CAST(\(window.offset) AS BIGINT)\(fallback))"
        case .count: call = "count(\(window.argument == nil ? "*" : argument))"
        case .sum, .avg, .min, .max, .first, .last:
            let name: [WindowColumnSpec.Function: String] = [.first: "first_value", .last: "last_value"]
            call = "\(name[window.function] ?? window.function.rawValue)(\(argument))"
            let end = window.frame == .running ? "CURRENT ROW" : "UNBOUNDED FOLLOWING"
            over.append("ROWS BETWEEN UNBOUNDED PRECEDING AND \(end)")
        }
        let sql = "\(call) OVER (\(over.joined(separator: " ")))"
        return window.function == .sum || window.type == .unknown ? expressions.cast(sql, window.type) : sql
    }

    // MARK: Pivot

    /// Grouped by index and text first, so that however many columns there are, the rows are read once. By text: 0.0
    /// and -0.0 are equal, but name two columns.
    func pivot(_ plan: Plan, _ pivot: PivotRelation) -> String {
        let index = pivot.index.map(id)
        let name = dialect.quoted("pivot_value")
        let known = pivot.cells.filter { $0.aggregate == 0 }.map(\.value)
        let texts = known.compactMap(\.self).map(dialect.text)
        let isKnown = [
            known.contains(nil) ? "\(name) IS NULL" : "FALSE",
            texts.isEmpty ? "FALSE" : "coalesce(\(name) IN (\(texts.joined(separator: ", "))), FALSE)",
        ].joined(separator: " OR ")
        let guarded =
            "CASE WHEN \(isKnown) THEN \(name) ELSE error(\(dialect.text(Self.changedValues))) END AS \(name)"
        let aggregates = pivot.aggregates.map { "\(value($0.value)) AS \(id($0.id))" }
        let text = expressions().text(id(pivot.column), from: columnType(plan, pivot))
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
            + "GROUP BY \(index.isEmpty ? "()" : index.joined(separator: ", "))"
    }

    private func columnType(_ plan: Plan, _ pivot: PivotRelation) -> DataType {
        plan.steps[pivot.from].columns.first { $0.id == pivot.column }?.type ?? .text
    }

    /// Rows of a value that was not there when the columns were made would be left out without a word.
    static let changedValues =
        "the values of the pivot's column changed while the run was reading them; run it again"

    func unpivot(_ plan: Plan, _ step: PlanStep, _ unpivot: UnpivotRelation) -> String {
        let columns = (step.columns + step.hidden).map { column in
            let values: [String]
            switch column.id {
            case unpivot.nameColumn: values = unpivot.parts.map { dialect.text($0.name) }
            case unpivot.valueColumn: values = unpivot.parts.map { value($0.value) }
            case unpivot.ordinal: values = unpivot.parts.indices.map { "CAST(\($0) AS BIGINT)" }
            default: return id(column.id)
            }
            return "unnest([\(values.joined(separator: ", "))]) AS \(id(column.id))"
        }
        return "SELECT \(columns.joined(separator: ", ")) FROM \(table(plan, unpivot.from))"
    }

    private func list(_ columns: [PlanColumn]) -> String { columns.map { id($0.id) }.joined(separator: ", ") }
}
