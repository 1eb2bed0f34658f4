import Fleet
import Pipeline

/// Reads what databases say when they refuse something. Their texts may quote rows, queries and connections, so a
/// message is put together from names that are known to be harmless; nothing else of the text is kept.
struct DatabaseErrorText {
    let text: String
    let address: DatabaseAddress

    init(_ text: String, address: DatabaseAddress) {
        self.text = text
        self.address = address
    }

    /// Of an attempt to connect. What is not known is taken for a server that cannot be reached now.
    var connecting: Failure {
        let attempt = "connecting to \(address) failed"
        if holds("password authentication failed", "access denied for user", "no password supplied") {
            return Failure(.accessDenied, "\(attempt): the server refused the user or the password")
        }
        if holds("no pg_hba.conf entry", "is not allowed to connect", "permission denied", "role \"") {
            return Failure(.accessDenied, "\(attempt): the server does not let this user in from here")
        }
        if holds("unknown database") || (holds("database \"") && holds("does not exist")) {
            return Failure(.inputMissing, "\(attempt): the server has no database \"\(address.database)\"")
        }
        if holds("unable to open database", "cannot open file") {
            return Failure(.accessDenied, "opening the database \(address.database) failed: the system refused it")
        }
        if holds("file is not a database", "not a valid duckdb database file") {
            return Failure(.badData, "\(address.database) is not a database of kind \(address.kind.rawValue)")
        }
        if holds("could not set lock", "database is locked") { return busy("opening \(address.database) failed") }
        if holds("ssl", "tls", "certificate") {
            return Failure(.unreachable, "\(attempt): no agreement on TLS; see the ssl options of the connection")
        }
        if holds("could not translate host name", "unknown server host", "name or service not known") {
            return Failure(.unreachable, "\(attempt): the host's name is not known here")
        }
        if address.kind.isFile {
            return Failure(
                .unclassified, "opening the database \(address.database) failed; its reason is not known here")
        }
        return Failure(.unreachable, "\(attempt): the server does not answer")
    }

    /// Of a statement; `what`: such as `reading orders of postgres://h/db`.
    func failure(_ what: String) -> Failure {
        let attempt = "\(what) failed"
        if holds(
            "server closed the connection", "terminating connection", "lost connection", "gone away",
            "could not receive data", "connection to server", "connection refused", "failed to connect",
            "unable to connect", "no connection to the server", "ssl syscall", "connection timed out",
            "connection reset", "the database system is")
        {
            return Failure(.unreachable, "\(attempt): the connection with the database was lost")
        }
        if holds(
            "deadlock", "could not serialize", "lock timeout", "lock wait timeout", "database is locked",
            "database table is locked", "record has changed since last read", "could not obtain lock",
            "canceling statement", "could not set lock")
        {
            return busy(attempt)
        }
        if holds("permission denied", "command denied", "must be owner", "read-only transaction", "readonly database") {
            return Failure(.accessDenied, "\(attempt): the database's user may not do it")
        }
        if let constraint = match(#/constraint "([^"\n]{1,128})"/#) ?? match(#/for key '([^'\n]{1,128})'/#) {
            return Failure(.badData, "\(attempt): rows do not fit the constraint \"\(constraint)\"")
        }
        if let column = match(#/null value in column "([^"\n]{1,128})"/#)
            ?? match(#/Column '([^'\n]{1,128})' cannot be null/#)
            ?? match(#/NOT NULL constraint failed: ([^\n]{1,128})/#)
        {
            return Failure(.badData, "\(attempt): column \"\(column)\" of the table takes no null")
        }
        if holds("constraint failed", "constraint fails", "constraint error", "duplicate key", "duplicate entry") {
            return Failure(.badData, "\(attempt): rows do not fit a constraint of the table")
        }
        if let types = text.firstMatch(
            of: #/column "([^"\n]{1,128})" is of type ([\w ]{1,40}) but expression is of type ([\w ]{1,40})/#)
        {
            return Failure(
                .invalidPipeline,
                "\(attempt): column \"\(types.1)\" of the table is \(types.2), that of the pipeline \(types.3); cast it"
            )
        }
        if holds(
            "value too long", "data too long", "out of range", "field overflow", "invalid input", "incorrect",
            "data truncated", "conversion error", "could not convert", "invalid byte sequence", "truncated",
            "type mismatch", "cannot cast")
        {
            return Failure(.badData, "\(attempt): a value does not fit its column")
        }
        if holds("other objects depend") {
            return Failure(.invalidPipeline, "\(attempt): other objects, such as views, depend on the table")
        }
        if holds("no space left", "disk full", "database or disk is full", "is full") {
            return Failure(.diskFull, "\(attempt): the database has no space left")
        }
        if let name = match(
            #/(?:relation|Table|table|schema|Schema) (?:with name )?["']?([\w.$ -]{1,128}?)["']? (?:does not|doesn't) exist/#
        )
            ?? match(#/no such table: ([\w.$ -]{1,128})/#)
        {
            return Failure(.inputMissing, "\(attempt): \(name) does not exist")
        }
        if let near = match(#/(column "?[\w.$ ]{1,128}"?|function [\w.$]{1,128}\([\w, ]{0,200}\)) does not exist/#)
            ?? match(#/(no such (?:column|function): [\w.$]{1,128})/#)
            ?? match(#/(Unknown column '[\w.$ ]{1,128}')/#)
        {
            return Failure(.invalidPipeline, "\(attempt): the database says: \(near)")
        }
        if holds("syntax", "failed to prepare", "query must return data", "multiple commands") {
            return Failure(.invalidPipeline, "\(attempt): the database does not understand the query")
        }
        if holds("does not support", "unsupported", "not implemented", "not supported") {
            return Failure(.invalidPipeline, "\(attempt): something in it is not supported for this kind of database")
        }
        return Failure(.unclassified, "\(attempt): the database's reason is not known here")
    }

    private func busy(_ attempt: String) -> Failure {
        Failure(.unclassified, "\(attempt): another program holds a lock on it; it is tried again")
    }

    private func holds(_ words: String...) -> Bool {
        let lower = text.lowercased()
        return words.contains { lower.contains($0) }
    }

    private func match(_ pattern: Regex<(Substring, Substring)>) -> String? {
        text.firstMatch(of: pattern).map { String($0.1) }
    }
}
