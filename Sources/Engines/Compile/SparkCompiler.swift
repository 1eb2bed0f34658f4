import Foundation
import Pipeline

/// A plan as one SELECT for Spark: a common table expression per step, columns under their internal names to the end.
///
/// The rows of source `i` are those of the table `sourceTable(i)`, whose columns have the names of `sourceColumns` (their
/// own in a source whose files are read as they are) and the types of the plan. The result has the columns `o0`, `o1`,
/// …: who reads it gives them their names. What is published has its own.
struct SparkCompiler: Sendable {
    let acceptedAt: Date
    /// How the names of the sources' tables begin. Not shared by two operations at a time: a server keeps those names
    /// in the session while it reads the statement, and one run would read the rows of another.
    let sourcePrefix: String
    /// Whose files are read as they are.
    var directSources: Set<Int> = []
    let dialect = SparkDialect()

    /// Longer statements cost Spark's parser its stack. Some levelled functions repeat their argument.
    static let statementLimit = 2_000_000

    func sourceTable(_ index: Int) -> String { "\(sourcePrefix)\(index)" }
    static func sourceColumn(_ index: Int) -> String { "i\(index)" }
    static func resultColumn(_ index: Int) -> String { "o\(index)" }

    /// The columns of a source's table as Spark reads a schema. Without one it would look into the files first.
    func schema(_ source: Plan.Source, at place: Int) throws(PinnedToDuckDB) -> String {
        var columns: [String] = []
        for (index, column) in source.schema.columns.enumerated() {
            let name = directSources.contains(place) ? dialect.quoted(column.name) : Self.sourceColumn(index)
            columns.append("\(name) \(try dialect.name(of: column.type))")
        }
        return columns.joined(separator: ", ")
    }

    func query(_ plan: Plan, for result: TableRequest.Result = .handedBack) throws(PinnedToDuckDB) -> String {
        guard case .published(let partitions, let refusesEmpty) = result, !plan.steps.isEmpty else {
            return try handedBack(plan)
        }
        let partitioned = Set(partitions.map { Array($0.utf8) })
        var columns: [String] = []
        for (index, output) in plan.output.columns.enumerated() {
            var value = dialect.quoted(Self.resultColumn(index))
            switch output.type {
            // There is one NaN, without a sign, and one zero where it may have lost its own.
            case .float32, .float64:
                let type = try dialect.name(of: output.type)
                let zero =
                    plan.mayHaveLostSigns(ofOutput: index) ? "WHEN \(value) = 0 THEN CAST(0 AS \(type)) " : ""
                value = "CASE WHEN isnan(\(value)) THEN CAST('NaN' AS \(type)) \(zero)ELSE \(value) END"
            case .text where partitioned.contains(Array(output.name.utf8)):
                let empty = refusesEmpty ? "raise_error(\(dialect.text(Self.emptyPartition)))" : "NULL"
                value = "CASE WHEN \(value) = '' THEN \(empty) ELSE \(value) END"
            default: break
            }
            columns.append("\(value) AS \(dialect.quoted(output.name))")
        }
        let query = "SELECT \(columns.joined(separator: ", ")) FROM (\(try handedBack(plan)))"
        guard !partitions.isEmpty else { return query }
        // A partition's rows together, so that each has few files.
        return "SELECT /*+ REBALANCE(\(partitions.map(dialect.quoted).joined(separator: ", "))) */ * FROM (\(query))"
    }

    /// What an operation that refuses empty texts as partitions says when it meets one.
    static let emptyPartition = "quicketl: an empty text as a partition"

    private func handedBack(_ plan: Plan) throws(PinnedToDuckDB) -> String {
        guard let last = plan.steps.last else { return "SELECT NULL WHERE FALSE" }
        var columns: [String] = []
        for (index, (column, output)) in zip(last.columns, plan.output.columns).enumerated() {
            let value = try SparkCast(dialect: dialect).sql(id(column.id), column.type, output.type, isTry: false)
            columns.append("\(value) AS \(dialect.quoted(Self.resultColumn(index)))")
        }
        var sql = "\(try tables(plan))\nSELECT \(columns.joined(separator: ", "))"
        sql += " FROM \(table(plan, plan.steps.count - 1))"
        if !last.order.isEmpty { sql += " ORDER BY \(expressions().orderBy(last.order))" }
        guard sql.utf8.count <= Self.statementLimit else { throw PinnedToDuckDB("so large a statement") }
        return sql
    }

    private func tables(_ plan: Plan) throws(PinnedToDuckDB) -> String {
        var tables: [String] = []
        for index in plan.steps.indices {
            guard let body = try body(plan, index) else { continue }
            tables.append("\(table(plan, index)) AS (\(body))")
        }
        return "WITH \(tables.joined(separator: ",\n"))"
    }

    /// nil: the step changes nothing in the table.
    private func body(_ plan: Plan, _ index: Int) throws(PinnedToDuckDB) -> String? {
        let step = plan.steps[index]
        let all = step.columns + step.hidden
        // Refuses a type that Spark has not, wherever it comes up.
        for column in all { _ = try dialect.name(of: column.type) }
        let plain = list(all)
        switch step.relation {
        case .source(let source, let ordinal):
            guard ordinal == nil else {
                throw PinnedToDuckDB(
                    "an operation that depends on the order of the input's rows, which Spark does not keep; "
                        + "give order_by (or sort before it)")
            }
            let columns = step.columns.enumerated().map {
                "\(dialect.quoted(directSources.contains(source) ? $1.name : Self.sourceColumn($0))) AS \(id($1.id))"
            }
            return "SELECT \(columns.joined(separator: ", ")) FROM \(dialect.quoted(sourceTable(source)))"
        case .select(let from): return "SELECT \(plain) FROM \(table(plan, from))"
        case .compute(let from, let computed):
            let values = Dictionary(computed.map { ($0.id, $0.value) }, uniquingKeysWith: { first, _ in first })
            var columns: [String] = []
            for column in all {
                guard let expression = values[column.id] else {
                    columns.append(id(column.id))
                    continue
                }
                columns.append("\(try value(expression)) AS \(id(column.id))")
            }
            return "SELECT \(columns.joined(separator: ", ")) FROM \(table(plan, from))"
        case .filter(let from, let condition):
            return "SELECT \(plain) FROM \(table(plan, from)) WHERE \(try expressions().sql(condition))"
        case .sort: return nil
        case .limit(let from, let count, let offset, let order):
            guard !order.isEmpty else { throw PinnedToDuckDB("limit without a sort before it") }
            guard count <= Int32.max, offset <= Int32.max else { throw PinnedToDuckDB("so high a limit") }
            return "SELECT \(plain) FROM \(table(plan, from)) ORDER BY \(expressions().orderBy(order)) LIMIT \(count)"
                + (offset > 0 ? " OFFSET \(offset)" : "")
        case .join(let join): return try self.join(plan, step, join)
        case .aggregate(let from, let groups, let computed):
            var columns = groups.map(id)
            for column in computed { columns.append("\(try value(column.value)) AS \(id(column.id))") }
            return "SELECT \(columns.joined(separator: ", ")) FROM \(table(plan, from)) \(grouping(groups.map(id)))"
        case .dedup(let from, let keys, let order, let keep): return dedup(plan, step, from, keys, order, keep)
        case .union(let parts): return try union(plan, step, parts)
        case .window(let from, let columns): return try window(plan, step, from, columns)
        case .pivot(let pivot): return try self.pivot(plan, pivot)
        case .unpivot(let unpivot): return try self.unpivot(plan, step, unpivot)
        }
    }

    /// Without keys: one row over everything, also when no aggregate is among the columns.
    func grouping(_ keys: [String]) -> String {
        keys.isEmpty ? "HAVING count(*) >= 0" : "GROUP BY \(keys.joined(separator: ", "))"
    }

    private func join(_ plan: Plan, _ step: PlanStep, _ join: JoinRelation) throws(PinnedToDuckDB) -> String {
        let dialect = dialect
        let left = expressions { "l." + dialect.quoted("c\($0)") }
        let right = expressions { "r." + dialect.quoted("c\($0)") }
        var columns: [String] = []
        for (column, origin) in zip(step.columns, join.origins) {
            let value: String
            switch origin {
            case .column(.left, let id): value = left.column(id)
            case .column(.right, let id): value = right.column(id)
            case .merged(let a, let b): value = "coalesce(\(try left.sql(a)), \(try right.sql(b)))"
            }
            columns.append("\(value) AS \(id(column.id))")
        }
        columns += step.hidden.map { "\(left.column($0.id)) AS \(id($0.id))" }
        let word =
            switch join.how {
            case .inner: "INNER JOIN"
            case .left: "LEFT JOIN"
            case .right: "RIGHT JOIN"
            case .outer: "FULL JOIN"
            case .semi: "LEFT SEMI JOIN"
            case .anti: "LEFT ANTI JOIN"
            case .cross: "CROSS JOIN"
            }
        var conditions: [String] = []
        for key in join.keys { conditions.append("\(try left.sql(key.left)) = \(try right.sql(key.right))") }
        let on = join.how == .cross ? "" : "ON " + (conditions.isEmpty ? "TRUE" : conditions.joined(separator: " AND "))
        return "SELECT \(columns.joined(separator: ", ")) FROM \(table(plan, join.left)) AS l "
            + "\(word) \(table(plan, join.right)) AS r \(on)"
    }

    /// A value in the type that the plan gives it. A column without a type is a text.
    func value(_ value: TypedExpression) throws(PinnedToDuckDB) -> String {
        let sql = try expressions().sql(value)
        return value.type == .unknown ? "CAST(\(sql) AS STRING)" : sql
    }

    func table(_ plan: Plan, _ index: Int) -> String {
        if case .sort(let from) = plan.steps[index].relation { return table(plan, from) }
        return dialect.quoted("t\(index)")
    }

    func list(_ columns: [PlanColumn]) -> String { columns.map { id($0.id) }.joined(separator: ", ") }

    func id(_ id: Int) -> String { dialect.quoted("c\(id)") }

    func expressions(_ column: (@Sendable (Int) -> String)? = nil) -> SparkExpression {
        let dialect = dialect
        return SparkExpression(acceptedAt: acceptedAt, column: column ?? { dialect.quoted("c\($0)") })
    }
}
