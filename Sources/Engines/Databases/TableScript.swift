import Fleet
import Pipeline

/// The statements that load a staged file into a table. Pure: says what to do, does nothing.
struct TableScript: Sendable {
    var attachment: DatabaseAttachment
    var target: TargetTable
    var load: Manifest.Load
    var lease: Lease
    /// Of the staged file.
    var columns: [StagedColumn]
    /// The table's columns beside them; nil: the table is made.
    var matching: [TargetTable.Column]?
    var rows: Int64?
    var stagedPath: String
    var stageName: String

    var kind: DatabaseAddress.Kind { attachment.address.kind }
    var text: NativeText { NativeText(kind: kind) }
    var native: String { text.table(target.schema, target.name) }
    var markers: String { text.table(target.schema, LoadMarker.table) }

    /// The staged rows, in types that the database has.
    var staged: String {
        let values = columns.map { "\($0.value(for: kind)) AS \(DuckDBText.identifier($0.name))" }
        return "SELECT \(values.joined(separator: ", ")) FROM "
            + "read_parquet(\(DuckDBText.exactPath(stagedPath)), hive_partitioning = false)"
    }

    /// The columns of the table, as the database names them.
    func names(_ prefix: String = "") -> String {
        columns.indices.map { prefix + tableColumn($0) }.joined(separator: ", ")
    }

    func tableColumn(_ index: Int) -> String { text.identifier(matching?[index].name ?? columns[index].name) }

    var keyIndices: [Int] {
        load.upsertKeys.compactMap { key in columns.firstIndex { $0.name.utf8.elementsEqual(key.utf8) } }
    }

    var otherIndices: [Int] {
        let keys = Set(keyIndices)
        return columns.indices.filter { !keys.contains($0) }
    }

    /// A name beside the table for what is staged in the database itself; no two tries share one.
    static func stageName(_ lease: Lease) -> String {
        stagePrefix(lease.runID) + String(UInt64.random(in: 0..<(1 << 48)), radix: 16)
    }

    static func stagePrefix(_ run: RunID) -> String { "quicketl_\(run.description.filter { $0 != "-" })_" }

    var stage: String { text.table(target.schema, stageName) }

    func marker(_ outcome: LoadMarker.Outcome) -> LoadMarker {
        LoadMarker(
            runID: lease.runID, token: lease.token.sequence, outcome: outcome,
            stage: outcome == .staged ? stageName : nil)
    }

    func insertMarker(_ outcome: LoadMarker.Outcome) -> String {
        marker(outcome).insertion(into: markers, table: target.name, rows: outcome == .refused ? nil : rows, kind)
    }
}

/// PostgreSQL: one transaction, in which the rows come into a table of their own first. So every type of column takes
/// its value by PostgreSQL's own rules, and not by what DuckDB makes of it.
extension TableScript {
    /// Seconds for which a lock is waited for, and an abandoned transaction of ours may last.
    private static let lockLimit = 60, idleLimit = 300

    var postgresTransaction: [String] {
        var statements = [
            "BEGIN",
            attachment.execute(
                "SET LOCAL lock_timeout = '\(Self.lockLimit)s'; "
                    + "SET LOCAL idle_in_transaction_session_timeout = '\(Self.idleLimit)s'"),
            // First: whoever comes second waits here, and then finds the run loaded.
            attachment.execute(insertMarker(.loaded)),
        ]
        if load.mode == .upsert, matching != nil {
            // No key constraint keeps others from inserting the same keys meanwhile.
            statements.append(attachment.execute("LOCK TABLE \(native) IN SHARE ROW EXCLUSIVE MODE"))
        }
        statements.append("CREATE TABLE \(attachment.table(target.schema, stageName)) AS \(staged)")
        statements += postgresLoad.map(attachment.execute)
        return statements + ["COMMIT"]
    }

    private var postgresLoad: [String] {
        guard matching != nil else {
            return (target.columns == nil ? [] : ["DROP TABLE \(native)"])
                + ["ALTER TABLE \(stage) RENAME TO \(text.identifier(target.name))"]
        }
        let insert = "INSERT INTO \(native) (\(names())) SELECT \(postgresValues) FROM \(stage) s"
        var statements: [String]
        switch load.mode {
        case .append, .replace: statements = [insert]
        // Not TRUNCATE: readers with an older snapshot would find the table empty.
        case .truncate: statements = ["DELETE FROM \(native)", insert]
        case .upsert:
            let keys = keyIndices.map { "t.\(tableColumn($0)) = \(postgresValue($0))" }.joined(separator: " AND ")
            let changes = otherIndices.map { "\(tableColumn($0)) = \(postgresValue($0))" }
            statements =
                changes.isEmpty
                ? []
                : ["UPDATE \(native) t SET \(changes.joined(separator: ", ")) FROM \(stage) s WHERE \(keys)"]
            statements.append(insert + " WHERE NOT EXISTS (SELECT 1 FROM \(native) t WHERE \(keys))")
        }
        return statements + ["DROP TABLE \(stage)"]
    }

    private var postgresValues: String { columns.indices.map(postgresValue).joined(separator: ", ") }

    /// A text is read as what the column is (uuid, json, an enumeration); everything else is assigned as it is, so that
    /// nothing is cut.
    private func postgresValue(_ index: Int) -> String {
        let name = "s.\(text.identifier(columns[index].name))"
        guard let column = matching?[index] else { return name }
        let isText: Bool
        switch columns[index].type {
        case .text, .other, .unknown: isText = true
        default: isText = false
        }
        let takesText = ["text", "character", "\"char\"", "name", "bpchar", "varchar"].contains {
            column.type.hasPrefix($0)
        }
        return isText && !takesText ? "CAST(\(name) AS \(column.type))" : name
    }
}

/// SQLite and DuckDB: one transaction, by DuckDB's own statements.
extension TableScript {
    var fileTransaction: [String] {
        let table = attachment.table(target.schema, target.name)
        let markers = attachment.table(target.schema, LoadMarker.table)
        let list = columns.indices.map { fileColumn($0) }.joined(separator: ", ")
        let insert = "INSERT INTO \(table) (\(list)) \(staged)"
        var statements = [
            "BEGIN", "CREATE TABLE IF NOT EXISTS \(markers) \(LoadMarker.creation(in: target.schema, kind))",
            marker(.loaded).insertion(into: markers, table: target.name, rows: rows, kind),
        ]
        if matching == nil {
            if target.columns != nil { statements.append("DROP TABLE \(table)") }
            statements.append("CREATE TABLE \(table) AS \(staged)")
        } else {
            switch load.mode {
            case .append, .replace: statements.append(insert)
            case .truncate: statements += ["DELETE FROM \(table)", insert]
            case .upsert:
                let source = columns.map { DuckDBText.identifier($0.name) }
                let keys = keyIndices.map { "t.\(fileColumn($0)) = s.\(source[$0])" }.joined(separator: " AND ")
                let changes = otherIndices.map { "\(fileColumn($0)) = s.\(source[$0])" }
                if !changes.isEmpty {
                    statements.append(
                        "UPDATE \(table) AS t SET \(changes.joined(separator: ", ")) FROM (\(staged)) s WHERE \(keys)")
                }
                statements.append(
                    "INSERT INTO \(table) (\(list)) SELECT \(source.map { "s.\($0)" }.joined(separator: ", ")) "
                        + "FROM (\(staged)) s WHERE NOT EXISTS (SELECT 1 FROM \(table) t WHERE \(keys))")
            }
        }
        return statements + [LoadMarker.pruning(of: markers, kind), "COMMIT"]
    }

    private func fileColumn(_ index: Int) -> String {
        DuckDBText.identifier(matching?[index].name ?? columns[index].name)
    }
}
