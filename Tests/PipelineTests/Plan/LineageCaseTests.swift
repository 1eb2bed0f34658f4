import Pipeline
import Testing

/// Expectations written by hand for every transform. An edge is `output <- source.column SUBTYPE`, with `*` for the
/// table as a whole and `masked` where only hashes or counts come through.
struct LineageCase: Sendable, CustomStringConvertible {
    var transforms: String
    var edges: [String]

    var description: String { transforms }

    init(_ transforms: String, _ edges: String...) {
        self.transforms = transforms
        self.edges = edges
    }

    static let kept = ["id", "name", "amount", "day", "ok"].map { "\($0) <- a.\($0) IDENTITY" }

    static let schemas = [
        "a": Schema([
            .init("id", .int64), .init("name", .text), .init("amount", .decimal(precision: 10, scale: 2)),
            .init("day", .date), .init("ok", .boolean),
        ]),
        "b": Schema([.init("id", .int64), .init("label", .text), .init("rate", .float64)]),
    ]

    /// The value of the one pivot in a case, which a store of rows would tell.
    static let pivotValues: [Int: [String?]] = [0: ["x", nil]]

    func plan() throws -> Plan {
        let yaml = """
            name: lineage
            sources:
              a: {type: file, path: a.parquet}
              b: {type: file, path: b.parquet}
            transforms:
            \(transforms.split(separator: "\n").map { "  - {\($0)}" }.joined(separator: "\n"))
            sink: {type: file, path: out.parquet}
            """
        let spec = try PipelineLoader.load(yaml: yaml, file: nil, variables: VariableScope()).spec
        return try Plan.make(spec, file: nil, schemas: Self.schemas, pivotValues: Self.pivotValues)
    }

    /// `+` stands for every column of `a` as it is.
    var expected: Set<String> {
        Set(edges.flatMap { $0 == "+" ? Self.kept : [$0] })
    }

    static let all = [
        LineageCase("op: select, columns: [name, id]", "name <- a.name IDENTITY", "id <- a.id IDENTITY"),
        LineageCase(
            "op: rename, mapping: {id: name, name: id}\nop: select, columns: [id, name]", "id <- a.name IDENTITY",
            "name <- a.id IDENTITY"),
        LineageCase("op: filter, predicate: ok AND amount > 1", "+", "* <- a.ok FILTER", "* <- a.amount FILTER"),
        LineageCase(
            "op: derive_column, name: id, expr: id + 1\nop: select, columns: [id]", "id <- a.id TRANSFORMATION"),
        LineageCase(
            "op: derive_column, name: c, expr: CASE WHEN ok THEN amount ELSE id END\nop: select, columns: [c]",
            "c <- a.amount TRANSFORMATION", "c <- a.id TRANSFORMATION", "c <- a.ok CONDITIONAL"),
        LineageCase(
            "op: derive_column, name: c, expr: \"nullif(name, 'x')\"\nop: select, columns: [c]",
            "c <- a.name TRANSFORMATION"),
        LineageCase(
            "op: derive_column, name: one, expr: 1\nop: select, columns: [one]"),
        LineageCase(
            "op: cast, columns: {id: text, name: text}\nop: select, columns: [id, name]", "id <- a.id TRANSFORMATION",
            "name <- a.name IDENTITY"),
        LineageCase(
            "op: fill_null, columns: {name: none}\nop: select, columns: [name]", "name <- a.name TRANSFORMATION"),
        LineageCase(
            "op: coalesce, name: c, columns: [amount, id], default: 0\nop: select, columns: [c]",
            "c <- a.amount TRANSFORMATION", "c <- a.id TRANSFORMATION"),
        LineageCase(
            "op: hash_key, name: k, columns: [id, name]\nop: select, columns: [k]", "k <- a.id TRANSFORMATION masked",
            "k <- a.name TRANSFORMATION masked"),
        // A way that shows the value shows it, whatever else is made of it.
        LineageCase(
            "op: hash_key, name: k, columns: [name]\nop: derive_column, name: c, expr: k || name\nop: select, columns: [c, k]",
            "c <- a.name TRANSFORMATION", "k <- a.name TRANSFORMATION masked"),
        LineageCase(
            "op: hash_key, name: k, columns: [name]\nop: filter, predicate: k > '7'\nop: select, columns: [id]",
            "id <- a.id IDENTITY", "* <- a.name FILTER masked"),
        LineageCase("op: sort, by: [day, {column: id, descending: true}]", "+", "* <- a.day SORT", "* <- a.id SORT"),
        LineageCase("op: limit, n: 3", "+"),
        LineageCase("op: sort, by: [day]\nop: limit, n: 3", "+", "* <- a.day SORT"),
        LineageCase("op: dedup, columns: [name], order_by: [day]", "+", "* <- a.name GROUP_BY", "* <- a.day SORT"),
        LineageCase(
            "op: select, columns: [id, ok]\nop: dedup", "id <- a.id IDENTITY", "ok <- a.ok IDENTITY",
            "* <- a.id GROUP_BY", "* <- a.ok GROUP_BY"),
        LineageCase(
            "op: join, right: b, on: [id]", "+", "label <- b.label IDENTITY", "rate <- b.rate IDENTITY",
            "* <- a.id JOIN", "* <- b.id JOIN"),
        LineageCase(
            "op: join, right: b, on: [id], how: left\nop: select, columns: [id, id_right]", "id <- a.id IDENTITY",
            "id_right <- b.id IDENTITY", "* <- a.id JOIN", "* <- b.id JOIN"),
        LineageCase(
            "op: join, right: b, on: [id], how: outer, merge_keys: true\nop: select, columns: [id]",
            "id <- a.id TRANSFORMATION", "id <- b.id TRANSFORMATION", "* <- a.id JOIN", "* <- b.id JOIN"),
        LineageCase(
            "op: join, right: b, left_on: [id], right_on: [id], how: anti", "+", "* <- a.id JOIN", "* <- b.id JOIN"),
        LineageCase(
            "op: join, right: b, how: cross\nop: select, columns: [name, label]", "name <- a.name IDENTITY",
            "label <- b.label IDENTITY"),
        LineageCase(
            "op: hash_key, name: k, columns: [name]\nop: join, right: b, left_on: [k], right_on: [label]\nop: select, columns: [id]",
            "id <- a.id IDENTITY", "* <- a.name JOIN masked", "* <- b.label JOIN"),
        LineageCase(
            "op: aggregate, group_by: [name], aggs: {total: sum(amount) / count(id), n: count(*), people: nunique(name), when: max(day) FILTER (WHERE ok)}",
            "name <- a.name IDENTITY", "total <- a.amount AGGREGATION", "total <- a.id AGGREGATION masked",
            "people <- a.name AGGREGATION masked", "when <- a.day AGGREGATION", "when <- a.ok CONDITIONAL",
            "* <- a.name GROUP_BY"),
        LineageCase(
            "op: aggregate, group_by: [], aggs: {last: 'max_by(name, day)'}", "last <- a.name AGGREGATION",
            "last <- a.day CONDITIONAL"),
        LineageCase(
            "op: union, sources: [b], missing: 'null'\nop: select, columns: [id, label, name]", "id <- a.id IDENTITY",
            "id <- b.id IDENTITY", "label <- b.label IDENTITY", "name <- a.name IDENTITY"),
        LineageCase(
            "op: filter, predicate: ok\nop: select, columns: [id]\nop: union, sources: [b], missing: 'null'\nop: select, columns: [id]",
            "id <- a.id IDENTITY", "id <- b.id IDENTITY", "* <- a.ok FILTER"),
        LineageCase(
            "op: window, columns: [{name: r, func: rank, partition_by: [name], order_by: [day]}, {name: s, func: sum, column: amount, partition_by: [ok]}, {name: p, func: lag, column: id, order_by: [day]}, {name: c, func: count, column: name}]\nop: select, columns: [r, s, p, c]",
            "r <- a.name WINDOW", "r <- a.day WINDOW", "s <- a.amount AGGREGATION", "s <- a.ok WINDOW",
            "p <- a.id TRANSFORMATION", "p <- a.day WINDOW", "c <- a.name AGGREGATION masked"),
        LineageCase(
            "op: window, columns: [{name: r, func: row_number, order_by: [day]}]\nop: filter, predicate: r = 1\nop: select, columns: [id]",
            "id <- a.id IDENTITY", "* <- a.day FILTER"),
        LineageCase(
            "op: pivot, index: [ok], columns: name, values: amount, aggfunc: sum", "ok <- a.ok IDENTITY",
            "x <- a.amount AGGREGATION", "x <- a.name CONDITIONAL", "null <- a.amount AGGREGATION",
            "null <- a.name CONDITIONAL", "* <- a.ok GROUP_BY"),
        LineageCase(
            "op: pivot, index: [ok], columns: name, values: amount, aggfunc: [count]", "ok <- a.ok IDENTITY",
            "x_count <- a.amount AGGREGATION masked", "x_count <- a.name CONDITIONAL",
            "null_count <- a.amount AGGREGATION masked", "null_count <- a.name CONDITIONAL", "* <- a.ok GROUP_BY"),
        LineageCase(
            "op: unpivot, id_vars: [name], value_vars: [id, amount], var_name: what, value_name: v",
            "name <- a.name IDENTITY", "v <- a.id TRANSFORMATION", "v <- a.amount TRANSFORMATION"),
        // What chose a value stays with it through later steps.
        LineageCase(
            "op: derive_column, name: c, expr: CASE WHEN ok THEN 1 ELSE 0 END\nop: aggregate, group_by: [c], aggs: {n: sum(c)}",
            "c <- a.ok CONDITIONAL", "n <- a.ok CONDITIONAL", "* <- a.ok GROUP_BY"),
    ]
}

@Suite struct LineageCaseTests {
    private func shown(_ edge: ColumnLineageEdge) -> String {
        "\(edge.outputColumn ?? "*") <- \(edge.inputSource).\(edge.inputColumn) \(edge.subtype.rawValue)"
            + (edge.isMasking ? " masked" : "")
    }

    @Test("the lineage of every transform is what a person would write", arguments: LineageCase.all)
    func lineage(_ example: LineageCase) throws {
        let edges = try example.plan().lineage
        #expect(Set(edges.map(shown)) == example.expected)
        #expect(edges.count == example.expected.count, "an edge is there twice")
        let direct: Set<ColumnLineageEdge.Subtype> = [.identity, .transformation, .aggregation]
        #expect(edges.allSatisfy { ($0.kind == .direct) == direct.contains($0.subtype) })
    }

    @Test func everyOperationHasACase() {
        let operations: Set = [
            "select", "rename", "filter", "derive_column", "cast", "fill_null", "dedup", "sort", "join", "aggregate",
            "union", "limit", "window", "pivot", "unpivot", "hash_key", "coalesce",
        ]
        let shown = LineageCase.all.flatMap { $0.transforms.split(separator: "\n") }
            .compactMap { $0.split(separator: ",").first.map { $0.dropFirst(4) }.map(String.init) }
        #expect(Set(shown) == operations)
    }
}
