import Fleet
import Foundation
import Pipeline
import Testing

@testable import Engines

@Suite struct CompilePivotTests {
    private static let table = "r,m,v\nnorth,2,10\nnorth,10,20\nsouth,2,\nsouth,,7\n,2,1\nnorth,2,5\n"

    @Test func valuesBecomeColumnsInTheirOrder() throws {
        let bench = try OperationBench(Self.table)
        #expect(
            try bench.run("op: pivot, index: r, columns: m, values: v, aggfunc: sum", "op: sort, by: [r]")
                == "r,2,10,null\nnorth,15,20,NULL\nsouth,NULL,NULL,7\nNULL,1,NULL,NULL\n")
        // The first value that is not null, in input order.
        #expect(
            try bench.run("op: pivot, index: [r], columns: m, values: v", "op: sort, by: [r]")
                == "r,2,10,null\nnorth,10,20,NULL\nsouth,NULL,NULL,7\nNULL,1,NULL,NULL\n")
    }

    @Test func absentCellsAreNullButCountsAreZero() throws {
        let bench = try OperationBench(Self.table)
        #expect(
            try bench.run(
                "op: pivot, index: r, columns: m, values: v, aggfunc: [count, mean]", "op: sort, by: [r]",
                "op: select, columns: ['r', '2_count', '2_mean', 'null_count', 'null_mean']")
                == "r,2_count,2_mean,null_count,null_mean\nnorth,2,7.5,0,NULL\nsouth,0,NULL,1,7.0\nNULL,1,1.0,0,NULL\n")
        #expect(
            try bench.plan("op: pivot, index: r, columns: m, values: v, aggfunc: [max]").output.columns.map(\.name)
                == ["r", "2_max", "10_max", "null_max"])
    }

    @Test(
        "names are the texts of the values",
        arguments: [
            ("1.5\n10.0\n2.0\n", ["1.5", "2.0", "10.0"]), ("2024-02-01\n2023-12-31\n", ["2023-12-31", "2024-02-01"]),
            ("true\nfalse\n", ["false", "true"]), ("it's\n\"a\"\"b\"\n", ["a\"b", "it's"]),
            ("ü\nu\u{308}\nz\n", ["u\u{308}", "z", "ü"]), ("007\n010\n", ["007", "010"]),
            ("0.0\n-0.0\n1.5\n", ["-0.0", "0.0", "1.5"]),
        ])
    func names(_ values: String, _ expected: [String]) throws {
        let bench = try OperationBench("m\n" + values)
        let step = "op: pivot, index: [], columns: m, values: m, aggfunc: count"
        let columns = try bench.plan(step).output.columns
        #expect(columns.map { Array($0.name.unicodeScalars) } == expected.map { Array($0.unicodeScalars) })
        #expect(try bench.rows(step) == [expected.map { _ in "1" }.joined(separator: ",")])
    }

    @Test func anEmptyTableHasTheIndexAlone() throws {
        #expect(try OperationBench("r,m,v\n").run("op: pivot, index: r, columns: m, values: v") == "r\n")
        #expect(
            try OperationBench("r,m,v\n").problems("op: pivot, index: [], columns: m, values: v")[0].contains(
                "no column is left"))
    }

    @Test func valuesThatCannotNameColumnsAreRefusedWithoutBeingNamed() throws {
        func problem(_ values: String) throws -> String {
            let bench = try OperationBench("r,m,v\n" + values)
            let problems = try bench.problems("op: pivot, index: r, columns: m, values: v")
            #expect(problems.count == 1)
            return problems.first ?? ""
        }
        #expect(try problem("1,Secret,1\n2,secret,1\n").contains("differ only in case"))
        #expect(try problem("1,null,1\n2,,1\n").contains("tell null from the text"))
        #expect(try problem("1,r,1\n").contains("a second column \"r\""))
        #expect(try problem("1,\(String(repeating: "x", count: 201)),1\n").contains("more than 200 characters"))
        let many = (0...1_000).map { "1,\($0),1" }.joined(separator: "\n")
        #expect(try problem(many + "\n").contains("more than 1000 different values"))
        #expect(!(try problem("1,Secret,1\n2,secret,1\n").lowercased().contains("secret")))
    }

    @Test func firstNeedsAnOrderUnlessEveryCellHasOneRow() throws {
        let bench = try OperationBench(Self.table, ["r2": "r\nnorth\n"])
        let group = "op: aggregate, group_by: [r, m], aggs: {v: sum(v)}"
        let pivot = "op: pivot, index: r, columns: m, values: v"
        #expect(
            try bench.run(group, pivot, "op: sort, by: [r]")
                == "r,2,10,null\nnorth,15,20,NULL\nsouth,NULL,NULL,7\nNULL,1,NULL,NULL\n")
        #expect(try bench.problems("op: join, right: r2, on: [r]", pivot)[0].contains("sort before it"))
        #expect(try bench.rows("op: join, right: r2, on: [r]", "op: sort, by: [v]", pivot) == ["north,5,20"])
    }

    @Test func pivotsFollowEachOther() throws {
        let bench = try OperationBench("a,b,v\nx,p,1\nx,q,2\ny,p,3\n")
        #expect(
            try bench.run(
                "op: pivot, index: a, columns: b, values: v",
                "op: pivot, index: [], columns: p, values: q, aggfunc: max"
            ) == "1,3\n2,NULL\n")
    }

    @Test func aValueThatCameLaterStopsTheRun() throws {
        let bench = try CompileBench()
        let source = try bench.csv("s.csv", "m,v\na,1\nb,2\n")
        let spec = PipelineSpec(
            name: "p", sources: [source],
            transforms: [
                TransformSpec(
                    .pivot(
                        PivotSpec(
                            index: [], columns: PlacedText("m"), values: PlacedText("v"),
                            aggregates: [.init(name: PlacedText("sum"), aggregate: .sum)])))
            ])
        let schemas = ["source": try bench.schema(source.source)]
        let plan = try Plan.make(spec, file: nil, schemas: schemas, pivotValues: [0: ["a"]])
        #expect {
            try bench.sql(bench.compiler.query(plan))
        } throws: { error in
            guard let refused = error as? CompileBench.Refused else { return false }
            let failure = DuckDBErrorText(refused.description).failure
            return failure.isTransient && failure.message == DuckDBCompiler.changedValues
        }
        let all = try Plan.make(spec, file: nil, schemas: schemas, pivotValues: [0: ["a", "b", "c"]])
        #expect(try bench.sql(bench.compiler.query(all)) == "a,b,c\n1,2,NULL\n")
    }
}

@Suite struct CompileUnpivotTests {
    @Test func everyRowBecomesOnePerValueColumn() throws {
        let bench = try OperationBench("id,a,b,rest\n1,10,0.5,x\n2,,20.0,y\n")
        #expect(
            try bench.run("op: unpivot, id_vars: [id], value_vars: [a, b]")
                == "id,variable,value\n1,a,10.0\n1,b,0.5\n2,a,NULL\n2,b,20.0\n")
        #expect(
            try bench.run("op: unpivot, id_vars: [], value_vars: [a], var_name: was, value_name: is")
                == "was,is\na,10\na,NULL\n")
        #expect(
            try OperationBench("id,a\n").run("op: unpivot, id_vars: [id], value_vars: [a]") == "id,variable,value\n")
    }

    @Test func theOrderOfTheInputAndOfTheColumnsStays() throws {
        let bench = try OperationBench("id,é,a\n1,10,1\n2,20,2\n", ["more": "id,variable,value\n3,z,0\n"])
        let step = "op: unpivot, id_vars: [id], value_vars: [é, a]"
        #expect(try bench.run(step, "op: limit, n: 2, offset: 1") == "id,variable,value\n1,a,1\n2,\"é\",20\n")
        #expect(
            try bench.run(
                step, "op: union, sources: [more]", "op: dedup, columns: [id]", "op: limit, n: 9",
                "op: derive_column, name: variable, expr: length(variable)", "op: select, columns: [id, value]")
                == "id,value\n1,10\n2,20\n3,0\n")
        #expect(
            try bench.run(step, "op: aggregate, group_by: [], aggs: {l: last(value), all: \"string_agg(value, '-')\"}")
                == "l,all\n2,10-1-20-2\n")
    }

    @Test func textsAndNumbersDoNotMix() throws {
        let bench = try OperationBench("id,a,t\n1,10,x\n")
        #expect(
            try bench.problems("op: unpivot, id_vars: [id], value_vars: [a, t]") == [
                "unpivot puts int64 and text column \"t\" into one column; cast one of them"
            ])
        #expect(try bench.problems("op: unpivot, id_vars: [x], value_vars: [a]").count == 1)
    }
}
