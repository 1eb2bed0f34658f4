import Pipeline
import Testing

@Suite struct CompileFillNullTests {
    private static let table = "i,x,t,d,b,none\n1,1.5,a,2024-01-01,true,\n,,,,,\n"

    @Test func nullsBecomeTheLiteralAndNothingElseChanges() throws {
        let bench = try OperationBench(Self.table)
        #expect(
            try bench.run("op: fill_null, columns: {i: 0, x: 2, t: '-', d: 2024-02-29, b: false}")
                == "i,x,t,d,b,none\n1,1.5,a,2024-01-01,true,NULL\n0,2.0,-,2024-02-29,false,NULL\n")
    }

    @Test func theLiteralKeepsTheTypeThatYAMLGivesIt() throws {
        let bench = try OperationBench(Self.table)
        let fill = "op: fill_null, columns: {i: 0.5}"
        #expect(try bench.run(fill, "op: select, columns: [i]") == "i\n1.0\n0.5\n")
        #expect(try bench.types(fill, "op: select, columns: [i]") == [.float64])
        #expect(try bench.types("op: fill_null, columns: {none: 7}", "op: select, columns: [none]") == [.int64])
        #expect(
            try bench.types(
                "op: cast, columns: {i: int8}", "op: fill_null, columns: {i: 0}", "op: select, columns: [i]")
                == [.int8])
        #expect(
            try bench.types(
                "op: cast, columns: {i: 'decimal(10, 2)'}", "op: fill_null, columns: {i: 0.125}",
                "op: select, columns: [i]") == [.decimal(precision: 11, scale: 3)])
    }

    @Test(
        "a value of another kind is refused",
        arguments: [
            ("i: 'zero'", "the value 'zero' does not fit int64, the type of column \"i\""),
            ("t: 0", "write it in quotes"),
            ("b: 1", "does not fit boolean"), ("i: true", "does not fit int64"), ("d: soon", "does not fit date"),
            ("I: 0", "unknown column \"I\""),
        ])
    func refusesOtherKinds(_ columns: String, _ message: String) throws {
        let problems = try OperationBench(Self.table).problems("op: fill_null, columns: {\(columns)}")
        #expect(problems.count == 1 && problems[0].contains(message), "\(problems)")
    }

    @Test func aVariableTakesTheTypeOfTheColumn() throws {
        let bench = try OperationBench(Self.table)
        let fill = "op: fill_null, columns: {i: '${N}', t: '${N}', x: '${N}'}"
        #expect(
            try bench.run(fill, "op: select, columns: [i, t, x]", given: ["N": "7"]) == "i,t,x\n1,a,1.5\n7,7,7.0\n")
        let problems = try bench.problems(fill, given: ["N": "0.5"])
        #expect(problems == ["the variable's value does not fit int64, the type of column \"i\""])
        let hostile = "x'); --"
        #expect(
            try bench.run(
                "op: fill_null, columns: {t: '${N}'}", "op: select, columns: [t]", given: ["N": hostile])
                == "t\na\n\"x'); --\"\n")
    }

    @Test func unicodeNamesAreFoundByCodePoint() throws {
        let bench = try OperationBench("größe,\u{65}\u{301}\n,\n")
        #expect(try bench.rows("op: fill_null, columns: {größe: x}") == ["x,NULL"])
        #expect(try bench.problems("op: fill_null, columns: {\u{E9}: x}").count == 1)
    }
}

@Suite struct CompileCoalesceTests {
    private static let table = "a,b,c,t\n,2,3.5,x\n1,,,\n,,,\n"

    @Test func theFirstValueThatIsNotNullIsTaken() throws {
        let bench = try OperationBench(Self.table)
        #expect(
            try bench.run("op: coalesce, name: r, columns: [a, b], default: 9", "op: select, columns: [r]")
                == "r\n2\n1\n9\n")
        #expect(
            try bench.run("op: coalesce, name: a, columns: [c, a]")
                == "a,b,c,t\n3.5,2,3.5,x\n1.0,NULL,NULL,NULL\nNULL,NULL,NULL,NULL\n")
        #expect(
            try bench.run("op: coalesce, name: t, columns: [t], default: none", "op: select, columns: [t]")
                == "t\nx\nnone\nnone\n")
    }

    @Test func kindsThatDoNotMixAreRefused() throws {
        let bench = try OperationBench(Self.table)
        #expect(
            try bench.problems("op: coalesce, name: r, columns: [a, t]") == [
                "coalesce mixes int64 column \"a\" with text column \"t\"; cast one of them"
            ])
        #expect(try bench.problems("op: coalesce, name: r, columns: [a, b], default: none").count == 1)
        #expect(try bench.problems("op: coalesce, name: A, columns: [b]")[0].contains("differ only in case"))
    }
}

@Suite struct CompileHashKeyTests {
    @Test func theTextsAreJoinedAndHashed() throws {
        let bench = try OperationBench("a,b,d\n1,x,2024-01-01\n1,,2024-01-01\n")
        func hash(_ fields: String) throws -> String {
            try bench.run("op: hash_key, name: h, columns: [a, b, d]\(fields)", "op: select, columns: [h]")
        }
        // echo -n '1|x|2024-01-01' | md5sum, and so on.
        #expect(try hash("") == "h\nc36a9bf59614bde60478f18cafbfb9ba\nNULL\n")
        #expect(try hash(", algorithm: sha1, separator: ''") == "h\n6ce2bfdfd5753f6cdec0f0f3cccd3d93aff8cf38\nNULL\n")
        #expect(
            try hash(", algorithm: sha256, separator: \"'\"")
                == "h\n9d1a8c54306e39b259cc84ef51cab706a63719ae05146e279022f2fbddc9ca8b\nNULL\n")
    }

    @Test func anExistingNameIsReplacedInPlace() throws {
        let bench = try OperationBench("a,b\n1,x\n")
        #expect(try bench.plan("op: hash_key, name: a, columns: [a]").output.columns.map(\.name) == ["a", "b"])
        let columns = (0..<1_500).map { "c\($0)" }
        let wide = try OperationBench(columns.joined(separator: ",") + "\n" + columns.joined(separator: ",") + "\n")
        let list = columns.joined(separator: ", ")
        #expect(try wide.rows("op: hash_key, name: h, columns: [\(list)]", "op: select, columns: [h]").count == 1)
    }
}
