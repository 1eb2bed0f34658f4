import Fleet
import Pipeline

/// All checks of a plan as one SELECT of counts, so that the table is read once. Only when some fail, a second
/// statement (`samples`) fetches a few keys of their rows.
struct ChecksQuery: Sendable {
    let sql: String
    private let checks: [PlannedCheck]
    private let samples: CheckSamples

    init(_ plan: Plan, over table: String, dialect: DuckDBDialect, expressions: DuckDBExpression) {
        checks = plan.checks
        var counts = ["count(*) AS \(dialect.quoted("rows"))"]
        for (index, check) in plan.checks.enumerated() {
            for (part, count) in Self.counts(check, expressions).enumerated() {
                counts.append("\(count) AS \(dialect.quoted(Self.key(index, part)))")
            }
        }
        let columns = plan.outputColumns.map { "\(dialect.quoted($0.name)) AS \(expressions.column($0.id))" }
        let rows = "(SELECT \(columns.joined(separator: ", ")) FROM \(table))"
        sql = "SELECT \(counts.joined(separator: ", ")) FROM \(rows)"
        samples = CheckSamples(plan, over: rows, dialect: dialect, expressions: expressions)
    }

    private static func key(_ check: Int, _ part: Int) -> String { "k\(check)_\(part)" }

    /// The first count is that of the rows that fail; those behind it tell columns apart.
    private static func counts(_ check: PlannedCheck, _ expressions: DuckDBExpression) -> [String] {
        switch check.kind {
        case .notNull(let columns):
            let nulls = columns.map { "\(expressions.column($0.id)) IS NULL" }
            return ["count(*) FILTER (WHERE \(nulls.joined(separator: " OR ")))"]
                + nulls.map { "count(*) FILTER (WHERE \($0))" }
        case .unique(let columns): return [repeats(columns, expressions)]
        case .acceptedValues(let column, let values, let allowNull):
            return ["count(*) FILTER (WHERE \(CheckSamples.isOther(column, values, allowNull, expressions)))"]
        case .expression(let expression): return ["count(*) FILTER (WHERE NOT \(expressions.sql(expression)))"]
        case .contract(let contract):
            // The rows that break any rule, without those that only repeat others; then rule by rule.
            let broken = contract.rules.compactMap { CheckSamples.broken($0, expressions) }
            let any = broken.isEmpty ? "FALSE" : broken.joined(separator: " OR ")
            return ["count(*) FILTER (WHERE \(any))"]
                + contract.rules.map { rule in
                    CheckSamples.broken(rule, expressions).map { "count(*) FILTER (WHERE \($0))" }
                        ?? repeats([rule.column], expressions)
                }
        case .rowCount, .impossible: return []
        }
    }

    private static func repeats(_ columns: [PlanColumn], _ expressions: DuckDBExpression) -> String {
        // A row is never null itself, so nulls equal each other.
        let row = "row(" + columns.map { expressions.column($0.id) }.joined(separator: ", ") + ")"
        return "count(*) - count(DISTINCT \(row))"
    }

    /// A statement that fetches samples for those reports that did not pass; nil when there are none to fetch.
    func samples(for reports: [CheckReport]) -> String? {
        let failed = reports.indices.filter { !reports[$0].passed && reports[$0].failedRows > 0 }
        return samples.statement(for: failed)
    }

    /// With the rows of that statement.
    func reports(_ reports: [CheckReport], with rows: [[String: String?]]) -> [CheckReport] {
        var reports = reports
        for row in rows {
            let index = Int(Self.number(row["check_index"]))
            guard reports.indices.contains(index), let sample = row["sample"] ?? nil else { continue }
            reports[index].samples.append(sample)
        }
        return reports
    }

    /// From the one row of the answer, values as texts.
    func reports(from row: [String: String?]) -> [CheckReport] {
        let rows = Self.number(row["rows"])
        return checks.enumerated().map { index, check in
            let failed = failed(check, index, row)
            let message = message(check, index, row, rows: rows, failed: failed)
            return CheckReport(
                type: check.spec.type, subject: check.subject, severity: check.spec.severity, passed: message == nil,
                failedRows: failed, message: message ?? "passed (\(rows) \(rows == 1 ? "row" : "rows"))")
        }
    }

    private func failed(_ check: PlannedCheck, _ index: Int, _ row: [String: String?]) -> Int64 {
        var failed = Self.number(row[Self.key(index, 0)])
        if case .contract(let contract) = check.kind {
            for (part, rule) in contract.rules.enumerated() {
                if case .unique = rule.kind { failed += Self.number(row[Self.key(index, part + 1)]) }
            }
        }
        return failed
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
        case .contract(let contract):
            let parts = contract.rules.enumerated().compactMap { part, rule -> String? in
                let broken = Self.number(row[Self.key(index, part + 1)])
                guard broken > 0 else { return nil }
                return "\"\(rule.column.name)\" \(rule.text) (\(broken) of \(rows) \(rows == 1 ? "row" : "rows"))"
            }
            let broken = contract.faults + parts
            return broken.isEmpty ? nil : "the contract is broken: " + broken.joined(separator: "; ")
        case .expression:
            guard failed > 0 else { return nil }
            guard case .expression(_, let threshold) = check.spec.kind, threshold != .all else {
                return "\(count) do not satisfy \(check.subject)"
            }
            return threshold.allows(failed, of: rows)
                ? nil : "\(count) do not satisfy \(check.subject); a part of \(threshold) must"
        }
    }

    private static func number(_ text: String??) -> Int64 { (text ?? nil).flatMap { Int64($0) } ?? 0 }
}
