import Testing

@testable import Pipeline

@Suite struct CheckReadingTests {
    @Test func acceptedValuesKeepTheTypesThatYAMLGivesThem() throws {
        let check = try SpecReading.check(
            "type: accepted_values, column: c, values: [a, \"1\", 1, 2.50, 1e3, true, null, 2024-01-15, 2024-01-15 10:30:00], allow_null: false"
        )
        guard case .acceptedValues(let column, let values, let allowNull) = check.kind else {
            Issue.record("not accepted_values")
            return
        }
        #expect(column.text == "c")
        #expect(!allowNull)
        #expect(
            values == [
                .text("a"), .text("1"), .integer(1), .decimal("2.50"), .double(1000), .boolean(true), .null,
                .date("2024-01-15"), .timestamp("2024-01-15 10:30:00"),
            ])
    }

    @Test func unquotedYesAndNoAreBooleansWithAWarning() throws {
        let loaded = try SpecReading.load(
            SpecReading.pipeline("checks: [{type: accepted_values, column: c, values: [yes, 'no']}]"))
        guard case .acceptedValues(_, let values, _) = loaded.spec.checks[0].kind else { return }
        #expect(values == [.boolean(true), .text("no")])
        #expect(loaded.warnings.map(\.path) == ["checks[0].values[0]"])
    }

    @Test func theOtherTypesAreRead() throws {
        #expect(try SpecReading.check("type: not_null, columns: [a]").type == "not_null")
        #expect(try SpecReading.check("type: unique, columns: [a, b]").type == "unique")
        #expect(try SpecReading.check("type: row_count, max: 5").kind == .rowCount(min: nil, max: 5))
        #expect(try SpecReading.check("type: expression, expr: a > 0, severity: warn").severity == .warn)
    }

    @Test(arguments: [
        ("type: row_count", "checks[0]: row_count needs \"min\" or \"max\"; write min: 1"),
        ("type: row_count, min: 5, max: 3", "checks[0].max: max (3) is less than min (5); no table can pass"),
        ("type: row_count, min: -1", "checks[0].min: expected a number of rows, a whole number, at least 0"),
        (
            "type: contract",
            "checks[0]: contract needs \"contract_schema\"; write contract_schema: {columns: {id: int64}}"
        ),
        (
            "type: not_nul, columns: [a]",
            "checks[0].type: unknown type of check \"not_nul\"; did you mean \"not_null\"?"
        ),
        ("type: unique, columns: [a, a]", "checks[0].columns[1]: column \"a\" stands more than once"),
        ("type: accepted_values, column: a, values: []", "checks[0].values: the list of values is empty"),
        (
            "type: accepted_values, column: a, values: [010]",
            "checks[0].values[0]: 010 unquoted is an octal number in YAML; write \"010\" in quotes if it is text"
        ),
        (
            "type: not_null, columns: [a], severity: info",
            "checks[0].severity: unknown severity \"info\"; known are warn, error"
        ),
    ])
    func saysWhatIsWrong(fields: String, problem: String) throws {
        let problems = SpecReading.problems(ofCheck: fields)
        #expect(problems.count == 1)
        #expect(try #require(problems.first).hasSuffix(": error: " + problem), "\(problems)")
    }
}
