import Foundation
import Pipeline

/// A plan as one SELECT for DuckDB: a common table expression per step, columns under their internal names until the
/// end. Pure but for the look at whether a path is a folder.
struct DuckDBCompiler: Sendable {
    let acceptedAt: Date
    let dialect = DuckDBDialect()
    private let scan: DuckDBScan
    let databases: DatabaseScan?

    /// `databases`: those of the sources; without them only files are read. `memoryLimitBytes`: of who will read them.
    init(
        baseDirectory: String, acceptedAt: Date, databases: DatabaseScan? = nil, memoryLimitBytes: Int64? = nil,
        pathKind: @escaping @Sendable (String) -> DataPath.Kind = DataPath.localKind
    ) {
        self.acceptedAt = acceptedAt
        self.databases = databases
        scan = DuckDBScan(
            paths: DataPath(baseDirectory: baseDirectory, kind: pathKind), memoryLimitBytes: memoryLimitBytes)
    }

    /// Reads a type's name as DESCRIBE prints it.
    static func dataType(_ duckDBName: String) -> DataType { DuckDBTypeName.dataType(duckDBName) }

    // MARK: Sources

    /// A statement whose rows are (column_name, column_type).
    func describe(_ source: SourceSpec) -> String {
        switch source {
        case .file(let file): scan.describe(file)
        case .database: "SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM \(table(source)))"
        }
    }

    /// A table expression; with a schema its columns have exactly those names, types and order.
    func scan(_ source: SourceSpec, schema: Schema? = nil) -> String {
        let table = table(source, schema)
        guard let schema else { return table }
        let columns = schema.columns.map { "\(read($0)) AS \(dialect.quoted($0.name))" }
        return "(SELECT \(columns.joined(separator: ", ")) FROM \(table))"
    }

    private func table(_ source: SourceSpec, _ schema: Schema? = nil) -> String {
        switch source {
        case .file(let file): scan.table(file, schema: schema)
        // The engine has refused what is not attached.
        case .database(let database): databases?.table(database) ?? "(SELECT NULL WHERE FALSE)"
        }
    }

    /// The pattern that a source's path stands for: for sizes and lists of files.
    func pattern(_ source: SourceSpec) -> String {
        switch source {
        case .file(let file): scan.paths.pattern(file.path.text, format: file.format)
        case .database: ""
        }
    }

    /// The staged Parquet files of a plan's result as a table expression. `paths` are absolute files or globs;
    /// partition columns come back from the folders' names with the types that they had.
    func readBack(_ paths: [String], as output: Schema, partitionBy: [String] = []) -> String {
        guard !paths.isEmpty else {
            let columns = output.columns.map {
                "CAST(NULL AS \(dialect.name(of: $0.type))) AS \(dialect.quoted($0.name))"
            }
            return "(SELECT \(columns.joined(separator: ", ")) WHERE FALSE)"
        }
        let hive = "hive_partitioning=\(!partitionBy.isEmpty), hive_types_autocast=false"
        let columns = output.columns.map { "\(read($0)) AS \(dialect.quoted($0.name))" }
        return "(SELECT \(columns.joined(separator: ", ")) FROM read_parquet(\(dialect.texts(paths)), \(hive)))"
    }

    private func read(_ column: Schema.Column) -> String {
        let name = dialect.quoted(column.name)
        switch column.type {
        // Passed through as they are: a cast could only lose something.
        case .list, .structure, .other, .json, .binary: return name
        default: return "CAST(\(name) AS \(dialect.name(of: column.type)))"
        }
    }

    // MARK: Steps

    /// The final table with its user's names, in order; sorted when the pipeline sorts.
    func query(_ plan: Plan) -> String {
        guard let last = plan.steps.last else { return "SELECT NULL WHERE FALSE" }
        let columns = zip(last.columns, plan.output.columns).map { column, output in
            let value =
                column.type == output.type
                ? result(column, plan) : "CAST(\(id(column.id)) AS \(dialect.name(of: output.type)))"
            return "\(value) AS \(dialect.quoted(output.name))"
        }
        var sql = "\(tables(plan))\nSELECT \(columns.joined(separator: ", "))"
        sql += " FROM \(table(plan, plan.steps.count - 1))"
        if !last.order.isEmpty { sql += " ORDER BY \(expressions().orderBy(last.order))" }
        return sql
    }

    /// A column of the final table. There is one NaN: what processors make of 0/0 has a sign, which files would keep. So
    /// has zero.
    private func result(_ column: PlanColumn, _ plan: Plan) -> String {
        let id = id(column.id)
        guard plan.mayHaveLostSigns(column) else { return id }
        let (nan, zero) = (expressions().cast("'nan'", column.type), expressions().cast("0", column.type))
        return "CASE WHEN isnan(\(id)) THEN \(nan) WHEN \(id) = 0 THEN \(zero) ELSE \(id) END"
    }

    /// The texts of the values that a pivot makes columns of: rows of one column, in the order of the values, null
    /// last, one more than are allowed.
    func pivotValues(_ probe: PivotProbe) -> String {
        let column = id(probe.column.id)
        let text = expressions().text(column, from: probe.column.type)
        return "\(tables(probe.plan))\nSELECT \(text) AS \(dialect.quoted("pivot_value")) "
            + "FROM \(table(probe.plan, probe.plan.steps.count - 1)) "
            + "GROUP BY \(text) ORDER BY min(\(column)) NULLS LAST, \(text) LIMIT \(PivotProbe.valueLimit + 1)"
    }

    /// The same from a query, whose one column is called `value`.
    func pivotValues(of type: DataType, over query: String) -> String {
        let column = dialect.quoted("value")
        let text = expressions().text(column, from: type)
        return "SELECT \(text) AS \(dialect.quoted("pivot_value")) FROM (\(query)) "
            + "GROUP BY \(text) ORDER BY min(\(column)) NULLS LAST, \(text) LIMIT \(PivotProbe.valueLimit + 1)"
    }

    /// Computes columns of a step for all rows, and answers with one number: to see whether it can be done.
    func probe(_ plan: Plan, step: Int, columns: [Int]) -> String {
        // A hash needs the values; a count could do without.
        let value = columns.isEmpty ? "count(*)" : "bit_xor(hash(\(columns.map(id).joined(separator: ", "))))"
        return "\(tables(plan))\nSELECT \(value) AS n FROM \(table(plan, step))"
    }

    private func tables(_ plan: Plan) -> String {
        let tables = plan.steps.indices.compactMap { index in
            body(plan, index).map { "\(table(plan, index)) AS NOT MATERIALIZED (\($0))" }
        }
        return "WITH \(tables.joined(separator: ",\n"))"
    }

    /// nil: the step changes nothing in the table.
    private func body(_ plan: Plan, _ index: Int) -> String? {
        let step = plan.steps[index]
        let all = step.columns + step.hidden
        let plain = all.map { id($0.id) }.joined(separator: ", ")
        switch step.relation {
        case .source(let source, let ordinal):
            let input = plan.sources[source]
            var columns = zip(step.columns, input.schema.columns).map { "\(read($1)) AS \(id($0.id))" }
            if let ordinal { columns.append("row_number() OVER () AS \(id(ordinal))") }
            return "SELECT \(columns.joined(separator: ", ")) FROM \(table(input.source, input.schema))"
        case .select(let from): return "SELECT \(plain) FROM \(table(plan, from))"
        case .compute(let from, let computed):
            let values = Dictionary(computed.map { ($0.id, $0.value) }, uniquingKeysWith: { first, _ in first })
            let columns = all.map { column in
                values[column.id].map { "\(value($0)) AS \(id(column.id))" } ?? id(column.id)
            }
            return "SELECT \(columns.joined(separator: ", ")) FROM \(table(plan, from))"
        case .filter(let from, let condition):
            return "SELECT \(plain) FROM \(table(plan, from)) WHERE \(expressions().sql(condition))"
        case .sort: return nil
        case .limit(let from, let count, let offset, let order):
            return "SELECT \(plain) FROM \(table(plan, from))"
                + (order.isEmpty ? "" : " ORDER BY \(expressions().orderBy(order))")
                + " LIMIT \(count)" + (offset > 0 ? " OFFSET \(offset)" : "")
        case .join(let join): return self.join(plan, step, join)
        case .aggregate(let from, let groups, let computed):
            let columns = groups.map(id) + computed.map { "\(value($0.value)) AS \(id($0.id))" }
            // `()`: one row over everything, also when no aggregate is among the columns.
            let keys = groups.isEmpty ? "()" : groups.map(id).joined(separator: ", ")
            return "SELECT \(columns.joined(separator: ", ")) FROM \(table(plan, from)) GROUP BY \(keys)"
        case .dedup(let from, let keys, let order, let keep): return dedup(plan, step, from, keys, order, keep)
        case .union(let parts): return union(plan, step, parts)
        case .window(let from, let columns): return window(plan, step, from, columns)
        case .pivot(let pivot): return self.pivot(plan, pivot)
        case .unpivot(let unpivot): return self.unpivot(plan, step, unpivot)
        }
    }

    private func join(_ plan: Plan, _ step: PlanStep, _ join: JoinRelation) -> String {
        let dialect = dialect
        let left = expressions { "l." + dialect.quoted("c\($0)") }
        let right = expressions { "r." + dialect.quoted("c\($0)") }
        let columns = zip(step.columns, join.origins).map { column, origin in
            let value =
                switch origin {
                case .column(.left, let id): left.column(id)
                case .column(.right, let id): right.column(id)
                case .merged(let a, let b): "coalesce(\(left.sql(a)), \(right.sql(b)))"
                }
            return "\(value) AS \(id(column.id))"
        }
        // Only where the rows of the left stay in their order: semi and anti.
        let hidden = step.hidden.map { "\(left.column($0.id)) AS \(id($0.id))" }
        let words: [JoinSpec.Kind: String] = [
            .inner: "INNER JOIN", .left: "LEFT JOIN", .right: "RIGHT JOIN", .outer: "FULL JOIN", .semi: "SEMI JOIN",
            .anti: "ANTI JOIN", .cross: "CROSS JOIN",
        ]
        let conditions = join.keys.map { "\(left.sql($0.left)) = \(right.sql($0.right))" }
        let on = join.how == .cross ? "" : "ON " + (conditions.isEmpty ? "TRUE" : conditions.joined(separator: " AND "))
        return "SELECT \((columns + hidden).joined(separator: ", ")) FROM \(table(plan, join.left)) AS l "
            + "\(words[join.how] ?? "INNER JOIN") \(table(plan, join.right)) AS r \(on)"
    }

    /// A value in the type that the plan gives it. A column without a type is a text.
    func value(_ value: TypedExpression) -> String {
        value.type == .unknown ? "CAST(\(expressions().sql(value)) AS VARCHAR)" : expressions().sql(value)
    }

    func table(_ plan: Plan, _ index: Int) -> String {
        if case .sort(let from) = plan.steps[index].relation { return table(plan, from) }
        return dialect.quoted("t\(index)")
    }

    /// What the author calls the columns of a plan, by the names that its statements give them.
    func columnNames(_ plan: Plan) -> [String: String] {
        Dictionary(
            plan.steps.flatMap(\.columns).map { ("c\($0.id)", $0.name) }, uniquingKeysWith: { _, last in last })
    }

    func id(_ id: Int) -> String { dialect.quoted("c\(id)") }

    func expressions(_ column: (@Sendable (Int) -> String)? = nil) -> DuckDBExpression {
        let dialect = dialect
        return DuckDBExpression(acceptedAt: acceptedAt, column: column ?? { dialect.quoted("c\($0)") })
    }

    // MARK: Checks

    /// One statement for all checks over `table` (a name or an expression with the plan's output columns); nil when
    /// there are none.
    func checks(_ plan: Plan, over table: String) -> ChecksQuery? {
        guard !plan.checks.isEmpty else { return nil }
        return ChecksQuery(plan, over: table, dialect: dialect, expressions: expressions())
    }
}
