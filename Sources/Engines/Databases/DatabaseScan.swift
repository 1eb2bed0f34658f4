import Fleet
import Pipeline

/// How DuckDB reads a source that is a database.
struct DatabaseScan: Sendable {
    var attachments: DatabaseAttachments

    /// A table expression. nil: its database is not attached.
    func table(_ source: DatabaseSource) -> String? {
        guard let attachment = attachments[source.connection] else { return nil }
        switch source.rows {
        case .table(let table):
            return attachment.table(attachment.address.schema(of: table), table.name)
        case .query(let query):
            return attachment.query(Self.sent(query, attachment.address.kind))
        }
    }

    /// Blanks and semicolons at the end go, because the scanner of PostgreSQL puts the query into brackets; what is set
    /// behind it there keeps a comment at its end from taking the bracket along.
    static func sent(_ query: DatabaseQuery, _ kind: DatabaseAddress.Kind) -> String {
        var scalars = query.sql(backslashEscapes: kind == .mysql).unicodeScalars[...]
        while let last = scalars.last, last == ";" || last.properties.isWhitespace { scalars.removeLast() }
        return String(String.UnicodeScalarView(scalars)) + (kind == .postgresql ? "\n/**/" : "\n")
    }

    /// OpenLineage's name of what is read: the table, or the database where a query decides.
    func dataset(_ source: DatabaseSource, named name: String) -> (namespace: String, name: String)? {
        guard let address = attachments[source.connection]?.address else { return nil }
        switch source.rows {
        case .table(let table): return (address.server, address.dataset(table))
        case .query:
            let database = address.kind.isFile ? "main" : address.database
            return (address.server, "\(database).(query \(name))")
        }
    }

    /// DuckDB's scanner of MySQL quotes names with these signs wrongly.
    static func confusesScanner(_ name: String) -> Bool {
        name.unicodeScalars.contains { $0 == "`" || $0 == "\\" }
    }

    static func confused(_ name: String) -> Failure {
        Failure(
            .invalidPipeline,
            "the name \"\(name)\" holds a backtick or a backslash, which DuckDB's scanner of MySQL cannot read; name it in a "
                + "query, under another name")
    }

    /// Throws for names of a source that would be sent wrongly.
    func check(_ source: DatabaseSource, columns: [String]) throws(Failure) {
        guard let address = attachments[source.connection]?.address, address.kind == .mysql,
            case .table(let table) = source.rows
        else { return }
        for name in [address.schema(of: table), table.name] + columns where Self.confusesScanner(name) {
            throw Self.confused(name)
        }
    }

    /// A failure of a statement that reads `source`, from the child's own words.
    func failure(_ error: DuckDBError, reading source: DatabaseSource) -> Failure {
        guard case .refused(let text) = error.cause, let address = attachments[source.connection]?.address,
            // These are not the database's doing.
            !text.contains("Out of Memory Error: "), !text.contains("Permission Error: ")
        else { return error.failure }
        let what =
            switch source.rows {
            case .table(let table): "reading table \(table) of \(address)"
            case .query: "the query to \(address)"
            }
        return DatabaseErrorText(text, address: address).failure(what)
    }

    /// A type as DESCRIBE prints it. An enumeration is the text that it shows.
    static func dataType(_ name: String) -> DataType {
        name.hasPrefix("ENUM(") ? .text : DuckDBTypeName.dataType(name)
    }
}
