/// A table of a database, or what a query over it answers.
public struct DatabaseSource: Hashable, Sendable {
    public enum Rows: Hashable, Sendable {
        case query(DatabaseQuery)
        case table(DatabaseTableName)
    }

    /// A URI: postgresql, mysql, sqlite or duckdb.
    public var connection: SecretText
    public var rows: Rows
    public var place: FieldPlace

    public init(connection: SecretText, rows: Rows, place: FieldPlace = FieldPlace(path: "source")) {
        self.connection = connection
        self.rows = rows
        self.place = place
    }
}

public struct DatabaseSink: Hashable, Sendable {
    public enum Mode: String, Hashable, Sendable, Codable, CaseIterable { case append, truncate, replace, upsert }

    public var connection: SecretText
    public var table: DatabaseTableName
    public var mode: Mode
    /// Not empty in mode `upsert`, empty in all others.
    public var upsertKeys: [PlacedText]
    public var place: FieldPlace

    public init(
        connection: SecretText, table: DatabaseTableName, mode: Mode = .append, upsertKeys: [PlacedText] = [],
        place: FieldPlace = FieldPlace(path: "sink")
    ) {
        self.connection = connection
        self.table = table
        self.mode = mode
        self.upsertKeys = upsertKeys
        self.place = place
    }
}

/// `table` or `schema.table`, taken apart at its one dot; either part may be quoted (`"odd.name"`) to hold one.
public struct DatabaseTableName: Hashable, Sendable, CustomStringConvertible {
    public var schema: String?
    public var name: String
    public var place: FieldPlace

    public init(schema: String? = nil, name: String, _ place: FieldPlace = FieldPlace(path: "")) {
        self.schema = schema
        self.name = name
        self.place = place
    }

    /// For messages; not SQL.
    public var description: String { schema.map { "\($0).\(name)" } ?? name }
}
