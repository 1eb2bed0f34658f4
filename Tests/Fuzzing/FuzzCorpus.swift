import Foundation

/// Valid inputs that mutations start from: the pipelines of the language's cases, and the expressions in them.
public struct FuzzCorpus: Sendable {
    public var pipelines: [[UInt8]]
    public var expressions: [[UInt8]]

    /// Reads the cases beside this folder.
    public static func load() throws -> FuzzCorpus {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("EnginesTests/Language/Cases")
        var corpus = FuzzCorpus(
            pipelines: builtIn.map { Array($0.utf8) }, expressions: expressions.map { Array($0.utf8) })
        for file in try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() {
            let text = try String(contentsOf: folder.appendingPathComponent(file), encoding: .utf8)
            for part in text.components(separatedBy: "\n--- p.yml\n").dropFirst() {
                let yaml = part.components(separatedBy: "\n--- ")[0]
                corpus.pipelines.append(Array(yaml.utf8))
                for field in ["predicate: ", "expr: "] {
                    for piece in yaml.components(separatedBy: field).dropFirst() {
                        let line = piece.split(separator: "\n", omittingEmptySubsequences: false)[0]
                        corpus.expressions.append(Array(line.trimmingCharacters(in: ["}", "'", "\""]).utf8))
                    }
                }
            }
        }
        return corpus
    }

    private static let builtIn = [
        """
        name: orders ${DATE}
        variables: {DATE: {type: date, default: 2013-01-01}, N: 5}
        sources:
          first: {type: file, path: c.csv, options: &csv {header: true, sep: ";"}}
          orders: {type: file, path: 'data/${DATE}/*.csv', options: {<<: *csv, types: {a: "decimal(10, 2)"}}}
          other: {type: database, connection: "mysql://u:${secret:PW:-x}@${N}/d", query: "SELECT '${DATE|-1d}' -- c"}
        transforms:
          - {op: join, right: {type: file, path: b.parquet}, on: [id], how: left}
          - {op: window, columns: [{name: w, func: lag, column: a, offset: 2, order_by: ["b desc"], default: 0}]}
          - {op: pivot, index: [a], columns: b, values: c, aggfunc: [sum, mean]}
        checks:
          - type: contract
            contract_schema:
              columns: {a: {dtype: int, checks: ["ge(0)", "isin([1, 'a', ${N}])", "str_matches('^a|\\\\d')"]}}
              strict: true
        sink: {type: file, path: out/, options: {partition_by: [a], mode: append}}
        """,
        """
        name: nightly
        variables: {DAY: 2024-01-01}
        stages:
          - {name: one, pipelines: [{path: a.yml, variables: {X: 1}}], parallel: true}
          - {name: two, depends_on: [one], pipelines: [{path: b.yml}], continue_on_failure: yes}
        """,
        """
        environments: {prod: {extends: dev, engine: duckdb}, dev: {variables: {X: 1}}}
        profiles: {shop: {type: database, connection: 'postgresql://r:${secret:PW}@db/shop'}}
        """,
    ]

    private static let expressions = [
        "case a when 1 then 'x' when 2 then \"y\" else null end", "cast(t as decimal(10, 2)) between .5 and 1e3",
        "extract(dow from d) in (0, 6) and not b", "d + interval '1 month 2 days' > 2024-01-01",
        "a::text || `first name`",
        "sum(distinct x) filter (where i is not distinct from 3) / count(*)", "coalesce(${X:-1}, '${Y}', 1_000)",
        "try_cast(t as timestamptz) not like 'a%' or x <> -i % 3",
        "date_diff(month, d, timestamp '2024-02-29 10:00:00.5')",
        "regexp_replace(t, '(a|b)+?', '\\1') ilike '_%'",
    ]
}
