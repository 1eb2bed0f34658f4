import Pipeline
import Testing

@Suite struct CompileDedupTests {
    private static let table = "k,v,t\na,1,\na,1,\nA,1,\n,2,x\n,2,x\n,2,y\n"

    @Test func wholeRowsAreEqualWhenNullsStandInTheSamePlaces() throws {
        let bench = try OperationBench(Self.table)
        #expect(try bench.rows("op: dedup") == ["A,1,NULL", "NULL,2,x", "NULL,2,y", "a,1,NULL"])
        #expect(try OperationBench("k,v\n").run("op: dedup") == "k,v\n")
    }

    @Test func byKeyTheFirstRowOfTheInputStays() throws {
        let bench = try OperationBench("k,v\nb,3\na,2\nb,1\na,9\n,5\n,4\n")
        #expect(try bench.rows("op: dedup, columns: [k]") == ["NULL,5", "a,2", "b,3"])
        #expect(try bench.rows("op: dedup, columns: [k], keep: last") == ["NULL,4", "a,9", "b,1"])
        #expect(
            try bench.rows("op: filter, predicate: v <> 3", "op: dedup, columns: [k]") == ["NULL,5", "a,2", "b,1"])
    }

    @Test func anOrderDecidesAndNullsAreLastInIt() throws {
        let bench = try OperationBench("k,v,w\na,2,x\na,,y\na,1,z\na,1,b\n")
        #expect(try bench.rows("op: dedup, columns: [k], order_by: [v]") == ["a,1,b"])
        #expect(try bench.rows("op: dedup, columns: [k], order_by: [v desc]") == ["a,2,x"])
        #expect(try bench.rows("op: dedup, columns: [k], order_by: [v], keep: last") == ["a,NULL,y"])
        #expect(try bench.rows("op: sort, by: [v], descending: true", "op: dedup, columns: [k]") == ["a,2,x"])
        #expect(try bench.rows("op: sort, by: [w]", "op: dedup, columns: [k], keep: last") == ["a,1,z"])
        #expect(
            try bench.rows("op: sort, by: [v]", "op: select, columns: [k, w]", "op: dedup, columns: [k]") == ["a,b"])
    }

    @Test func theRowThatStaysIsAWholeOne() throws {
        let bench = try OperationBench("k,v,w\na,,1\na,2,\n")
        #expect(try bench.rows("op: dedup, columns: [k]") == ["a,NULL,1"])
    }

    @Test func whatDependsOnInputOrderStillFindsItBehindADedup() throws {
        let rows = (0..<3_000).map { "\($0 % 1_000),\($0)" }.joined(separator: "\n")
        let bench = try OperationBench("k,v\n" + rows + "\n")
        #expect(try bench.run("op: dedup, columns: [k]", "op: limit, n: 3") == "k,v\n0,0\n1,1\n2,2\n")
        #expect(try bench.run("op: dedup", "op: limit, n: 2, offset: 1000") == "k,v\n0,1000\n1,1001\n")
    }

    @Test func withoutAnOrderItIsRefused() throws {
        let bench = try OperationBench(Self.table)
        let group = "op: aggregate, group_by: [k, v], aggs: {n: count(*)}"
        #expect(try bench.problems(group, "op: dedup, columns: [v]")[0].contains("dedup by key needs order_by"))
        #expect(try bench.rows(group, "op: dedup, columns: [v], order_by: [k]") == ["A,1,1", "NULL,2,3"])
        // One row per key already.
        #expect(try bench.rows(group, "op: dedup, columns: [v, k]").count == 3)
        #expect(try bench.rows(group, "op: dedup").count == 3)
    }
}

@Suite struct CompileUnionTests {
    @Test func columnsMeetByName() throws {
        let bench = try OperationBench("a,b\n1,x\n,\n", ["more": "b,a\ny,2\n", "none": "a,b\n"])
        #expect(
            try bench.rows("op: union, sources: [more, none, more]") == ["1,x", "2,y", "2,y", "NULL,NULL"])
        #expect(
            try bench.rows("op: derive_column, name: a, expr: a + 1", "op: union, sources: [source]")
                == ["1,x", "2,x", "NULL,NULL", "NULL,NULL"])
    }

    @Test func numbersPromoteAndNothingElseDoes() throws {
        let bench = try OperationBench("a\n1\n", ["half": "a\n0.5\n", "text": "a\nx\n", "empty": "a\n"])
        #expect(try bench.rows("op: union, sources: [half]") == ["0.5", "1.0"])
        #expect(try bench.types("op: union, sources: [half]") == [.float64])
        #expect(try bench.types("op: union, sources: [empty]") == [.int64])
        #expect(
            try bench.problems("op: union, sources: [half, text]") == [
                "column \"a\" is double above and text in source \"text\"; cast it before the union, or give it a type "
                    + "where the source is read"
            ])
    }

    @Test func aMissingColumnIsAnErrorUnlessNullIsAskedFor() throws {
        let bench = try OperationBench("a,b\n1,x\n", ["other": "a,C\n2,z\n"])
        let problems = try bench.problems("op: union, sources: [other]")
        #expect(problems.count == 2 && problems[0].contains("the table above the union lacks column \"C\""))
        #expect(problems[1].contains("source \"other\" lacks column \"b\""))
        #expect(
            try bench.run("op: union, sources: [other], missing: 'null'", "op: sort, by: [a]")
                == "a,b,C\n1,x,NULL\n2,NULL,z\n")
    }

    @Test func rowsStandInTheOrderOfTheParts() throws {
        let bench = try OperationBench("k,v\na,1\nb,2\n", ["x": "k,v\nb,3\nc,4\n", "y": "k,v\nc,5\nd,6\n"])
        #expect(
            try bench.rows("op: union, sources: [x, y]", "op: dedup, columns: [k]") == ["a,1", "b,2", "c,4", "d,6"])
        #expect(
            try bench.run("op: union, sources: [x]", "op: union, sources: [y]", "op: limit, n: 2, offset: 3")
                == "k,v\nc,4\nc,5\n")
        #expect(
            try bench.problems("op: sort, by: [k]", "op: union, sources: [x]", "op: limit, n: 1")[0].contains(
                "limit needs an order"))
    }

    @Test func namesThatDifferOnlyInCaseOrFormAreNotOne() throws {
        let bench = try OperationBench("é\n1\n", ["other": "e\u{301}\n2\n", "upper": "É\n3\n"])
        #expect(
            try bench.rows("op: union, sources: [other], missing: 'null'") == ["1,NULL", "NULL,2"])
        #expect(
            try bench.problems("op: union, sources: [upper], missing: 'null'")[0].contains("differ only in case"))
    }
}
