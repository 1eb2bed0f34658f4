import Fleet
import Pipeline

/// A database that a child is connected with before it is locked.
///
/// What is said to the child goes through its standard input only: no list of processes and no file shows it.
struct DatabaseAttachment: Sendable, Hashable {
    /// Its name in the child.
    var alias: String
    var address: DatabaseAddress
    var isReadOnly: Bool

    /// Seconds that a server has to answer in.
    private static let connectLimit = 10

    var statements: [String] {
        let kind = address.kind
        switch kind {
        case .duckdb: return ["ATTACH \(DuckDBText.literal(address.database)) AS \(name) (TYPE duckdb\(readOnly))"]
        case .sqlite:
            return [
                "LOAD sqlite_scanner",
                "ATTACH \(DuckDBText.literal(address.database)) AS \(name) (TYPE sqlite\(readOnly))",
            ]
        case .postgresql:
            var options = address.options
            if options["connect_timeout"] == nil { options["connect_timeout"] = String(Self.connectLimit) }
            if options["application_name"] == nil { options["application_name"] = "quicketl" }
            let text = options.sorted { $0.key < $1.key }.map { "\($0.key)=\(Self.conninfo($0.value))" }
            return [
                "LOAD postgres_scanner", secret("postgres", []),
                "ATTACH \(DuckDBText.literal(text.joined(separator: " "))) AS \(name) "
                    + "(TYPE postgres, SECRET \(name)\(readOnly))",
            ]
        case .mysql:
            return [
                "LOAD mysql_scanner",
                secret("mysql", address.options.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }),
                "ATTACH '' AS \(name) (TYPE mysql, SECRET \(name)\(readOnly))",
            ]
        }
    }

    private var name: String { DuckDBText.identifier(alias) }
    private var readOnly: String { isReadOnly ? ", READ_ONLY" : "" }

    private func secret(_ type: String, _ options: [(String, String)]) -> String {
        var fields: [(String, String?)] = [
            ("HOST", address.host.isEmpty ? nil : address.host), ("PORT", address.port.map { String($0) }),
            ("USER", address.user), ("PASSWORD", address.password), ("DATABASE", address.database),
        ]
        fields += options.map { ($0.0.uppercased(), $0.1) }
        let list = fields.compactMap { field in field.1.map { ", \(field.0) \(DuckDBText.literal($0))" } }
        return "CREATE TEMPORARY SECRET \(name) (TYPE \(type)\(list.joined()))"
    }

    /// A value of libpq's connection strings.
    private static func conninfo(_ value: String) -> String {
        let escaped = value.unicodeScalars.flatMap { scalar -> [Unicode.Scalar] in
            scalar == "'" || scalar == "\\" ? ["\\", scalar] : [scalar]
        }
        return "'\(String(String.UnicodeScalarView(escaped)))'"
    }

    // MARK: - Naming what is in it

    func table(_ schema: String, _ name: String) -> String {
        [alias, schema, name].map(DuckDBText.identifier).joined(separator: ".")
    }

    /// A table expression: what a query in the database's own language answers. DuckDB never reads it as its own.
    func query(_ sql: String) -> String? {
        let function: String
        switch address.kind {
        case .postgresql: function = "postgres_query"
        case .mysql: function = "mysql_query"
        case .sqlite: function = "sqlite_query"
        case .duckdb: return nil
        }
        return "\(function)(\(DuckDBText.literal(alias)), \(DuckDBText.literal(sql)))"
    }

    /// Executes a statement in the database's own language; it belongs to the transaction that is open.
    func execute(_ sql: String) -> String {
        let function = address.kind == .mysql ? "mysql_execute" : "postgres_execute"
        return "CALL \(function)(\(DuckDBText.literal(alias)), \(DuckDBText.literal(sql)))"
    }
}
