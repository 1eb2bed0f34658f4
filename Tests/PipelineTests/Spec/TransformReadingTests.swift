import Testing

@testable import Pipeline

@Suite struct TransformReadingTests {
    @Test func sortTakesEveryFormOfItsKeys() throws {
        func keys(_ fields: String) throws -> [String] {
            guard case .sort(let keys) = try SpecReading.transform("op: sort, " + fields) else { return [] }
            return keys.map { ($0.descending ? "-" : "") + $0.column.text }
        }
        #expect(try keys("by: [a, b]") == ["a", "b"])
        #expect(try keys("by: [a, b], descending: true") == ["-a", "-b"])
        #expect(try keys("by: [{column: a, descending: yes}, b]") == ["-a", "b"])
        #expect(try keys("by: [{column: a, order: desc}, {column: b, order: asc}]") == ["-a", "b"])
        #expect(try keys("by: [{column: a, order: asc}, b], descending: true") == ["a", "-b"])
    }

    @Test func keysOfMappingsAreTextWhateverYAMLWouldMakeOfThem() throws {
        guard
            case .rename(let mapping) = try SpecReading.transform(
                "op: rename, mapping: {on: yes_please, 1: one, null: none}")
        else { return }
        #expect(mapping.map(\.old.text) == ["on", "1", "null"])
        #expect(mapping.map(\.new.text) == ["yes_please", "one", "none"])
    }

    @Test func joinsTakeANamedOrAnInlineRightSide() throws {
        guard
            case .join(let inline) = try SpecReading.transform(
                "op: join, right: {type: file, path: b.csv}, left_on: [a], right_on: [b], how: outer, merge_keys: true"),
            case .inline(.file(let file)) = inline.right
        else {
            Issue.record("no inline join")
            return
        }
        #expect(file.path.text == "b.csv")
        #expect(inline.keys.map(\.left.text) == ["a"])
        #expect(inline.keys.map(\.right.text) == ["b"])
        #expect(inline.how == .outer)
        #expect(inline.mergeKeys)
        guard case .join(let named) = try SpecReading.transform("op: join, right: source, on: [k]") else { return }
        #expect(named.how == .inner)
        #expect(named.keys.map(\.right.text) == ["k"])
    }

    @Test func textsOfExpressionsAreTheirSource() throws {
        guard
            case .deriveColumn(_, let expression) = try SpecReading.transform("op: derive_column, name: x, expr: 1.50")
        else {
            return
        }
        #expect(expression.source == "1.50")
        #expect(expression.expression.kind == .literal(.decimal("1.50")))
        guard case .deriveColumn(_, let boolean) = try SpecReading.transform("op: derive_column, name: x, expr: true")
        else {
            return
        }
        #expect(boolean.expression.kind == .literal(.boolean(true)))
    }

    @Test func numbersAndBooleansMayComeAsTextAlsoFromVariables() throws {
        #expect(try SpecReading.transform("op: limit, n: \"10\"") == .limit(count: 10, offset: 0))
        #expect(
            try SpecReading.transform("op: limit, n: \"${N}\", offset: 5", given: ["N": "7"])
                == .limit(count: 7, offset: 5))
        guard
            case .sort(let keys) = try SpecReading.transform(
                "op: sort, by: [a], descending: \"${D}\"", given: ["D": "true"])
        else { return }
        #expect(keys[0].descending)
    }

    @Test(arguments: [
        ("op: select, columns: []", "transforms[0].columns: the list of column names is empty"),
        ("op: select, columns: a", "transforms[0].columns: expected a list of column names, got a text; write [a]"),
        ("op: select", "transforms[0]: select needs \"columns\"; write columns: [a, b]"),
        ("op: select, columns: [a, [b]]", "transforms[0].columns[1]: expected the name of a column, got a list"),
        ("op: rename, mapping: {a: c, b: c}", "transforms[0].mapping.b: the new name \"c\" stands more than once"),
        ("op: rename, mapping: {}", "transforms[0].mapping: the mapping of old names to new names is empty"),
        ("op: filter, predicate: '  '", "transforms[0].predicate: the expression is empty"),
        ("op: filter, predicate: [a]", "transforms[0].predicate: expected an expression, got a list"),
        (
            "op: filter, predicate: 010",
            "transforms[0].predicate: 010 unquoted is an octal number in YAML; write \"010\" in quotes if it is text"
        ),
        ("op: cast, columns: {a: nit64}", "transforms[0].columns.a: unknown type \"nit64\"; did you mean \"int64\"?"),
        (
            "op: cast, columns: {a: \"decimal(50, 2)\"}",
            "transforms[0].columns.a: \"decimal(50, 2)\" is not a decimal type; write decimal(p, s) with p from 1 to 38 and s from 0 to p"
        ),
        ("op: limit, n: 0", "transforms[0].n: expected a number of rows, a whole number, at least 1"),
        ("op: limit, n: 1.5", "transforms[0].n: expected a number of rows, a whole number, at least 1"),
        (
            "op: join, right: sorce, on: [a]",
            "transforms[0].right: no source is named \"sorce\"; did you mean \"source\"?"
        ),
        ("op: join, right: source", "transforms[0]: join needs \"on\"; write on: [id], or left_on and right_on"),
        (
            "op: join, right: source, left_on: [a]",
            "transforms[0]: left_on and right_on belong together; right_on is missing"
        ),
        (
            "op: join, right: source, left_on: [a, b], right_on: [c]",
            "transforms[0].right_on: left_on has 2 columns and right_on has 1"
        ),
        (
            "op: join, right: source, on: [a], how: full",
            "transforms[0].how: unknown kind of join \"full\"; did you mean \"outer\"?"
        ),
        (
            "op: aggregate, group_by: [], aggs: {}",
            "transforms[0]: an aggregate needs keys in group_by, or aggregates in aggs"
        ),
        (
            "op: aggregate, group_by: [a], aggs: {a: sum(b)}",
            "transforms[0].aggs.a: \"a\" is a key in group_by already; give the aggregate another name"
        ),
        (
            "op: embed",
            "transforms[0].op: the operation \"embed\" is not supported: QuickETL accepts it in a pipeline but never implemented it, so there is no behaviour to match"
        ),
        (
            "op: sort, by: [{column: a, descending: true, order: asc}]",
            "transforms[0].by[0].order: give either descending or order"
        ),
    ])
    func saysWhatIsWrong(fields: String, problem: String) throws {
        let problems = SpecReading.problems(ofTransform: fields)
        #expect(problems.count == 1)
        #expect(try #require(problems.first).hasSuffix(": error: " + problem), "\(problems)")
    }

    @Test func composedAndDecomposedNamesAreTwoColumns() throws {
        guard case .select(let columns) = try SpecReading.transform("op: select, columns: [\"\\u00e9\", \"e\\u0301\"]")
        else {
            return
        }
        #expect(columns.map { $0.text.unicodeScalars.count } == [1, 2])
        guard
            case .rename(let mapping) = try SpecReading.transform("op: rename, mapping: {\u{e9}: a, e\u{301}: b}")
        else { return }
        #expect(mapping.map { $0.old.text.unicodeScalars.count } == [1, 2])
    }
}
