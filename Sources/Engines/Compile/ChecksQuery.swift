import Fleet
import Pipeline

/// All checks of a plan as one SELECT of counts, so that the table is read once.
struct ChecksQuery: Sendable {
    let sql: String
    private let checks: [PlannedCheck]

    init(_ plan: Plan, over table: String, dialect: DuckDBDialect, expressions: DuckDBExpression) {
        checks = plan.checks
        var counts = ["count(*) AS \(dialect.quoted("rows"))"]
        for (index, check) in plan.checks.enumerated() {
            for (part, count) in Self.counts(check, expressions).enumerated() {
                counts.append("\(count) AS \(dialect.quoted(Self.key(index, part)))")
            }
        }
        let columns = plan.outputColumns.map { "\(dialect.quoted($0.name)) AS \(expressions.column($0.id))" }
        sql = "SELECT \(counts.joined(separator: ", ")) FROM (SELECT \(columns.joined(separator: ", ")) FROM \(table))"
    }

    private static func key(_ check: Int, _ part: Int) -> String { "k\(check)_\(part)" }

    /// The first count is that of the rows that fail; those behind it tell columns apart.
    private static func counts(_ check: PlannedCheck, _ expressions: DuckDBExpression) -> [String] {
        switch check.kind {
        case .notNull(let columns):
            let nulls = columns.map { "\(expressions.column($0.id)) IS NULL" }
            return ["count(*) FILTER (WHERE \(nulls.joined(separator: " OR ")))"]
                + nulls.map { "count(*) FILTER (WHERE \($0))" }
        case .unique(let columns):
            // A row is never null itself, so nulls equal each other.
            let row = "row(" + columns.map { expressions.column($0.id) }.joined(separator: ", ") + ")"
            return ["count(*) - count(DISTINCT \(row))"]
        case .acceptedValues(let column, let values, let allowNull):
            let name = expressions.column(column.id)
            let list = values.map(expressions.sql).joined(separator: ", ")
            let isOther = values.isEmpty ? "\(name) IS NOT NULL" : "\(name) NOT IN (\(list))"
            return ["count(*) FILTER (WHERE \(isOther)\(allowNull ? "" : " OR \(name) IS NULL"))"]
        case .expression(let expression): return ["count(*) FILTER (WHERE NOT \(expressions.sql(expression)))"]
        case .rowCount, .impossible: return []
        }
    }

    /// From the one row of the answer, values as texts.
    func reports(from row: [String: String?]) -> [CheckReport] {
        let rows = Self.number(row["rows"])
        return checks.enumerated().map { index, check in
            let failed = Self.number(row[Self.key(index, 0)])
            let message = message(check, index, row, rows: rows, failed: failed)
            return CheckReport(
                type: check.spec.type, subject: check.subject, severity: check.spec.severity, passed: message == nil,
                failedRows: failed, message: message ?? "passed (\(rows) \(rows == 1 ? "row" : "rows"))")
        }
    }

    /// nil when the check passed. Never holds a value of a row.
    private func message(_ check: PlannedCheck, _ index: Int, _ row: [String: String?], rows: Int64, failed: Int64)
        -> String?
    {
        let count = "\(failed) of \(rows) \(rows == 1 ? "row" : "rows")"
        switch check.kind {
        case .impossible(let message): return message
        case .rowCount(let min, let max):
            if let min, rows < min { return "the table has \(rows) rows, at least \(min) are wanted" }
            if let max, rows > max { return "the table has \(rows) rows, at most \(max) are wanted" }
            return nil
        case .notNull(let columns):
            guard failed > 0 else { return nil }
            let parts = columns.enumerated().compactMap { part, column -> String? in
                let nulls = Self.number(row[Self.key(index, part + 1)])
                return nulls > 0 ? "\"\(column.name)\" (\(nulls))" : nil
            }
            return "\(count) hold null in \(parts.joined(separator: ", "))"
        case .unique(let columns):
            guard failed > 0 else { return nil }
            return "\(count) repeat others in \(columns.map { "\"\($0.name)\"" }.joined(separator: ", "))"
        case .acceptedValues(let column, _, _):
            return failed > 0 ? "\(count) hold a value of \"\(column.name)\" that is not accepted" : nil
        case .expression: return failed > 0 ? "\(count) do not satisfy \(check.subject)" : nil
        }
    }

    private static func number(_ text: String??) -> Int64 { (text ?? nil).flatMap { Int64($0) } ?? 0 }
}
