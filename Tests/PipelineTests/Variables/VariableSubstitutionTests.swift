import Testing

@testable import Pipeline

@Suite struct VariableSubstitutionTests {
    private func text(_ template: String, _ given: [String: String] = [:]) -> String {
        var substitution = VariableSubstitution(scope: VariableScope(given: given))
        let outcome = substitution.substitute(template)
        return outcome.mistakes.first.map { "\($0.offset): \($0.message)" } ?? outcome.text
    }

    @Test(arguments: [
        ("a ${A} b", "a 1 b"), ("${A}${A}", "11"), ("${B:-x}", "x"), ("${B:-}", ""), ("${A:-x}", "1"),
        ("${B:-a ${A} b}", "a 1 b"), ("${B:-${C:-${A}}}", "1"), ("$${A}", "${A}"), ("$${A} ${A}", "${A} 1"), ("$", "$"),
        ("$A $$ 5$", "$A $$ 5$"), ("${B:-$${A}}", "${A}"), ("${B:-{x}}", "{x}"), ("${E}", ""), ("${E:-x}", ""),
        ("${NESTED}", "${A}"), ("{a} }", "{a} }"), ("${B:-é 🙂}", "é 🙂"), ("${secret:-x}", "x"),
        ("${D|-1d}", "2024-02-29"), ("${D|+1w}", "2024-03-08"), ("${D|-1m}/${D|+12m}", "2024-02-01/2025-03-01"),
        ("${END|-1m}", "2024-02-29"), ("${END|-1y}", "2023-03-31"), ("${END|+1m}", "2024-04-30"),
        ("${D|-800d}", "2021-12-22"), ("${D|+0d}", "2024-03-01"), ("${D|-2023y}", "0001-03-01"),
    ])
    func resolves(template: String, result: String) {
        let given = ["A": "1", "E": "", "NESTED": "${A}", "D": "2024-03-01", "END": "2024-03-31"]
        #expect(text(template, given) == result)
    }

    @Test(arguments: [
        ("x ${B}", "2: variable \"B\" is not set; give it with --var B=VALUE, or write ${B:-default}"),
        ("${DATA}", "0: variable \"DATA\" is not set; did you mean \"DATE\"?"),
        ("${B:-${C}}", "5: variable \"C\" is not set; give it with --var C=VALUE, or write ${C:-default}"),
        ("${", "0: ${ has no closing brace; write $${ where the characters ${ are meant"),
        ("${A", "0: ${ has no closing brace; write $${ where the characters ${ are meant"),
        ("${A:-x", "0: ${ has no closing brace; write $${ where the characters ${ are meant"),
        (
            "${1A}",
            "0: ${1A} is not a reference to a variable; write ${NAME} or ${NAME:-default}, and $${ where the characters ${ are meant"
        ),
        ("${secret:KEY}", "0: secret \"KEY\" cannot stand here; only a connection may refer to secrets"),
        (
            "${secret:../k}",
            "0: ${secret:../k} does not name a secret; write ${secret:NAME} with letters, digits, _, - and . in parts parted by /"
        ),
        (
            "${DATE|-1x}",
            "0: ${DATE|-1x} is not a shifted date; write ${NAME|-1d}, with d, w, m or y for days, weeks, months or years, and give the default under variables"
        ),
        ("${DATE|-9999y}", "0: the value of variable \"DATE\" is no date (YYYY-MM-DD) that can be shifted so far"),
    ])
    func refuses(template: String, mistake: String) { #expect(text(template, ["DATE": "2024-01-01"]) == mistake) }

    @Test func nestingHasALimit() {
        #expect(text(String(repeating: "${B:-", count: 5_000)).contains("nested more than 16 deep"))
    }

    @Test func valuesHaveLimits() {
        let big = String(repeating: "x", count: VariableSubstitution.valueLimit)
        #expect(text("${A}", ["A": big + "x"]).contains("at most 65536"))
        #expect(text(String(repeating: "${A}", count: 64), ["A": big]).utf8.count == VariableSubstitution.totalLimit)
        #expect(text(String(repeating: "${A}", count: 65), ["A": big]).contains("add more than 4194304 bytes"))
    }

    @Test func givenBeatsEnvironmentBeatsDeclaredBeatsInline() throws {
        let yaml = "name: ${X:-inline}\nvariables: {X: declared}\nsource: {type: file, path: a}"
        func name(given: [String: String] = [:], environment: [String: String] = [:]) throws -> (
            String, [String: String]
        ) {
            let loaded = try SpecReading.load(yaml, given: given, environment: environment)
            return (loaded.spec.name, loaded.variables)
        }
        #expect(try name(given: ["X": "given"], environment: ["X": "environment"]) == ("given", ["X": "given"]))
        #expect(try name(environment: ["X": "environment"]) == ("environment", ["X": "environment"]))
        #expect(try name() == ("declared", [:]))
        #expect(try SpecReading.load(yaml.replacing("variables: {X: declared}\n", with: "")).spec.name == "inline")
    }

    @Test func declaredDefaultsMayReferToEarlierOnesAndToTheEnvironment() throws {
        let loaded = try SpecReading.load(
            "name: ${B}\nvariables: {A: '${HOME}/x', B: '${A}/y'}\nsource: {type: file, path: a}",
            environment: ["HOME": "/h", "PATH": "/bin"])
        #expect(loaded.spec.name == "/h/x/y")
        #expect(loaded.variables == ["HOME": "/h"])
    }

    @Test func variablesOfExpressionsAreReported() throws {
        let loaded = try SpecReading.load(
            SpecReading.pipeline("transforms: [{op: filter, predicate: \"d = '${DATE}' and n > ${N:-3}\"}]"),
            given: ["DATE": "2024-01-01", "UNUSED": "1"])
        #expect(loaded.variables == ["DATE": "2024-01-01"])
    }

    @Test(arguments: [
        ("date", "2024-13-01"), ("date", "today"), ("int", "1.5"), ("int", "1; drop"), ("boolean", "maybe"),
        ("double", "x"),
        ("uint8", "256"), ("timestamp", "now"),
    ])
    func aValueMustReadAsItsDeclaredType(type: String, value: String) {
        let yaml = "name: p\nvariables: {V: {type: \(type)}}\nsource: {type: file, path: 'a${V}'}"
        let problems = SpecReading.problems(yaml, given: ["V": value])
        #expect(problems.count == 1)
        #expect(
            problems.first?.contains("variables.V: the value given of variable \"V\" does not read as") == true,
            "\(problems)")
        // It may be a secret.
        #expect(problems.first?.contains(value) == false)
        #expect(
            SpecReading.problems(yaml, environment: ["V": value]).first?.contains("the value in the environment")
                == true)
    }

    @Test func aDeclaredVariableWithoutDefaultMustBeGivenWhereItIsUsed() {
        let yaml = "name: p${V}\nvariables: {V: {type: date}}\nsource: {type: file, path: a}"
        #expect(
            SpecReading.problems(yaml) == [
                "p.yml:1:8: error: name: variable \"V\" is declared without a default and not set; give it with --var V=VALUE"
            ])
    }

    @Test func declarationsAreCheckedToo() {
        let yaml =
            "name: p\nvariables: {1V: x, W: {type: dat}, X: {type: int, default: a}, Y: {typ: int}}\nsource: {type: file, path: a}"
        #expect(
            SpecReading.problems(yaml).map { $0.split(separator: " ")[2] } == [
                "variables.1V:", "variables.W.type:", "variables.X:", "variables.Y.typ:",
            ])
    }
}

@Suite struct DateShiftTests {
    @Test func shiftedDatesAreDatesInExpressionsAndTextInPathsAndQuotes() throws {
        let loaded = try SpecReading.load(
            """
            name: p
            source: {type: file, path: "in/${DATE|-1d}/*.csv"}
            transforms:
            - {op: filter, predicate: "d > ${DATE|-1w} and t = 'x${DATE|+1m}'"}
            """, given: ["DATE": "2024-03-01"])
        guard case .file(let file) = loaded.spec.sources[0].source,
            case .filter(let predicate) = loaded.spec.transforms[0].kind,
            case .binary(.and, let left, let right) = predicate.expression.kind,
            case .binary(_, _, let week) = left.kind, case .binary(_, _, let month) = right.kind
        else {
            Issue.record("another shape")
            return
        }
        #expect(file.path.text == "in/2024-02-29/*.csv")
        #expect(week.kind == .literal(.date("2024-02-23")))
        #expect(month.kind == .literal(.text("x2024-04-01")))
        #expect(loaded.variables == ["DATE": "2024-03-01"])
    }

    /// Against the count of days, which has a formula of its own.
    @Test func everyDayOfFourCenturiesHasItsText() {
        let first = CalendarText.date(Array("1900-01-01".utf8)) ?? 0
        for days in stride(from: first, to: first + 146_097 + 400, by: 1) {
            let text = CalendarText.date(ofDays: days) ?? ""
            #expect(CalendarText.date(Array(text.utf8)) == days)
        }
        #expect(CalendarText.date(ofDays: -719_162) == "0001-01-01")
        #expect(CalendarText.date(ofDays: -719_163) == nil)
        #expect(CalendarText.date(ofDays: 2_932_896) == "9999-12-31")
        #expect(CalendarText.date(ofDays: 2_932_897) == nil)
    }

    @Test func whatIsNoDateIsNotShifted() {
        let problems = SpecReading.problems(
            SpecReading.pipeline("transforms: [{op: filter, predicate: \"d > ${V|-1d}\"}]"), given: ["V": "topsecret"])
        #expect(problems.count == 1)
        #expect(problems.allSatisfy { $0.contains("variable \"V\" is no date") && !$0.contains("topsecret") })
    }
}
