import Fleet
import Foundation
import Pipeline

/// The row by which a target database remembers that a run was loaded into it (or was refused by it for good), in the
/// same transaction as the rows themselves. Its key is the run, so of two attempts one wins.
struct LoadMarker: Sendable, Hashable {
    enum Outcome: String, Sendable {
        /// The rows are in the table.
        case loaded
        /// The database refused them, and nothing of the run will ever be loaded.
        case refused
        /// Only where a table cannot be replaced within a transaction: the new table stands ready under the name that
        /// the marker has.
        case staged
    }

    static let table = "quicketl_loads"
    /// Markers are of use only as long as an attempt of their run may still wake up.
    static let keptDays = 90

    var runID: RunID
    var token: Int64
    var outcome: Outcome
    var stage: String?

    static func creation(in schema: String, _ kind: DatabaseAddress.Kind) -> String {
        let text = NativeText(kind: kind)
        let name = text.table(schema, table)
        switch kind {
        case .postgresql:
            return "CREATE TABLE IF NOT EXISTS \(name) (run_id varchar(36) PRIMARY KEY, table_name text NOT NULL, "
                + "token bigint NOT NULL, outcome varchar(16) NOT NULL, row_count bigint, stage varchar(64), "
                + "loaded_at timestamptz NOT NULL DEFAULT now())"
        case .mysql:
            return "CREATE TABLE IF NOT EXISTS \(name) (run_id varchar(36) CHARACTER SET ascii PRIMARY KEY, "
                + "table_name varchar(255) CHARACTER SET utf8mb4 NOT NULL, token bigint NOT NULL, "
                + "outcome varchar(16) CHARACTER SET ascii NOT NULL, row_count bigint, stage varchar(64), "
                + "loaded_at datetime NOT NULL DEFAULT CURRENT_TIMESTAMP) ENGINE=InnoDB"
        case .sqlite, .duckdb:
            return "(run_id VARCHAR PRIMARY KEY, table_name VARCHAR, token BIGINT, outcome VARCHAR, "
                + "row_count BIGINT, stage VARCHAR, loaded_at VARCHAR)"
        }
    }

    func insertion(into name: String, table: String, rows: Int64?, _ kind: DatabaseAddress.Kind) -> String {
        let text = NativeText(kind: kind)
        let time = kind.isFile ? ", \(text.literal(Self.now))" : ""
        return
            "INSERT INTO \(name) (run_id, table_name, token, outcome, row_count, stage\(time.isEmpty ? "" : ", loaded_at")) "
            + "VALUES (\(text.literal(runID.description)), \(text.literal(table)), \(token), "
            + "\(text.literal(outcome.rawValue)), \(rows.map { String($0) } ?? "NULL"), \(stage.map(text.literal) ?? "NULL")\(time))"
    }

    /// Removes markers that are older than anything that could still ask for them.
    static func pruning(of name: String, _ kind: DatabaseAddress.Kind) -> String {
        let limit =
            switch kind {
            case .postgresql: "now() - interval '\(keptDays) days'"
            case .mysql: "CURRENT_TIMESTAMP - INTERVAL \(keptDays) DAY"
            case .sqlite, .duckdb: DuckDBText.literal(text(of: Date() - Double(keptDays) * 86_400))
            }
        return "DELETE FROM \(name) WHERE loaded_at < \(limit)"
    }

    private static var now: String { text(of: Date()) }

    private static func text(of date: Date) -> String { date.formatted(.iso8601) }
}
