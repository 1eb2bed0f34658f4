import Pipeline
import Testing

@Suite struct CompileWindowTests {
    private static let table = "g,v,t\na,3,p\na,1,q\na,,r\nb,2,s\na,1,o\n"

    private func window(_ column: String, _ csv: String = table, before: String...) throws -> String {
        let bench = try OperationBench(csv)
        let steps =
            before + [
                "op: window, columns: [{name: w, \(column)}]", "op: sort, by: [g, t]", "op: select, columns: [g, t, w]",
            ]
        return try bench.run(steps).split(separator: "\n").dropFirst().map(String.init).joined(separator: " ")
    }

    @Test(
        "window functions",
        arguments: [
            // Ties are broken by the remaining columns: o before q.
            ("func: row_number, partition_by: [g], order_by: [v]", "a,o,1 a,p,3 a,q,2 a,r,4 b,s,1"),
            ("func: row_number, partition_by: [g], order_by: [v desc]", "a,o,2 a,p,1 a,q,3 a,r,4 b,s,1"),
            ("func: row_number, order_by: [{column: v, descending: true}, t]", "a,o,3 a,p,1 a,q,4 a,r,5 b,s,2"),
            ("func: rank, partition_by: [g], order_by: [v]", "a,o,1 a,p,3 a,q,1 a,r,4 b,s,1"),
            ("func: dense_rank, partition_by: [g], order_by: [v]", "a,o,1 a,p,2 a,q,1 a,r,3 b,s,1"),
            ("func: rank", "a,o,1 a,p,1 a,q,1 a,r,1 b,s,1"),
            // Without order_by: the order of the input.
            ("func: row_number", "a,o,5 a,p,1 a,q,2 a,r,3 b,s,4"),
            ("func: lag, column: v, partition_by: [g]", "a,o,NULL a,p,NULL a,q,3 a,r,1 b,s,NULL"),
            (
                "func: lag, column: t, partition_by: [g], order_by: [t], default: none",
                "a,o,none a,p,o a,q,p a,r,q b,s,none"
            ),
            (
                "func: lead, column: v, offset: 2, order_by: [t], default: 0.5",
                "a,o,1.0 a,p,NULL a,q,2.0 a,r,0.5 b,s,0.5"
            ),
            ("func: lag, column: v, offset: 0, order_by: [t]", "a,o,1 a,p,3 a,q,1 a,r,NULL b,s,2"),
            // Running, rows and not peers.
            ("func: sum, column: v, partition_by: [g], order_by: [v]", "a,o,1 a,p,5 a,q,2 a,r,5 b,s,2"),
            (
                "func: avg, column: v, partition_by: [g], order_by: [t]",
                "a,o,1.0 a,p,2.0 a,q,1.6666666666666667 a,r,1.6666666666666667 b,s,2.0"
            ),
            ("func: mean, column: v", "a,o,1.75 a,p,1.75 a,q,1.75 a,r,1.75 b,s,1.75"),
            ("func: min, column: t, partition_by: [g], order_by: [t desc]", "a,o,o a,p,p a,q,q a,r,r b,s,s"),
            ("func: max, column: v, order_by: [t]", "a,o,1 a,p,3 a,q,3 a,r,3 b,s,3"),
            ("func: sum, column: v, partition_by: [g]", "a,o,5 a,p,5 a,q,5 a,r,5 b,s,2"),
            ("func: min, column: v", "a,o,1 a,p,1 a,q,1 a,r,1 b,s,1"),
            // The whole partition, also with order_by.
            ("func: count, partition_by: [g], order_by: [t]", "a,o,4 a,p,4 a,q,4 a,r,4 b,s,1"),
            ("func: count, column: v, partition_by: [g], order_by: [t]", "a,o,3 a,p,3 a,q,3 a,r,3 b,s,1"),
            ("func: first, column: t, partition_by: [g], order_by: [v]", "a,o,o a,p,o a,q,o a,r,o b,s,s"),
            // Nulls are values to first and last.
            ("func: last, column: v, partition_by: [g], order_by: [v]", "a,o,NULL a,p,NULL a,q,NULL a,r,NULL b,s,2"),
            ("func: last, column: t, partition_by: [g]", "a,o,o a,p,o a,q,o a,r,o b,s,s"),
        ])
    func functions(_ column: String, _ expected: String) throws {
        #expect(try window(column) == expected, "\(column)")
    }

    @Test func aSortBeforeItIsTheOrderWhereNoneIsGiven() throws {
        #expect(
            try window("func: row_number, partition_by: [g]", before: "op: sort, by: [t], descending: true")
                == "a,o,4 a,p,3 a,q,2 a,r,1 b,s,1")
    }

    @Test func allColumnsReadTheTableBeforeTheStep() throws {
        let bench = try OperationBench("a,b\n1,2\n2,4\n")
        let columns = [
            "{name: a, func: sum, column: a}", "{name: c, func: sum, column: a, order_by: [b]}",
            "{name: n, func: count}", "{name: b, func: max, column: b}",
        ].joined(separator: ", ")
        #expect(
            try bench.run("op: window, columns: [\(columns)]", "op: sort, by: [c]") == "a,b,c,n\n3,4,1,2\n3,4,3,2\n")
        let problems = try bench.problems(
            "op: window, columns: [{name: x, func: sum, column: a}, {name: y, func: sum, column: x}]")
        #expect(problems.count == 1 && problems[0].contains("unknown column \"x\""))
    }

    @Test func theNullGroupIsAPartitionAndAnEmptyTableHasNone() throws {
        #expect(try window("func: count, partition_by: [g]", "g,v,t\n,1,a\n,2,b\nx,3,c\n") == "x,c,1 NULL,a,2 NULL,b,2")
        #expect(try window("func: sum, column: v, order_by: [t]", "g,v,t\n") == "")
    }

    @Test func typesAreThoseOfAggregates() throws {
        let bench = try OperationBench("i,x,d\n1,1.5,2024-01-01\n")
        let step =
            "op: window, columns: [{name: a, func: sum, column: i}, {name: b, func: sum, column: m}, "
            + "{name: c, func: avg, column: m}, {name: e, func: lag, column: d}, {name: f, func: count}, "
            + "{name: g, func: sum, column: x, order_by: [i]}, {name: h, func: lead, column: i, default: 0.5}, "
            + "{name: j, func: rank, order_by: [i]}]"
        #expect(
            try bench.types(
                "op: derive_column, name: m, expr: 'i::decimal(10, 2)'", step,
                "op: select, columns: [a, b, c, e, f, g, h, j]")
                == [
                    .int64, .decimal(precision: 38, scale: 2), .float64, .date, .int64, .float64, .float64, .int64,
                ])
        #expect(
            try bench.problems("op: window, columns: [{name: a, func: sum, column: d}]")[0].contains("needs a number"))
    }

    @Test func withoutAnOrderItIsRefused() throws {
        let bench = try OperationBench(Self.table)
        let group = "op: aggregate, group_by: [g], aggs: {n: count(*)}"
        for function in ["row_number", "lag, column: n", "first, column: n"] {
            let problems = try bench.problems(group, "op: window, columns: [{name: w, func: \(function)}]")
            #expect(problems.count == 1 && problems[0].contains("give order_by"))
        }
        #expect(try bench.rows(group, "op: window, columns: [{name: w, func: sum, column: n}]") == ["a,4,5", "b,1,5"])
    }
}
