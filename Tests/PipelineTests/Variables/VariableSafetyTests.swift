import Testing

@testable import Pipeline

/// No value of a variable changes the structure of a pipeline.
@Suite struct VariableSafetyTests {
    static let hostile = [
        "x' OR 1=1 --", "x\" OR 1=1 --", "a\nsink: {type: file, path: /etc/passwd}", "{a: b}", "[1, 2]", "*a", "&a",
        "a: b",
        "# no", "${HOME}", "$${X}", "!!str x", "- a", "'", "\"", "`", "a, b", "\u{2028}b", "null", "", "true", "''",
        "\\",
        "x'; DROP TABLE t; --", "?", "|", "> a", "%2e%2e", "é", "🙂", "-- ", "/*", "}", "${", "x' || 'y",
    ]

    @Test(arguments: hostile)
    func aTextFieldHoldsExactlyTheValue(value: String) throws {
        let yaml = """
            name: "n"
            description: before ${V} after
            source: {type: file, path: in.csv}
            transforms:
            - {op: select, columns: ["c${V}", d]}
            sink: {type: file, path: out.parquet}
            """
        let loaded = try SpecReading.load(yaml, given: ["V": value])
        #expect(loaded.spec.description.utf8.elementsEqual("before \(value) after".utf8))
        #expect(loaded.spec.sources.count == 1)
        guard case .select(let columns) = loaded.spec.transforms[0].kind else { return }
        #expect(columns.count == 2)
        #expect(columns[0].text.utf8.elementsEqual("c\(value)".utf8))
        guard case .file(let sink)? = loaded.spec.sink else { return }
        #expect(sink.path.text == "out.parquet")
    }

    @Test(arguments: hostile)
    func anExpressionHoldsTheValueAsOneLiteral(value: String) throws {
        let yaml = SpecReading.pipeline(
            "transforms: [{op: filter, predicate: \"day = '${V}'\"}, {op: filter, predicate: \"day = ${V}\"}]")
        let loaded = try SpecReading.load(yaml, given: ["V": value])
        for transform in loaded.spec.transforms {
            guard case .filter(let predicate) = transform.kind,
                case .binary(.equal, let left, let right) = predicate.expression.kind, case .literal = right.kind,
                case .column("day", _) = left.kind
            else {
                Issue.record("another shape: \(transform.kind)")
                continue
            }
        }
        guard case .filter(let quoted) = loaded.spec.transforms[0].kind,
            case .binary(_, _, let right) = quoted.expression.kind, case .literal(.text(let text)) = right.kind
        else {
            Issue.record("not a text literal")
            return
        }
        #expect(text.utf8.elementsEqual(value.utf8))
    }

    private func path(_ template: String, _ given: [String: String]) -> String {
        var substitution = VariableSubstitution(scope: VariableScope(given: given))
        let outcome = substitution.substitute(template)
        let mistake = PathText.mistake(in: outcome, isWholeVariable: VariableTemplate(template).isSingleReference)
        return mistake?.message ?? outcome.text
    }

    @Test(arguments: [
        ("out/${V}/x", "../.."), ("out/${V}", ".."), ("out/${V}", "a/../../b"), ("out/.${V}", "."),
        ("out/${V}${V}", "."),
        ("${V}/x", "../secret"), ("out/${V}", "%2E%2e"), ("out/${V}", "a\\..\\b"), ("out/${W:-${V}}", ".."),
    ])
    func aValueNeverClimbs(template: String, value: String) {
        #expect(path(template, ["V": value]).contains("adds a \"..\" part"))
    }

    @Test(arguments: [
        ("out/${V}", "/etc/passwd"), ("out${V}", "/../x"), ("s3://${V}", "/x"), ("out/${V}", "s3://b/x"),
        ("file${V}", "://x"), ("s3:${V}x", "//b/"),
    ])
    func aValueNeverStartsAnotherPath(template: String, value: String) {
        let message = path(template, ["V": value])
        #expect(message.contains("in the middle of the path") || message.contains("adds a \"..\" part"), "\(message)")
    }

    @Test(arguments: ["a\0b", "a\nb"])
    func aPathHoldsNoControlCharacters(value: String) {
        #expect(path("out/${V}", ["V": value]).contains("control character"))
        #expect(path("${V}", ["V": value]).contains("control character"))
    }

    @Test(arguments: [
        ("${V}", "../a/b", "../a/b"), ("${V}", "s3://b/x", "s3://b/x"), ("${V:-../x}", "/abs", "/abs"),
        ("${V}/x", "/data", "/data/x"),
        ("${V}/x", "s3://bucket", "s3://bucket/x"), ("../${V}/x", "a", "../a/x"),
        ("out/d=${V}/", "2024-01-01", "out/d=2024-01-01/"),
        ("out/${V}", "a/b", "out/a/b"), ("out/${V}", "..a", "out/..a"), ("out/${W:-../x}", "-", "out/../x"),
        ("a${V}b", "", "ab"),
    ])
    func otherValuesAreTaken(template: String, value: String, result: String) {
        #expect(path(template, ["V": value]) == result)
    }

    @Test func theLoaderRefusesAPathThatClimbsAndSaysWhere() {
        #expect(
            SpecReading.problems("name: p\nsource: {type: file, path: 'data/${V}.csv'}", given: ["V": "../../etc/x"])
                == [
                    "p.yml:2:34: error: source.path: the value of variable \"V\" adds a \"..\" part to the path; write it in the pipeline itself, or make the whole path one variable"
                ])
    }
}
