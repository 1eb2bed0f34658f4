import Testing

@testable import Pipeline

@Suite struct ContractReadingTests {
    private func contract(_ fields: String, given: [String: String] = [:]) throws -> ContractSpec {
        let yaml = SpecReading.pipeline("checks:\n- {type: contract, \(fields)}")
        let check = try #require(try SpecReading.load(yaml, given: given).spec.checks.first)
        guard case .contract(let contract) = check.kind else { throw InvalidPipeline([]) }
        return contract
    }

    private func checks(_ texts: String..., given: [String: String] = [:]) throws -> [ContractCheck] {
        let list = texts.map { "'\($0.replacing("'", with: "''"))'" }.joined(separator: ", ")
        let contract = try contract("contract_schema: {columns: {c: {checks: [\(list)]}}}", given: given)
        return contract.columns[0].checks.map(\.check)
    }

    private func literals(_ check: ContractCheck?) -> [Literal] {
        switch check {
        case .ge(let a), .gt(let a), .le(let a), .lt(let a), .eq(let a), .ne(let a): [a.literal]
        case .between(let a, let b): [a.literal, b.literal]
        case .isIn(let values): values.map(\.literal)
        default: []
        }
    }

    @Test func columnsHaveATypeOrAMapping() throws {
        let contract = try contract(
            "contract_schema: {columns: {id: {dtype: int64, nullable: false, unique: true}, email: str, x: {}}, strict: true}"
        )
        #expect(contract.columns.map(\.name.text) == ["id", "email", "x"])
        #expect(contract.columns.map(\.type) == [.int64, .text, nil])
        #expect(contract.columns.map(\.isNullable) == [false, true, true])
        #expect(contract.columns.map(\.isUnique) == [true, false, false])
        #expect(contract.isStrict)
        #expect(try self.contract("strict: true, contract_schema: {columns: {a: int}}").isStrict)
        #expect(try !self.contract("contract_schema: {columns: {a: int}}").isStrict)
    }

    @Test func everyCheckIsRead() throws {
        let all = try checks(
            "ge(0)", "gt( -1.5 )", "le(1e3)", "lt(2024-01-01)", "eq('a')", "ne(true)", "between(1, 1_000)",
            "isin(['a', \"b\", 3])")
        #expect(
            all.flatMap(literals) == [
                .integer(0), .decimal("-1.5"), .double(1000), .date("2024-01-01"), .text("a"), .boolean(true),
                .integer(1), .integer(1000), .text("a"), .text("b"), .integer(3),
            ])
        let kinds = all.map { "\($0)".prefix { $0 != "(" } }
        #expect(kinds == ["ge", "gt", "le", "lt", "eq", "ne", "between", "isIn"])
    }

    @Test(arguments: [
        ("str_matches('^[^@]+@[^@]+$')", "^[^@]+@[^@]+$"), ("str_matches(\"a'b\")", "a'b"),
        ("str_matches('it's (a|b)')", "it's (a|b)"), ("str_matches( '\\d+' )", "\\d+"),
        ("str_matches('a', 'b')", "a', 'b"), ("str_matches(^a+$)", "^a+$"), ("str_matches('${V}x')", ")'x"),
    ])
    func aPatternIsWhatStandsBetweenItsQuotes(text: String, pattern: String) throws {
        guard case .strMatches(let read)? = try checks(text, given: ["V": ")'"]).first else { return }
        #expect(read.text == pattern)
    }

    @Test func lengthsHaveOneOrTwoBounds() throws {
        #expect(
            try checks("str_length(2, 5)", "str_length(2)", "str_length(None, 5)", "str_length(2, None)") == [
                .strLength(min: 2, max: 5), .strLength(min: 2, max: nil), .strLength(min: nil, max: 5),
                .strLength(min: 2, max: nil),
            ])
    }

    @Test(arguments: ["1, 2", "a', 'b", "1) or (1", "]", "'", "\\", ")"])
    func aVariableIsOneValueWhateverItHolds(value: String) throws {
        let plain = try checks("isin([${V}, 'x'])", given: ["V": value])
        #expect(plain.flatMap(literals) == [.text(value), .text("x")])
        let quoted = try checks("isin(['a${V}'])", given: ["V": value])
        #expect(quoted.flatMap(literals) == [.text("a\(value)")])
    }

    @Test func aVariableTakesTheTypeOfTheColumn() throws {
        guard case .ge(let literal)? = try checks("ge(${MIN})", given: ["MIN": "5"]).first else { return }
        #expect(literal.isFromVariable)
        #expect(literal.literal == .text("5"))
    }

    @Test(arguments: [
        ("contract_schema: {}", "checks[0].contract_schema: a contract needs \"columns\"; write columns: {id: int64}"),
        (
            "contract_schema: {columns: {a: int65}}",
            "checks[0].contract_schema.columns.a: unknown type \"int65\"; did you mean \"int64\"?"
        ),
        (
            "contract_schema: {columns: {a: {dtpye: int}}}",
            "checks[0].contract_schema.columns.a.dtpye: unknown field \"dtpye\" of a column of a contract; did you mean \"dtype\"?"
        ),
        (
            "contract_schema: {columns: {a: {checks: [\"beetween(1, 2)\"]}}}",
            "checks[0].contract_schema.columns.a.checks[0]: unknown check \"beetween\"; did you mean \"between\"?"
        ),
    ])
    func saysWhatIsWrong(fields: String, problem: String) throws {
        let problems = SpecReading.problems(ofCheck: "type: contract, \(fields)")
        #expect(problems.count == 1)
        #expect(try #require(problems.first).hasSuffix(": error: " + problem), "\(problems)")
    }

    @Test(arguments: [
        ("positive", 0, "a check is written in call form, such as ge(0) or isin(['a', 'b'])"),
        ("ge", 2, "expected \"(\" behind ge"), ("ge()", 3, "expected a value"),
        ("ge(1", 4, "expected \")\" behind the values of ge"),
        ("ge(1, 2)", 4, "expected \")\" behind the values of ge"),
        ("ge(a)", 3, "\"a\" is no number or date; put a text in quotes"),
        ("between(1)", 9, "between takes two values, such as between(1, 10)"),
        ("ge(0) or x", 6, "nothing can stand behind the closing \")\""),
        ("isin('a')", 5, "isin takes a list, such as isin(['a', 'b'])"),
        ("isin(['a' 'b'])", 10, "expected \",\" or \"]\" in the list"), ("isin([])", 6, "expected a value"),
        ("eq('a)", 3, "the text has no closing '"), ("str_length(x)", 11, "expected a number of characters"),
        ("str_length(5, 2)", 15, "no text is at least 5 and at most 2 characters long"),
        ("str_length()", 11, "str_length needs a bound"), ("str_matches('')", 12, "the regular expression is empty"),
        ("str_matches('a)", 12, "the text has no closing '"),
    ])
    func mistakesInACheckNameTheirPlace(text: String, offset: Int, message: String) throws {
        let yaml = SpecReading.pipeline(
            "checks:\n- type: contract\n  contract_schema:\n    columns:\n      c:\n        checks:\n        - \"\(text)\""
        )
        #expect(
            SpecReading.problems(yaml) == [
                "p.yml:10:\(12 + offset): error: checks[0].contract_schema.columns.c.checks[0]: \(message)"
            ])
    }
}
