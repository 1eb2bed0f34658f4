import Pipeline
import Testing

/// What the language reference says of each operation, in its own words and forms.
@Suite struct CompileExampleTests {
    private static let sales = "id,region,amount\n1,north,10\n2,south,\n3,,5\n4,north,7\n"

    @Test(
        "forms of the reference",
        arguments: [
            ("op: select, columns: [amount, id]", "amount,id;10,1;NULL,2;5,3;7,4"),
            (
                "op: rename, mapping: {id: region, region: id}",
                "region,id,amount;1,north,10;2,south,NULL;3,NULL,5;4,north,7"
            ),
            ("op: filter, predicate: amount > 6", "id,region,amount;1,north,10;4,north,7"),
            ("op: filter, predicate: region = north", "id,region,amount;1,north,10;4,north,7"),
            (
                "op: derive_column, name: id, expr: id * 10",
                "id,region,amount;10,north,10;20,south,NULL;30,NULL,5;40,north,7"
            ),
            (
                "op: cast, columns: {amount: double}",
                "id,region,amount;1,north,10.0;2,south,NULL;3,NULL,5.0;4,north,7.0"
            ),
            (
                "op: fill_null, columns: {region: none, amount: 0}",
                "id,region,amount;1,north,10;2,south,0;3,none,5;4,north,7"
            ),
            ("op: sort, by: [amount]", "id,region,amount;3,NULL,5;4,north,7;1,north,10;2,south,NULL"),
            ("op: sort, by: [amount], descending: true", "id,region,amount;1,north,10;4,north,7;3,NULL,5;2,south,NULL"),
            (
                "op: sort, by: [{column: region, order: desc}, {column: id, descending: true}]",
                "id,region,amount;2,south,NULL;4,north,7;1,north,10;3,NULL,5"
            ),
            ("op: limit, n: 2", "id,region,amount;1,north,10;2,south,NULL"),
            ("op: limit, n: 2, offset: 3", "id,region,amount;4,north,7"),
            ("op: aggregate, group_by: [], aggs: {n: count(*), s: sum(amount)}", "n,s;4,22"),
            ("op: aggregate, group_by: [], aggregations: {n: count(region)}", "n;3"),
            (
                "op: coalesce, name: amount, columns: [amount, id]",
                "id,region,amount;1,north,10;2,south,2;3,NULL,5;4,north,7"
            ),
            (
                "op: unpivot, id_vars: [id], value_vars: [amount], var_name: what, value_name: much",
                "id,what,much;1,amount,10;2,amount,NULL;3,amount,5;4,amount,7"
            ),
            ("op: join, right: r, on: [region]", "id,region,amount,name;1,north,10,N;4,north,7,N"),
            (
                "op: join, right: r, left_on: [region], right_on: [region], how: semi",
                "id,region,amount;1,north,10;4,north,7"
            ),
            (
                "op: join, right: {type: file, path: r.csv}, on: [region], how: left",
                "id,region,amount,region_right,name;1,north,10,north,N;2,south,NULL,NULL,NULL;3,NULL,5,NULL,NULL;4,north,7,north,N"
            ),
            (
                "op: join, right: r, on: [region], how: outer, merge_keys: true",
                "id,region,amount,name;1,north,10,N;2,south,NULL,NULL;3,NULL,5,NULL;4,north,7,N;NULL,west,NULL,W"
            ),
        ])
    func forms(_ transform: String, _ expected: String) throws {
        let bench = try OperationBench(Self.sales, ["r": "region,name\nnorth,N\nwest,W\n"])
        // A join has no order of its own.
        let steps = transform.hasPrefix("op: join") ? [transform, "op: sort, by: [id]"] : [transform]
        #expect(try bench.run(steps) == expected.replacing(";", with: "\n") + "\n", "\(transform)")
    }

    @Test(
        "what the reference calls an error",
        arguments: [
            ("op: select, columns: [nope]", "unknown column \"nope\""),
            ("op: rename, mapping: {nope: x}", "unknown column \"nope\""),
            ("op: rename, mapping: {id: region}", "two columns \"region\""),
            ("op: chunk", "never implemented"), ("op: embed", "never implemented"),
            ("op: union, sources: [nope]", "nope"), ("op: limit, n: 0", "number of rows"),
            ("op: fill_null, columns: {amount: 'x'}", "does not fit"),
        ])
    func errors(_ transform: String, _ message: String) throws {
        let problems = try OperationBench(Self.sales).problems(transform)
        #expect(problems.count == 1 && problems[0].contains(message), "\(problems)")
    }
}
