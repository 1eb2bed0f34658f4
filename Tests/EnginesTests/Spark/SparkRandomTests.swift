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
        try await SparkSeeds.each("pipelines", standard: 100) { seed, folder, engine, process in
            do {
                return try await Self.compare(seed, folder, engine, tables, process) ? .same : .different
            } catch let failure as Failure where failure.message.contains(SparkTables.pinned) {
                return .pinned
            } catch let failure as Failure {
                Issue.record("QUICKETL_SPARK_SEED=\(seed): \(failure.message)\n\(Self.yaml(seed))")
                return .different
            }
        }
    }

    private static func yaml(_ seed: UInt64) -> String {
        var generator = NaiveGenerator(seed: seed)
        let tables = generator.tables()
        return yaml(generator.pipeline(tables).steps.map(\.yaml))
    }

    private static func yaml(_ steps: [String]) -> String {
        let sources = ["source", "r", "u"].map { "  \($0): {type: file, path: \($0).csv}\n" }.joined()
        return "name: p\nsources:\n\(sources)transforms:\n\(steps.map { "- {\($0)}\n" }.joined())"
            + "sink: {type: file, path: out.parquet}\n"
    }

    private static func compare(
        _ seed: UInt64, _ place: String, _ engine: DuckDBEngine, _ made: SparkTables, _ process: DuckDBProcess
    ) async throws -> Bool {
        var generator = NaiveGenerator(seed: seed)
        let tables = generator.tables()
        let (steps, expected) = generator.pipeline(tables)
        let types: [NaiveValue.Kind: String] = [
            .int: "int", .double: "double", .ratio: "double", .text: "text", .bool: "bool", .date: "date",
        ]
        for (name, table) in tables { try write(NaiveGenerator.csv(table), to: "\(place)/\(name).csv") }
        // What the reader makes of a column without values is another matter.
        let sources = ["source", "r", "u"].map { name -> String in
            let columns = tables[name]?.columns.map { "\($0.name): \(types[$0.kind] ?? "text")" } ?? []
            return
                "  \(name): {type: file, path: \(name).csv, options: {types: {\(columns.joined(separator: ", "))}}}\n"
        }
        let yaml =
            "name: p\nsources:\n\(sources.joined())transforms:\n\(steps.map { "- {\($0.yaml)}\n" }.joined())"
            + "sink: {type: file, path: out.parquet}\n"
        let spec: PipelineSpec
        do {
            spec = try PipelineLoader.load(yaml: yaml, file: nil, variables: VariableScope()).spec
        } catch {
            throw Failure(.invalidPipeline, error.description)
        }
        let report = try await engine.execute(
            Attempt(lease: lease(.random(), token: 1), pipeline: spec, baseDirectory: place, acceptedAt: Date()),
            tables: made
        ) { _ in }
        guard let manifest = report.manifest else { throw Failure(.unclassified, "nothing was staged") }
        try await FilePublisher().move(manifest)
        let columns = expected.columns.enumerated().map {
            "CAST(\(DuckDBText.identifier($0.element.name)) AS VARCHAR) AS v\($0.offset)"
        }
        let file = DuckDBText.exactPath("\(place)/out.parquet")
        let rows = try await process.execute(
            ["SELECT \(columns.joined(separator: ", ")) FROM read_parquet(\(file), hive_partitioning = false)"]
        )[0].rows()
        let found = rows.map { row in
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
