/// Where a database is and how to get in. Holds credentials: never shown, stored or sent; `server` and `description`
/// say where it leads without them.
public struct DatabaseAddress: Hashable, Sendable {
    public enum Kind: String, Hashable, Sendable, CaseIterable {
        case postgresql, mysql, sqlite, duckdb

        /// A file of this machine, not a server.
        public var isFile: Bool { self == .sqlite || self == .duckdb }

        public var defaultPort: Int? {
            switch self {
            case .postgresql: 5432
            case .mysql: 3306
            case .sqlite, .duckdb: nil
            }
        }

        /// Of tables that are named without one; for MySQL that is the database.
        public var defaultSchema: String? {
            switch self {
            case .postgresql: "public"
            case .mysql: nil
            case .sqlite, .duckdb: "main"
            }
        }
    }

    public var kind: Kind
    /// Lower case; empty for a file, and for a server that is reached by its socket.
    public var host: String
    public var port: Int?
    public var user: String?
    public var password: String?
    /// Of a server; for a file its path, absolute.
    public var database: String
    /// Such as `sslmode`, by name.
    public var options: [String: String]

    public init(
        kind: Kind, host: String = "", port: Int? = nil, user: String? = nil, password: String? = nil,
        database: String, options: [String: String] = [:]
    ) {
        self.kind = kind
        self.host = host
        self.port = port
        self.user = user
        self.password = password
        self.database = database
        self.options = options
    }

    /// The namespace of its datasets, after OpenLineage's naming: `postgres://host:5432`, `mysql://host:3306`; for a
    /// file `sqlite:///path`.
    public var server: String {
        let name = host.isEmpty ? "localhost" : host
        let port = (port ?? kind.defaultPort).map { ":\($0)" } ?? ""
        return switch kind {
        case .postgresql: "postgres://\(name)\(port)"
        case .mysql: "mysql://\(name)\(port)"
        case .sqlite, .duckdb: "\(kind.rawValue)://\(database)"
        }
    }

    public func schema(of table: DatabaseTableName) -> String {
        table.schema ?? kind.defaultSchema ?? database
    }

    /// The dataset's name: `database.schema.table`; without the database where it is the schema, or a file.
    public func dataset(_ table: DatabaseTableName) -> String {
        let schema = schema(of: table)
        return kind == .postgresql ? "\(database).\(schema).\(table.name)" : "\(schema).\(table.name)"
    }
}

extension DatabaseAddress: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Without user, password and options.
    public var description: String { kind.isFile || database.isEmpty ? server : "\(server)/\(database)" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: ["shown": description]) }
}

extension DatabaseSink {
    /// Runs with equal keys run one at a time: the same table of the same database, however its URI spells it. Secrets
    /// stay names, for the submitter does not know them.
    public func concurrencyKey(baseDirectory: String) -> String {
        let known = try? DatabaseAddress(connection, baseDirectory: baseDirectory) { "${secret:\($0)}" }
        // What cannot be read without its secrets keeps its masked form.
        guard let known else { return "\(connection)/\(table)" }
        return "\(known.server)/\(known.dataset(table))"
    }
}
