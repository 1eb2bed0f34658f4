import Foundation
import Pipeline
import Testing

@Suite struct ExpressionParserTests {
    private func outcome(_ text: String, _ variables: [String: String] = [:]) -> ExpressionParser.Outcome {
        ExpressionParser.parse(
            text, variables: VariableScope(given: variables),
            origin: TextOrigin(file: "p.yml", path: "expr", start: SourcePosition(line: 10, column: 5)))
    }

    private func canonical(_ text: String, _ variables: [String: String] = [:]) throws -> String {
        let result = outcome(text, variables)
        #expect(result.problems.isEmpty, "\(text): \(result.problems)")
        return ExpressionText.text(try #require(result.expression))
    }

    private func problem(_ text: String, _ variables: [String: String] = [:]) throws -> Problem {
        let result = outcome(text, variables)
        #expect(result.expression == nil, "\(text) was accepted")
        return try #require(result.problems.first)
    }

    @Test(
        "operators bind as the reference says",
        arguments: [
            ("a or b and not c = d", "a OR b AND NOT c = d"),
            ("(a or b) and c", "(a OR b) AND c"),
            ("a || b + c * -d", "a || b + c * -d"),
            ("(a + b) * c - (d - e)", "(a + b) * c - (d - e)"),
            ("a>1", "a > 1"), ("a==1", "a = 1"), ("a != 1", "a <> 1"),
            ("a - -5", "a - -5"), ("-(-5)", "-(-5)"), ("-5::text", "-CAST(5 AS text)"),
            ("a between 1 and 2 and b", "a BETWEEN 1 AND 2 AND b"),
            ("a not in (1, 'x''y')", "a NOT IN (1, 'x''y')"),
            ("a is not null or b is null", "a IS NOT NULL OR b IS NULL"),
            ("a is true", "a IS NOT DISTINCT FROM TRUE"), ("a is not false", "a IS DISTINCT FROM FALSE"),
            ("a IS NOT DISTINCT FROM b", "a IS NOT DISTINCT FROM b"),
            ("n not like 'a%' and m ilike '%b'", "n NOT LIKE 'a%' AND m ILIKE '%b'"),
            ("case when a then 1 else 2 end", "CASE WHEN a THEN 1 ELSE 2 END"),
            ("CASE x WHEN 1 THEN 'a' END", "CASE x WHEN 1 THEN 'a' END"),
            ("sum(distinct x) filter (where y > 0) / count(*)", "sum(DISTINCT x) FILTER (WHERE y > 0) / count(*)"),
            ("extract(YEAR from d)", "EXTRACT(year FROM d)"), ("d::date", "CAST(d AS date)"),
            ("try_cast(a as decimal(10,2))", "TRY_CAST(a AS decimal(10, 2))"),
            ("interval 30 day", "INTERVAL '30 days'"),
            ("INTERVAL '1 year 2 hours'", "INTERVAL '12 months 7200000000 microseconds'"),
            ("date '2024-02-29'", "DATE '2024-02-29'"),
            ("timestamp '2024-01-01T10:00'", "TIMESTAMP '2024-01-01 10:00:00'"),
            ("d > 2024-01-01", "d > DATE '2024-01-01'"), ("d in (2024-01-01)", "d IN (DATE '2024-01-01')"),
            ("first name = 'Al' and x", "`first name` = 'Al' AND x"), ("city = Oslo", "city = Oslo"),
            ("unit price * 2 - order date", "`unit price` * 2 - `order date`"),
            ("concat(first name, last name)", "concat(`first name`, `last name`)"),
            ("cast(a = b as text)", "CAST(a = b AS text)"), ("cast(a b as text)", "CAST(`a b` AS text)"),
            ("\"a b\" = `c\"d`", "\"a b\" = `c\"d`"), ("date = date", "date = date"),
            ("größe > 1_000.5", "größe > 1000.5"),
            ("-9223372036854775808", "-9223372036854775808"), (".5 + 1e3", ".5 + 1000.0e0"),
            ("current_date", "current_date()"), ("left(a, 2)", "left(a, 2)"),
        ])
    func reads(_ text: String, _ expected: String) throws {
        #expect(try canonical(text) == expected)
        #expect(try canonical(expected) == expected)
    }

    @Test(
        "what is wrong is said where it stands",
        arguments: [
            ("a +", 8, "expected a column, a value or a function, found the end of the expression"),
            ("", 5, "the expression is empty"),
            ("(a + b", 11, "expected \")\" for the \"(\" at line 10, column 5, found the end of the expression"),
            ("a = 'x", 9, "' has no closing '"),
            ("first name(1)", 11, "a text stands in single quotes ('first name')"),
            ("a < b < c", 11, "comparisons cannot be chained"),
            ("a -- b", 7, "comments cannot stand in an expression"),
            ("a = 01", 9, "a number does not begin with 0"),
            ("a = 12ab", 9, "neither a number nor a name"),
            ("DATE '2023-02-29'", 10, "not a date"),
            ("x = 2023-02-30", 9, "there is no date 2023-02-30"),
            ("2024-01-01 + 1", 5, "a date without quotes can only be compared"),
            ("cast(a as boolan)", 15, "did you mean \"boolean\"?"),
            ("extract(yaer from d)", 13, "did you mean \"year\"?"),
            ("a = ‘x’", 9, "curly quote"),
            ("9223372036854775808", 5, "beyond int64"),
            ("a. b", 6, "names that begin or end with a point"),
            ("sum(x) over (order by y)", 12, "use the window transform"),
            ("a in ()", 11, "IN needs at least one value"),
            ("a + b \"c\"", 11, "expected an operator or the end of the expression, found \"c\""),
            ("a & b", 7, "write AND"),
            ("x = NOT y", 9, "NOT needs brackets"),
            ("CASE x END", 12, "expected WHEN"),
            ("1 + uper(a)", 9, "unknown function \"uper\"; did you mean \"upper\"?"),
            ("left(a)", 5, "left takes 2 arguments, not 1: left(text, integer)"),
            ("upper(distinct a)", 5, "is no aggregate"),
        ])
    func teaches(_ text: String, _ column: Int, _ message: String) throws {
        let problem = try problem(text)
        #expect(problem.message.contains(message), "\(problem)")
        #expect(problem.position == SourcePosition(line: 10, column: column), "\(problem)")
        #expect(problem.path == "expr")
        #expect(problem.file == "p.yml")
    }

    @Test func positionsFollowTheLinesOfABlock() throws {
        let result = ExpressionParser.parse(
            "a = 1\nAND b ==== 2", variables: VariableScope(),
            origin: TextOrigin(
                path: "e", start: SourcePosition(line: 4, column: 9),
                lineStarts: [SourcePosition(line: 4, column: 9), SourcePosition(line: 6, column: 3)]))
        #expect(result.problems.first?.position == SourcePosition(line: 6, column: 11))
    }

    @Test(
        "a variable outside quotes is one literal",
        arguments: [
            ("5", Literal.integer(5)), ("-5", .integer(-5)), ("1.50", .decimal("1.50")), ("1e3", .double(1000)),
            ("true", .boolean(true)), ("2013-01-01", .date("2013-01-01")), ("2013-02-30", .text("2013-02-30")),
            ("2013-01-01 10:00:00", .timestamp("2013-01-01 10:00:00")), ("007", .text("007")), ("", .text("")),
            ("x' OR 1=1 --", .text("x' OR 1=1 --")), ("a, b", .text("a, b")), ("null", .text("null")),
            ("${X}", .text("${X}")), ("99999999999999999999", .text("99999999999999999999")), ("1_000", .text("1_000")),
        ])
    func variableIsOneLiteral(_ value: String, _ literal: Literal) throws {
        let result = outcome("d = ${X}", ["X": value])
        guard case .binary(.equal, _, let right)? = result.expression?.kind else {
            Issue.record("\(result.problems)")
            return
        }
        #expect(right.kind == .literal(literal))
        #expect(result.variables == ["X"])
    }

    @Test func variablesInsideQuotesStayInside() throws {
        #expect(try canonical("a = 'p-${X}-s'", ["X": "it's"]) == "a = 'p-it''s-s'")
        #expect(try canonical("\"col_${X}\" > 1", ["X": "a\"b"]) == "\"col_a\"\"b\" > 1")
        #expect(try canonical("`${X}` > 1", ["X": "a`b"]) == "`a``b` > 1")
        #expect(try canonical("a = '$${X}'") == "a = '$${X}'")
        #expect(try canonical("a = ${X:-it's}") == "a = 'it''s'")
        #expect(try canonical("a = ${X:-}") == "a = ''")
        #expect(try canonical("a = '${X:-${Y:-z}}'", ["Y": "y"]) == "a = 'y'")
        #expect(try canonical("a > date ${X}", ["X": "2024-01-01"]) == "a > DATE '2024-01-01'")
    }

    @Test func anUndefinedVariableIsNamedWithItsPlace() throws {
        let result = outcome("a = ${NOPE} and b = '${ALSO}'")
        #expect(result.problems.count == 2)
        #expect(result.problems[0].message.contains("\"NOPE\" is not set"))
        #expect(result.problems[0].position == SourcePosition(line: 10, column: 9))
        #expect(result.problems[1].position == SourcePosition(line: 10, column: 26))
        #expect(result.variables == ["NOPE", "ALSO"])
        #expect(try problem("a_${X} = 1", ["X": "b"]).message.contains("in double quotes"))
        #expect(try problem("a = ${X").message.contains("no closing"))
        #expect(try problem("a = ${secret:KEY}").message.contains("secret"))
    }

    @Test func depthAndLengthHaveLimitsAndTheDeepestTreeFitsAStack() throws {
        let deep = String(repeating: "(", count: 50_000)
        #expect(try problem(deep).message.contains("nested"))
        #expect(try problem(String(repeating: "not ", count: 10_000) + "a").message.contains("nested"))
        #expect(try problem(String(repeating: "- ", count: 10_000) + "a").message.contains("nested"))
        #expect(try problem("a" + String(repeating: " + a", count: 10_000)).message.contains("nested"))
        #expect(try problem(String(repeating: "case when ", count: 5_000)).message.contains("nested"))
        #expect(try problem(String(repeating: " ", count: 70_000)).message.contains("64 KiB"))
        let wide = "a = 0" + (1...2_000).map { " OR a = \($0)" }.joined()
        #expect(outcome(wide).problems.isEmpty)

        let allowed = String(repeating: "upper(", count: 90) + "a" + String(repeating: ")", count: 90)
        let finished = DispatchSemaphore(value: 0)
        let thread = Thread {
            _ = outcome(allowed).expression.map(ExpressionText.text)
            _ = outcome(deep)
            finished.signal()
        }
        thread.stackSize = 2 * 1024 * 1024
        thread.start()
        finished.wait()
    }
}
