import Fleet
import Pipeline

/// MySQL and MariaDB end a transaction at every statement that makes, renames or drops a table. So the rows come into a
/// table of their own before it, and a table that is replaced is exchanged by a RENAME that can happen only once.
///
/// The scanner of DuckDB does not quote every name as MySQL wants it (not those with backticks or backslashes), and
/// names may come with the data. So it sees names of ours only, and all others are in statements of ours.
extension TableScript {
    /// Seconds for which a lock is waited for, and an abandoned connection of ours may last.
    private static let lockLimit = 60, idleLimit = 300

    /// The rows in a table beside the target. Repeatable.
    var mysqlStaging: [String] {
        let definitions = mysqlDefinitions(columns.indices.map(stageColumn))
        return [
            attachment.execute("DROP TABLE IF EXISTS \(stage)"),
            attachment.execute(
                "CREATE TABLE \(stage) (\(definitions)) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4"
            ),
            "CALL mysql_clear_cache()",
            "INSERT INTO \(attachment.table(target.schema, stageName)) \(staged)",
        ]
    }

    /// Makes the table where it is missing; it is empty until the transaction.
    var mysqlPreparation: [String] {
        guard matching == nil, load.mode != .replace else { return [] }
        let definitions = mysqlDefinitions(columns.map { text.identifier($0.name) })
        return [
            attachment.execute(
                "CREATE TABLE IF NOT EXISTS \(native) (\(definitions)) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4")
        ]
    }

    private func mysqlDefinitions(_ names: [String]) -> String {
        zip(names, columns).map { name, column in
            "\(name) \(column.mysqlType)\(column.type == .uuid ? " CHARACTER SET ascii" : "") NULL"
        }.joined(separator: ", ")
    }

    private func stageColumn(_ index: Int) -> String { "c\(index)" }

    /// Keys that the table's collation takes for equal (`a` and `A`): one row with their number.
    var mysqlDuplicates: String? {
        guard load.mode == .upsert else { return nil }
        let keys = keyIndices.map(mysqlComparable).joined(separator: ", ")
        return "SELECT * FROM "
            + (attachment.query(
                "SELECT count(*) AS n FROM (SELECT 1 FROM \(stage) s GROUP BY \(keys) HAVING count(*) > 1) d") ?? "")
    }

    var mysqlTransaction: [String] {
        ["BEGIN"]
            + [
                // Whatever the server's own mode, a value that does not fit is an error.
                "SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ZERO_IN_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION'",
                "SET SESSION innodb_lock_wait_timeout = \(Self.lockLimit)",
                "SET SESSION wait_timeout = \(Self.idleLimit)",
                insertMarker(.loaded),
            ].map(attachment.execute) + mysqlLoad.map(attachment.execute) + ["COMMIT"]
    }

    private var mysqlLoad: [String] {
        let values = columns.indices.map { "s.\(stageColumn($0))" }.joined(separator: ", ")
        let insert = "INSERT INTO \(native) (\(names())) SELECT \(values) FROM \(stage) s"
        switch load.mode {
        case .append, .replace: return [insert]
        case .truncate: return ["DELETE FROM \(native)", insert]
        case .upsert:
            let keys = keyIndices.map { "t.\(tableColumn($0)) = \(mysqlComparable($0))" }.joined(separator: " AND ")
            let changes = otherIndices.map { "t.\(tableColumn($0)) = s.\(stageColumn($0))" }
            let update =
                changes.isEmpty
                ? []
                : ["UPDATE \(native) t JOIN \(stage) s ON \(keys) SET \(changes.joined(separator: ", "))"]
            return update + [insert + " WHERE NOT EXISTS (SELECT 1 FROM \(native) t WHERE \(keys))"]
        }
    }

    /// A staged key as the table compares it.
    private func mysqlComparable(_ index: Int) -> String {
        let name = "s.\(stageColumn(index))"
        guard let column = matching?[index], let collation = column.collation, let set = column.characterSet else {
            return name
        }
        return "CONVERT(\(name) USING \(set)) COLLATE \(collation)"
    }

    // MARK: - Replacing a table

    /// Gives the columns of the table that is to be the new one their names.
    var mysqlNaming: String {
        let names = columns.indices.map {
            "RENAME COLUMN \(stageColumn($0)) TO \(text.identifier(columns[$0].name))"
        }
        return attachment.execute("ALTER TABLE \(stage) \(names.joined(separator: ", "))")
    }

    /// Says which attempt's table is the new one; of two attempts the first one's.
    var mysqlStagedMarker: String { attachment.execute(insertMarker(.staged)) }

    /// Puts the table that the marker names in place. It fails, changing nothing, when that table is gone: then this
    /// has happened already.
    func mysqlExchange(_ ready: String) -> String {
        let away = target.columns == nil ? "" : "\(native) TO \(table(ready + "_old")), "
        return attachment.execute("RENAME TABLE \(away)\(table(ready)) TO \(native)")
    }

    func mysqlDropOld(_ ready: String) -> String {
        attachment.execute("DROP TABLE IF EXISTS \(table(ready + "_old"))")
    }

    func mysqlDrop(_ name: String) -> String { attachment.execute("DROP TABLE IF EXISTS \(table(name))") }

    var mysqlLoadedMarker: String {
        attachment.execute(
            "UPDATE \(markers) SET outcome = 'loaded' WHERE run_id = \(text.literal(lease.runID.description)) "
                + "AND outcome = 'staged'")
    }

    /// Names of the tables beside the target that attempts of the run staged.
    var mysqlStages: String {
        let prefix = text.literal(Self.stagePrefix(lease.runID))
        let query =
            "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = "
            + "\(text.literal(target.schema)) AND left(table_name, char_length(\(prefix))) = \(prefix)"
        return "SELECT * FROM \(attachment.query(query) ?? "")"
    }

    private func table(_ name: String) -> String { text.table(target.schema, name) }
}
