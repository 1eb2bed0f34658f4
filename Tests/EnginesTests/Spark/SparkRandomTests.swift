import Fleet
import Foundation
import Pipeline
import Support
import Testing

@testable import Engines

/// Random pipelines over small random tables give on Spark what a naive evaluator makes of them, as they do on DuckDB.
///
/// `QUICKETL_SPARK_SEEDS=10000` tries more of them; `QUICKETL_SPARK_SEED=1234` repeats the one that a failure names.
@Suite(.timeLimit(.minutes(600))) struct SparkRandomTests {
    @Test func theResultOnSparkIsThatOfTheNaiveEvaluator() async throws {
        let tables = try SparkForTests.tables()
        let tally = try await SparkSeeds.each("pipelines", standard: 375) { seed, lane in
            do {
                return try await Self.compare(seed, lane, tables) ? .same : .different
            } catch let failure as Failure where failure.message.contains(SparkTables.pinned) {
                return .pinned
            } catch let failure as Failure {
                Issue.record("QUICKETL_SPARK_SEED=\(seed): \(failure.message)\n\(Self.yaml(seed))")
                return .different
            }
        }
        #expect(tally.same > 0 || tally.pinned < 10, "all were pinned")
    }

    private static let types: [NaiveValue.Kind: DataType] = [
        .int: .int64, .double: .float64, .ratio: .float64, .text: .text, .bool: .boolean, .date: .date,
    ]

    private static func yaml(_ seed: UInt64) -> String {
        var generator = NaiveGenerator(seed: seed)
        let tables = generator.tables()
        return yaml(generator.pipeline(tables).steps.map(\.yaml), tables)
    }

    private static func yaml(_ steps: [String], _ tables: [String: NaiveTable]) -> String {
        let names: [DataType: String] = [
            .int64: "int", .float64: "double", .text: "text", .boolean: "bool", .date: "date",
        ]
        // What the reader makes of a column without values is another matter.
        let sources = ["source", "r", "u"].map { name -> String in
            let columns = tables[name]?.columns.map { "\($0.name): \(names[types[$0.kind] ?? .text] ?? "text")" } ?? []
            return
                "  \(name): {type: file, path: \(name).csv, options: {types: {\(columns.joined(separator: ", "))}}}\n"
        }
        return "name: p\nsources:\n\(sources.joined())transforms:\n\(steps.map { "- {\($0)}\n" }.joined())"
            + "sink: {type: file, path: out.parquet}\n"
    }

    private static func compare(_ seed: UInt64, _ lane: SparkSeeds.Lane, _ made: SparkTables) async throws -> Bool {
        var generator = NaiveGenerator(seed: seed)
        let tables = generator.tables()
        let (steps, expected) = generator.pipeline(tables)
        var schemas: [String: Schema] = [:]
        for (name, table) in tables {
            try write(NaiveGenerator.csv(table), to: "\(lane.folder)/\(name).csv")
            schemas[name] = Schema(table.columns.map { Schema.Column($0.name, types[$0.kind] ?? .text) })
        }
        let yaml = yaml(steps.map(\.yaml), tables)
        let run = try await BareRun(yaml: yaml, schemas: schemas, folder: lane.folder, child: lane.child)
        let found = try await run.onSpark(made).map { row in
            expected.columns.enumerated().map { index, column in
                NaiveValue(row["v\(index)"] ?? nil, as: column.kind)?.canonical ?? "unreadable"
            }.joined(separator: " | ")
        }
        let wanted = expected.rows.map { $0.map(\.canonical).joined(separator: " | ") }
        if sorted(found) != sorted(wanted) {
            let files = tables.sorted { $0.key < $1.key }.map { "\($0.key):\n\(NaiveGenerator.csv($0.value))" }.joined()
            let (got, instead) = (found.sorted().joined(separator: "\n"), wanted.sorted().joined(separator: "\n"))
            Issue.record("QUICKETL_SPARK_SEED=\(seed): got\n\(got)\ninstead of\n\(instead)\n\(yaml)\n\(files)")
            return false
        }
        return true
    }

    private static func sorted(_ rows: [String]) -> [[UInt8]] {
        rows.map { Array($0.utf8) }.sorted { $0.lexicographicallyPrecedes($1) }
    }
}
