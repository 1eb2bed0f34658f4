import Fleet
import Pipeline

/// What a database says of the table that rows are to go into.
struct TargetTable: Sendable, Hashable {
    struct Column: Sendable, Hashable {
        var name: String
        /// In the database's own words, such as `numeric(10,2)`.
        var type: String
        /// Of texts in MySQL, which compare by them.
        var characterSet: String?
        var collation: String?
    }

    var schema: String
    var name: String
    /// nil: there is no such table.
    var columns: [Column]?
    /// Of MySQL: only InnoDB's tables know transactions.
    var storageEngine: String?
    /// A view, say, that has no rows of its own.
    var isTable = true

    /// One row for each column, in order.
    static func look(_ attachment: DatabaseAttachment, schema: String, name: String) -> String {
        let text = NativeText(kind: attachment.address.kind)
        let (inSchema, named) = (text.literal(schema), text.literal(name))
        let native: String
        switch attachment.address.kind {
        case .postgresql:
            native = """
                SELECT a.attname::text AS name, format_type(a.atttypid, a.atttypmod) AS type, c.relkind::text AS kind
                  FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
                  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
                 WHERE n.nspname = \(inSchema) AND c.relname = \(named) AND a.attnum > 0 AND NOT a.attisdropped
                 ORDER BY a.attnum
                """
        case .mysql:
            native = """
                SELECT c.column_name AS name, c.column_type AS type, c.character_set_name AS characters,
                       c.collation_name AS collation, t.engine AS engine, t.table_type AS kind
                  FROM information_schema.columns c
                  JOIN information_schema.tables t ON t.table_schema = c.table_schema AND t.table_name = c.table_name
                 WHERE c.table_schema = \(inSchema) AND c.table_name = \(named) ORDER BY c.ordinal_position
                """
        case .sqlite:
            native = """
                SELECT i.name AS name, i.type AS type, m.type AS kind FROM sqlite_master m
                  JOIN pragma_table_info(m.name) i WHERE m.name = \(named) COLLATE NOCASE AND m.type IN ('table', 'view')
                 ORDER BY i.cid
                """
        case .duckdb:
            return "SELECT column_name AS name, data_type AS type, 'r' AS kind FROM duckdb_columns() "
                + "WHERE database_name = \(DuckDBText.literal(attachment.alias)) AND schema_name = \(inSchema) "
                + "AND table_name = \(named) ORDER BY column_index"
        }
        return "SELECT * FROM \(attachment.query(native) ?? "")"
    }

    init(schema: String, name: String, rows: [[String: String?]] = []) {
        self.schema = schema
        self.name = name
        func value(_ row: [String: String?]?, _ key: String) -> String? { (row?[key] ?? nil) }
        if !rows.isEmpty {
            columns = rows.map {
                Column(
                    name: value($0, "name") ?? "", type: value($0, "type") ?? "",
                    characterSet: value($0, "characters"), collation: value($0, "collation"))
            }
        }
        storageEngine = value(rows.first, "engine")
        let kind = value(rows.first, "kind")?.lowercased()
        isTable = kind == nil || ["r", "p", "table", "base table"].contains(kind ?? "")
    }

    /// The table's columns for those of the pipeline, beside them: by the same name, else by one that differs in case
    /// only. nil when there is no table yet, or it is to be made anew.
    func matching(_ names: [String], mode: DatabaseSink.Mode, keys: [String]) throws(Failure) -> [Column]? {
        if let refusal = mode == .replace ? refusalToReplace : refusal { throw refusal }
        guard let columns, mode != .replace else { return nil }
        var found: [Column] = []
        var missing: [String] = []
        for name in names {
            let exact = columns.first { $0.name.utf8.elementsEqual(name.utf8) }
            let folded = columns.filter { Self.folded($0.name).utf8.elementsEqual(Self.folded(name).utf8) }
            if let column = exact ?? (folded.count == 1 ? folded[0] : nil) {
                found.append(column)
            } else {
                missing.append("\"\(name)\"")
            }
        }
        guard missing.isEmpty else {
            let nouns = missing.count == 1 ? "column \(missing[0])" : "columns \(missing.joined(separator: ", "))"
            let known = columns.prefix(50).map(\.name).joined(separator: ", ")
            throw Failure(
                .invalidPipeline, "table \(schema).\(name) has no \(nouns); it has \(known)", step: "write_sink")
        }
        return found
    }

    /// Why this cannot be replaced by a table.
    var refusalToReplace: Failure? { isTable ? nil : refusal }

    private var refusal: Failure? {
        if !isTable {
            return Failure(
                .invalidPipeline, "\(schema).\(name) is no table (a view, perhaps); rows can only go into a table",
                step: "write_sink")
        }
        if let storageEngine, storageEngine.lowercased() != "innodb" {
            return Failure(
                .invalidPipeline,
                "table \(schema).\(name) is kept by the storage engine \(storageEngine), which knows no transactions, so "
                    + "that a run could not load it exactly once; ALTER TABLE … ENGINE=InnoDB", step: "write_sink")
        }
        return nil
    }

    private static func folded(_ name: String) -> String {
        String(
            String.UnicodeScalarView(
                name.unicodeScalars.map {
                    ("A"..."Z").contains($0) ? Unicode.Scalar($0.value + 32) ?? $0 : $0
                }))
    }
}
