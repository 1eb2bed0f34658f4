import Fleet
import Pipeline

/// What will be read of a source that is a table of a database: by the database's own statistics.
struct DatabaseSizing: Sendable {
    /// As the pipeline names the source.
    var name: String
    var source: DatabaseSource
    /// Of all columns, by name.
    var columns: [String]
    /// Those that the plan uses.
    var needed: Set<Int>
    var attachment: DatabaseAttachment

    /// nil: a child need not be asked.
    var statement: String? {
        guard case .table(let table) = source.rows else { return nil }
        let kind = attachment.address.kind
        let text = NativeText(kind: kind)
        let schema = attachment.address.schema(of: table)
        let (inSchema, named) = (text.literal(schema), text.literal(table.name))
        let native: String
        switch kind {
        case .sqlite: return nil
        case .duckdb:
            // Its own number of rows is exact; the file is shared out by rows and columns.
            return
                "SELECT sum(CASE WHEN schema_name = \(inSchema) AND table_name = \(named) THEN estimated_size END) AS rows, "
                + "sum(CASE WHEN schema_name = \(inSchema) AND table_name = \(named) THEN estimated_size * column_count END) "
                + "AS cells, sum(estimated_size * column_count) AS all_cells FROM duckdb_tables() "
                + "WHERE database_name = \(DuckDBText.literal(attachment.alias))"
        case .postgresql:
            let names = needed.sorted().compactMap { columns.indices.contains($0) ? text.literal(columns[$0]) : nil }
            let widths =
                names.isEmpty ? "0" : "sum(avg_width) FILTER (WHERE attname IN (\(names.joined(separator: ", "))))"
            native = """
                WITH RECURSIVE parts AS (
                  SELECT c.oid FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
                   WHERE n.nspname = \(inSchema) AND c.relname = \(named) AND c.relkind IN ('r', 'p', 'm')
                  UNION SELECT i.inhrelid FROM pg_catalog.pg_inherits i JOIN parts p ON p.oid = i.inhparent)
                SELECT sum(CASE WHEN c.reltuples > 0 THEN c.reltuples ELSE 0 END)::bigint AS rows,
                       bool_or(c.relkind <> 'p' AND c.reltuples < 0) AS unknown,
                       sum(CASE WHEN c.relkind = 'p' THEN 0 ELSE pg_table_size(c.oid) END)::bigint AS bytes,
                       (SELECT \(widths) FROM pg_catalog.pg_stats
                         WHERE schemaname = \(inSchema) AND tablename = \(named))::bigint AS width
                  FROM parts JOIN pg_catalog.pg_class c ON c.oid = parts.oid
                """
        case .mysql:
            native = """
                SELECT table_rows AS `rows`, data_length AS `bytes` FROM information_schema.tables
                 WHERE table_schema = \(inSchema) AND table_name = \(named) AND table_type = 'BASE TABLE'
                """
        }
        return attachment.query(native).map { "SELECT * FROM \($0)" }
    }

    /// From the statement's row, and the bytes of a file for those that are one.
    func estimate(_ row: [String: String?], fileBytes: Int64?) -> SourceEstimate {
        func number(_ key: String) -> Int64? { DuckDBExecution.number(row[key]) }
        let share = columns.isEmpty ? 1 : max(1, Double(needed.count)) / Double(columns.count)
        func part(_ bytes: Int64, _ factor: Double) -> Int64 {
            let value = Double(max(0, bytes)) * factor
            return value >= 9e18 ? .max : Int64(value.rounded())
        }
        var estimate = SourceEstimate(source: name, basis: .statistics)
        switch attachment.address.kind {
        case .sqlite:
            guard let fileBytes else { return unknown("the size of the file is not known") }
            estimate.storedBytes = fileBytes
            estimate.note = "the whole file: SQLite does not say how its tables share it"
            estimate.readBytes = fileBytes
            estimate.expandedBytes = part(fileBytes, share)
        case .duckdb:
            guard let rows = number("rows"), let cells = number("cells"), let all = number("all_cells"), let fileBytes
            else { return unknown("the database does not count the rows of this table (a view, perhaps)") }
            let bytes = all > 0 ? part(fileBytes, Double(cells) / Double(all)) : 0
            (estimate.rows, estimate.storedBytes) = (rows, bytes)
            estimate.readBytes = part(bytes, share)
            // At the width that most values have in memory.
            estimate.expandedBytes = part(rows, 12 * Double(max(1, needed.count)))
        case .postgresql, .mysql:
            guard let bytes = number("bytes") else {
                return unknown("the database has no statistics of this table (a view, perhaps)")
            }
            estimate.storedBytes = bytes
            let isCounted = (row["unknown"] ?? nil) != "true"
            estimate.rows = isCounted ? number("rows") : nil
            if !isCounted { estimate.note = "the table was never analysed: its rows are not counted" }
            // Only these columns are sent, and they are sent as they are.
            if let rows = estimate.rows, let width = number("width"), width > 0 {
                estimate.readBytes = part(rows, Double(width))
            } else {
                estimate.readBytes = part(bytes, share)
            }
            estimate.expandedBytes = estimate.readBytes
        }
        return estimate
    }

    // MARK: - What PostgreSQL's planner thinks

    /// Of a query or a view, which have no statistics: the planner is asked, and nothing is executed. nil: this database
    /// has no such words.
    ///
    /// A query's answer may come from SELECT alone; so the plan goes through a setting that ends with the transaction.
    var planStatements: [String]? {
        guard attachment.address.kind == .postgresql else { return nil }
        let text = NativeText(kind: .postgresql)
        let from: String
        switch source.rows {
        case .table(let table):
            from = text.identifier(attachment.address.schema(of: table)) + "." + text.identifier(table.name)
        // In brackets nothing can stand behind it that would be executed; the line's end ends a comment.
        case .query(let query): from = "(\(DatabaseScan.sent(query, .postgresql))) AS q"
        }
        let names = needed.sorted().compactMap { columns.indices.contains($0) ? text.identifier(columns[$0]) : nil }
        let query = "EXPLAIN (FORMAT JSON) SELECT \(names.isEmpty ? "1" : names.joined(separator: ", ")) FROM \(from)"
        let block =
            "DECLARE plan json; BEGIN EXECUTE \(text.literal(query)) INTO plan; "
            + "PERFORM set_config('quicketl.plan', plan::text, true); END"
        let plan = "current_setting('quicketl.plan')::json -> 0 -> 'Plan'"
        let answer = "SELECT \(plan) ->> 'Plan Rows' AS rows, \(plan) ->> 'Plan Width' AS width"
        return attachment.query(answer).map {
            ["BEGIN", attachment.execute("DO \(text.literal(block))"), "SELECT * FROM \($0)"]
        }
    }

    /// From the last row of `planStatements`.
    func planned(_ row: [String: String?]) -> SourceEstimate {
        guard let rows = (row["rows"] ?? nil).flatMap({ Double($0) }), rows >= 0,
            let width = DuckDBExecution.number(row["width"])
        else { return unknown("the database says nothing of how much it will send") }
        let bytes = rows * Double(max(1, width))
        var estimate = SourceEstimate(source: name, basis: .statistics, note: "as PostgreSQL plans it")
        estimate.rows = rows >= 9e18 ? .max : Int64(rows)
        estimate.readBytes = bytes >= 9e18 ? .max : Int64(bytes)
        estimate.expandedBytes = estimate.readBytes
        return estimate
    }

    func unknown(_ why: String) -> SourceEstimate { SourceEstimate(source: name, basis: .unknown, note: why) }
}
