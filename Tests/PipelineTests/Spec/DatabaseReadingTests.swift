import Testing

@testable import Pipeline

@Suite struct DatabaseReadingTests {
    private func source(_ fields: String, given: [String: String] = [:]) throws -> DatabaseSource {
        let loaded = try SpecReading.load("name: p\nsource: {type: database, \(fields)}", given: given)
        guard case .database(let source) = loaded.spec.sources[0].source else { throw InvalidPipeline([]) }
        return source
    }

    private func sink(_ fields: String) throws -> DatabaseSink {
        let loaded = try SpecReading.load(
            "name: p\nsource: {type: file, path: a}\nsink: {type: database, connection: 'duckdb://a.db', \(fields)}")
        guard case .database(let sink)? = loaded.spec.sink else { throw InvalidPipeline([]) }
        return sink
    }

    @Test func aSourceIsATableOrAQuery() throws {
        let table = try source("connection: 'sqlite://a/b.db', table: shop.orders")
        #expect(table.rows == .table(DatabaseTableName(schema: "shop", name: "orders", tablePlace(table))))
        let query = try source("connection: 'sqlite:////a/b.db', query: SELECT * FROM users WHERE active = true")
        guard case .query(let query) = query.rows else { return }
        #expect(query.segments == [.sql("SELECT * FROM users WHERE active = true")])
    }

    private func tablePlace(_ source: DatabaseSource) -> FieldPlace {
        if case .table(let table) = source.rows { table.place } else { FieldPlace(path: "") }
    }

    @Test func aSinkTakesEveryModeAtTheTopOrUnderOptions() throws {
        #expect(try sink("table: t").mode == .append)
        #expect(try sink("table: t, mode: truncate").mode == .truncate)
        #expect(try sink("options: {table: t, mode: replace}").mode == .replace)
        let upsert = try sink("table: t, mode: upsert, upsert_keys: [a, b]")
        #expect(upsert.mode == .upsert)
        #expect(upsert.upsertKeys.map(\.text) == ["a", "b"])
    }

    @Test(
        arguments: [
            ("orders", nil, "orders"), ("shop.orders", "shop", "orders"), ("\"odd.name\"", nil, "odd.name"),
            ("shop.`a\"b`", "shop", "a\"b"), ("\"a\"\"b\".c", "a\"b", "c"),
            ("Bestellungen äöü", nil, "Bestellungen äöü"),
        ] as [(String, String?, String)])
    func tableNamesAreTakenApartAtTheirDot(text: String, schema: String?, name: String) throws {
        let source = try source("connection: 'duckdb://a', table: '\(text)'")
        guard case .table(let table) = source.rows else { return }
        #expect(table.schema == schema)
        #expect(table.name == name)
    }

    @Test(arguments: [
        ("connection: 'duckdb://a'", "source: a database source needs \"table\" or \"query\"; write table: orders"),
        (
            "connection: 'duckdb://a', table: t, query: SELECT 1",
            "source.table: give either query or table, not both"
        ),
        ("connection: 'duckdb://a', query: ' '", "source.query: the query is empty"),
        (
            "connection: 'duckdb://a', table: a.b.c",
            "source.table: \"a.b.c\" does not name a table; write table or schema.table"
        ),
        (
            "connection: 'duckdb://a', table: 'a.'",
            "source.table: \"a.\" does not name a table; write table or schema.table"
        ),
        (
            "connection: '', table: t",
            "source.connection: the connection is empty; write a URI such as postgresql://user:${secret:NAME}@host/database"
        ),
        (
            "connection: a.db, table: t",
            "source.connection: the connection is no URI; write postgresql://, mysql://, sqlite:// or duckdb:// and what follows (or postgres or mysql alone, with POSTGRES_HOST and its like in the environment)"
        ),
        (
            "connection: 'mysqll://a/b', table: t",
            "source.connection: databases of kind \"mysqll\" are not supported; did you mean \"mysql\"?"
        ),
        (
            "connection: 'duckdb://a', tabel: t, query: SELECT 1",
            "source.tabel: unknown field \"tabel\" of a database source; did you mean \"table\"?"
        ),
    ])
    func saysWhatIsWrong(fields: String, problem: String) throws {
        let problems = SpecReading.problems("name: p\nsource: {type: database, \(fields)}")
        #expect(problems.count == 1)
        #expect(try #require(problems.first).hasSuffix(": error: " + problem), "\(problems)")
    }

    @Test func upsertNeedsKeysAndOthersIgnoreThemWithAWarning() {
        let head = "name: p\nsource: {type: file, path: a}\nsink: {type: database, connection: 'duckdb://a', table: t, "
        #expect(
            SpecReading.problems(head + "mode: upsert}") == [
                "p.yml:3:7: error: sink: mode \"upsert\" needs upsert_keys; write upsert_keys: [id]"
            ])
        #expect(
            SpecReading.problems(head + "upsert_keys: [a]}") == [
                "p.yml:3:73: warning: sink.upsert_keys: upsert_keys means something in mode upsert only; it is ignored"
            ])
    }
}
