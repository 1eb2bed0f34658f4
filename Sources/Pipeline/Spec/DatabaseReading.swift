/// Reads sources and sinks of type `database`.
enum DatabaseReading {
    static func source(_ fields: FieldReader) -> DatabaseSource? {
        let connection = fields.required("connection").flatMap(ConnectionReading.connection)
        let query = fields.value("query").flatMap { $0.isGiven ? $0 : nil }
        let table = fields.value("table").flatMap { $0.isGiven ? $0 : nil }
        fields.finish()
        let rows: DatabaseSource.Rows?
        switch (query, table) {
        case (.some(let query), nil): rows = DatabaseQueryReading.query(query).map { .query($0) }
        case (nil, .some(let table)): rows = self.table(table).map { .table($0) }
        case (.some(let query), .some(let table)):
            _ = DatabaseQueryReading.query(query)
            table.report("give either query or table, not both")
            return nil
        case (nil, nil):
            fields.context.report(
                "a database source needs \"table\" or \"query\"; write table: orders", at: fields.place)
            return nil
        }
        guard let connection, let rows else { return nil }
        return DatabaseSource(connection: connection, rows: rows, place: fields.place)
    }

    static func sink(_ fields: FieldReader) -> DatabaseSink? {
        let connection = fields.required("connection").flatMap(ConnectionReading.connection)
        let table = fields.required("table").flatMap(table)
        let modeField = fields.value("mode")
        let mode =
            modeField.map { $0.choice(DatabaseSink.Mode.self, of: "mode", alsoCalled: ["merge": .upsert]) } ?? .append
        let keysField = fields.value("upsert_keys").flatMap { $0.isGiven ? $0 : nil }
        let keys = keysField.map { $0.columns(allowEmpty: true) } ?? []
        fields.finish()
        guard let mode, let keys else { return nil }
        if mode == .upsert, keys.isEmpty {
            fields.context.report("mode \"upsert\" needs upsert_keys; write upsert_keys: [id]", at: fields.place)
            return nil
        }
        if mode != .upsert, !keys.isEmpty {
            keysField?.report("upsert_keys means something in mode upsert only; it is ignored", severity: .warning)
        }
        guard let connection, let table else { return nil }
        return DatabaseSink(
            connection: connection, table: table, mode: mode, upsertKeys: mode == .upsert ? keys : [],
            place: fields.place)
    }

    /// `table` or `schema.table`; a part in double quotes or backticks may hold dots.
    static func table(_ value: FieldValue) -> DatabaseTableName? {
        guard let text = value.name(of: "a table") else { return nil }
        guard let parts = parts(of: text.text), parts.count <= 2, parts.allSatisfy({ !$0.isEmpty }) else {
            value.report("\"\(text.text.trimmed(60))\" does not name a table; write table or schema.table")
            return nil
        }
        return DatabaseTableName(
            schema: parts.count == 2 ? parts[0] : nil, name: parts[parts.count - 1], text.place)
    }

    private static func parts(of text: String) -> [String]? {
        var parts: [String] = []
        var scalars = text.unicodeScalars[...]
        while true {
            if let quote = scalars.first, quote == "\"" || quote == "`" {
                guard let part = quotedPart(&scalars, quote) else { return nil }
                parts.append(part)
            } else {
                let part = scalars.prefix { $0 != "." && $0 != "\"" && $0 != "`" }
                parts.append(String(part))
                scalars = scalars.dropFirst(part.count)
            }
            guard let next = scalars.popFirst() else { return parts }
            guard next == "." else { return nil }
        }
    }

    /// Up to the closing quote; a doubled quote is one.
    private static func quotedPart(_ scalars: inout Substring.UnicodeScalarView, _ quote: Unicode.Scalar) -> String? {
        scalars.removeFirst()
        var part = String.UnicodeScalarView()
        while let scalar = scalars.popFirst() {
            if scalar == quote {
                guard scalars.first == quote else { return String(part) }
                scalars.removeFirst()
            }
            part.append(scalar)
        }
        return nil
    }
}
