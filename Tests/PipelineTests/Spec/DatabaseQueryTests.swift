import Testing

@testable import Pipeline

/// No value of a variable becomes SQL.
@Suite struct DatabaseQueryTests {
    private func load(_ query: String, _ given: [String: String]) throws(InvalidPipeline) -> DatabaseQuery {
        let text = query.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
            .replacing("\r", with: "\\r")
        let loaded = try SpecReading.load(
            "name: p\nsource: {type: database, connection: 'postgresql://h/d', query: \"\(text)\"}", given: given)
        guard case .database(let source) = loaded.spec.sources[0].source, case .query(let query) = source.rows else {
            throw InvalidPipeline([])
        }
        return query
    }

    private func sql(_ query: String, _ value: String, backslashEscapes: Bool = false) throws -> String {
        try load(query, ["V": value]).sql(backslashEscapes: backslashEscapes)
    }

    @Test func variablesAreKeptApartFromWhatTheAuthorWrote() throws {
        let query = try load("SELECT '${A}' FROM \"t_${B}\" WHERE n > ${N:-3}", ["A": "x", "B": "y"])
        #expect(
            query.segments == [
                .sql("SELECT '"), .quotedPart("x", quote: "'"), .sql("' FROM \"t_"), .quotedPart("y", quote: "\""),
                .sql("\" WHERE n > "), .value(.integer(3)),
            ])
        #expect(query.sql(backslashEscapes: false) == "SELECT 'x' FROM \"t_y\" WHERE n > 3")
    }

    @Test(arguments: [
        ("5", "5"), ("-5", "(-5)"), ("1.50", "1.50"), ("true", "TRUE"), ("2024-01-15", "'2024-01-15'"), ("x", "'x'"),
        ("007", "'007'"), ("", "''"), ("1; DROP TABLE t", "'1; DROP TABLE t'"), ("a'b", "'a''b'"), ("a\\b", "'a\\b'"),
        ("2024-01-15 10:30:00", "'2024-01-15 10:30:00'"),
    ])
    func outsideQuotesItIsOneValue(value: String, text: String) throws {
        #expect(try sql("SELECT * FROM t WHERE a -${V}", value) == "SELECT * FROM t WHERE a -\(text)")
    }

    @Test(arguments: ["x' OR 1=1 --", "\\", "\\'", "'", "''", "\"", "`", "--", "/*", "\n", "]", "$$", "é"])
    func insideQuotesItStaysInsideThem(value: String) throws {
        for quote in ["'", "\"", "`"] {
            let doubled = value.replacing(quote, with: quote + quote)
            #expect(
                try sql("SELECT \(quote)a${V}b\(quote) FROM t", value) == "SELECT \(quote)a\(doubled)b\(quote) FROM t")
        }
        // Where a backslash is an escape, it is escaped itself.
        let text = value.replacing("\\", with: "\\\\").replacing("'", with: "''")
        #expect(
            try sql("SELECT 'a${V}b', ${V}, `${V}`", value, backslashEscapes: true).hasPrefix("SELECT 'a\(text)b', "))
    }

    @Test(arguments: [
        ("FROM t_${V}", "one value"), ("FROM ${V}_t", "one value"), ("SELECT ${V}${V}", "one value"),
        ("SELECT 'a'${V}", "one value"), ("SELECT ${V}'a'", "one value"), ("SELECT E'${V}'", "one value"),
        ("SELECT U&'${V}'", "one value"), ("SELECT 'a\\d${V}'", "with backslashes"),
        ("SELECT 1 -- ${V}", "in a comment"), ("SELECT /* ${V} */ 1", "in a comment"),
        ("SELECT 'it\\'s', '${V}'", "databases read a backslash before '"),
        ("SELECT 'a\\\\', '${V}'", "databases read a backslash before \\"),
        ("SELECT $$it's$$, '${V}'", "databases read $"), ("SELECT $a$x$a$, ${V}", "databases read $"),
        ("SELECT 1 # it's\n, '${V}'", "databases read #"), ("SELECT 1--it's\n, '${V}'", "databases read -- "),
        ("SELECT /* /* */ ${V} */ 1", "databases read a comment in a comment"),
        ("SELECT /*! ' */ ${V}", "databases read /*!"), ("SELECT ARRAY['${V}']", "inside [ ]"),
        ("SELECT a[${V}]", "inside [ ]"), ("SELECT 1 -- a\r'\n, ${V}", "databases read a carriage return"),
    ])
    func whereItCouldNotBeSafeItIsRefused(query: String, reason: String) {
        do {
            let query = try load(query, ["V": "x"])
            Issue.record("taken: \(query.segments)")
        } catch {
            #expect(error.problems.first?.message.contains(reason) == true, "\(error)")
        }
    }

    @Test(arguments: [
        "SELECT 'it''s', '${V}' FROM t", "SELECT 1 -- it's\n, '${V}'", "SELECT /* it's */ '${V}'",
        "SELECT '\\d', '${V}'", "SELECT a[1], '${V}'", "SELECT '[', '${V}'", "SELECT \"it's\", '${V}'",
        "SELECT $1, '${V}'", "SELECT a - -1, '${V}'", "SELECT 5 /2* '${V}'",
    ])
    func quotesAndCommentsBeforeItDoNotConfuse(query: String) throws {
        if query.contains("$1") {
            #expect(throws: InvalidPipeline.self) { try load(query, ["V": "x'y"]) }
        } else {
            #expect(try sql(query, "x'y") == query.replacing("${V}", with: "x''y"))
        }
    }

    @Test func queriesWithoutVariablesAreLeftAlone() throws {
        let query = "SELECT $$it's$$, 'a\\'b', ARRAY[1] # c\n -- d\n/* e /* f */ */ FROM t"
        #expect(try load(query, [:]).sql(backslashEscapes: true) == query)
        #expect(try load("SELECT '$${X}'", [:]).sql(backslashEscapes: true) == "SELECT '${X}'")
    }

    @Test func mistakesNameTheirPlace() {
        #expect(
            SpecReading.problems(
                "name: p\nsource: {type: database, connection: 'duckdb://a', query: 'SELECT t_${V}'}", given: ["V": "x"]
            )
            .first?.hasPrefix("p.yml:2:69: error: source.query: a variable outside quotes is one value") == true)
        #expect(
            SpecReading.problems(
                "name: p\nsource: {type: database, connection: 'duckdb://a', query: 'SELECT ${secret:K}'}")
                == [
                    "p.yml:2:67: error: source.query: secret \"K\" cannot stand here; only a connection may refer to secrets"
                ])
    }
}
