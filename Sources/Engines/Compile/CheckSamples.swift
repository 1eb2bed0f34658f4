import Fleet
import Pipeline

/// A few keys of the rows that fail a check, so that they can be found. Never whole rows:
///
/// - `unique`: the repeated keys;
/// - `accepted_values`, and a contract's checks on values: the values of that one column;
/// - `not_null`, `nullable: false`: the table's key in those rows (the columns of the first `unique` check, or the
///   first unique column of a contract); without such a key nothing, for null says nothing;
/// - `expression`: the table's key, else up to three of the columns that it reads.
struct CheckSamples: Sendable {
    private let checks: [PlannedCheck]
    private let columns: [PlanColumn]
    private let rows: String
    private let dialect: DuckDBDialect
    private let expressions: DuckDBExpression
    /// Empty when no check names one.
    private let key: [PlanColumn]

    /// Characters of a value that are shown.
    private static let width = 100

    init(_ plan: Plan, over rows: String, dialect: DuckDBDialect, expressions: DuckDBExpression) {
        checks = plan.checks
        columns = plan.outputColumns
        self.rows = rows
        self.dialect = dialect
        self.expressions = expressions
        key = plan.checks.lazy.compactMap(Self.key).first ?? []
    }

    private static func key(_ check: PlannedCheck) -> [PlanColumn]? {
        switch check.kind {
        case .unique(let columns): return columns
        case .contract(let contract):
            let unique = contract.rules.first { if case .unique = $0.kind { true } else { false } }
            return unique.map { [$0.column] }
        default: return nil
        }
    }

    /// Rows of (check_index, sample), in the order of the samples' texts; nil when none of the checks has samples.
    func statement(for failed: [Int]) -> String? {
        let parts = failed.compactMap { index in
            query(checks[index]).map { "(SELECT \(index) AS check_index, sample FROM \($0))" }
        }
        return parts.isEmpty ? nil : parts.joined(separator: " UNION ALL ") + " ORDER BY check_index, sample"
    }

    private func query(_ check: PlannedCheck) -> String? {
        switch check.kind {
        case .unique(let columns): return repeated(columns)
        case .acceptedValues(let column, let values, let allowNull):
            return distinct([column], where: Self.isOther(column, values, allowNull, expressions))
        case .notNull(let columns):
            let nulls = columns.map { "\(expressions.column($0.id)) IS NULL" }.joined(separator: " OR ")
            return key.isEmpty ? nil : distinct(key, where: nulls)
        case .expression(let expression):
            let read = expression.columnIDs.prefix(3).compactMap { id in columns.first { $0.id == id } }
            let shown = key.isEmpty ? read : key
            return shown.isEmpty ? nil : distinct(shown, where: "NOT \(expressions.sql(expression))")
        case .contract(let contract):
            let parts = contract.rules.compactMap { rule -> String? in
                guard let broken = Self.broken(rule, expressions) else { return repeated([rule.column], isNamed: true) }
                if case .notNull = rule.kind { return key.isEmpty ? nil : distinct(key, where: broken, isNamed: true) }
                return distinct([rule.column], where: broken, isNamed: true)
            }
            guard !parts.isEmpty else { return nil }
            return limited(parts.map { "(SELECT sample FROM \($0))" }.joined(separator: " UNION "))
        case .rowCount, .impossible: return nil
        }
    }

    private func distinct(_ columns: [PlanColumn], where condition: String, isNamed: Bool = false) -> String {
        limited("SELECT DISTINCT \(text(columns, isNamed)) AS sample FROM \(rows) WHERE \(condition)")
    }

    private func repeated(_ columns: [PlanColumn], isNamed: Bool = false) -> String {
        let keys = columns.map { expressions.column($0.id) }.joined(separator: ", ")
        return limited(
            "SELECT DISTINCT \(text(columns, isNamed)) AS sample FROM \(rows) GROUP BY \(keys) HAVING count(*) > 1")
    }

    private func limited(_ query: String) -> String { "(\(query) ORDER BY sample LIMIT \(CheckReport.sampleLimit))" }

    /// `7`, or `id=7, day=2024-01-01`.
    private func text(_ columns: [PlanColumn], _ isNamed: Bool) -> String {
        let parts = columns.map { column in
            let value = "left(coalesce(CAST(\(expressions.column(column.id)) AS VARCHAR), 'null'), \(Self.width))"
            return isNamed || columns.count > 1 ? "\(dialect.text(column.name + "=")) || \(value)" : value
        }
        return parts.joined(separator: " || ', ' || ")
    }

    // MARK: Conditions that counts and samples share

    /// A value that is not accepted.
    static func isOther(
        _ column: PlanColumn, _ values: [TypedExpression], _ allowNull: Bool, _ expressions: DuckDBExpression
    ) -> String {
        let name = expressions.column(column.id)
        let list = values.map(expressions.sql).joined(separator: ", ")
        let isOther = values.isEmpty ? "\(name) IS NOT NULL" : "\(name) NOT IN (\(list))"
        return allowNull ? isOther : "\(isOther) OR \(name) IS NULL"
    }

    /// nil for a rule that one row alone cannot break.
    static func broken(_ rule: PlannedContract.Rule, _ expressions: DuckDBExpression) -> String? {
        switch rule.kind {
        case .notNull: "(\(expressions.column(rule.column.id)) IS NULL)"
        case .unique: nil
        case .value(let condition): "(NOT \(expressions.sql(condition)))"
        }
    }
}
