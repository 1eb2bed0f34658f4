import Foundation
import Pipeline
import Support
import Testing

@testable import Engines

/// Random pipelines over small random tables give what a naive evaluator makes of them, row by row.
///
/// `QUICKETL_PIPELINES=5000` tries more of them; `QUICKETL_PIPELINE=1234` repeats the one that a failure names.
@Suite struct RandomPipelineTests {

    private static let kinds: [NaiveValue.Kind: DataType] = [
        .int: .int64, .double: .float64, .ratio: .float64, .text: .text, .bool: .boolean, .date: .date,
    ]

    @Test func theResultIsThatOfTheNaiveEvaluator() async throws {
        let environment = ProcessInfo.processInfo.environment
        let given = environment["QUICKETL_PIPELINE"].flatMap { UInt64($0) }
        let first = given ?? UInt64.random(in: 0 ... .max / 2)
        let count = given == nil ? environment["QUICKETL_PIPELINES"].flatMap { UInt64($0) } ?? 300 : 1
        try await withTemporaryFolder { folder in
            for start in stride(from: 0, to: count, by: 100) {
                try await withDuckDB(in: folder) { process in
                    for offset in start..<min(count, start + 100) {
                        guard try await self.holds(seed: first + offset, folder, process) else { return }
                    }
                }
            }
        }
    }

    /// False: the child cannot go on.
    private func holds(seed: UInt64, _ folder: String, _ process: DuckDBProcess) async throws -> Bool {
        var generator = NaiveGenerator(seed: seed)
        let tables = generator.tables()
        let (steps, expected) = generator.pipeline(tables)
        let place = "\(folder)/\(seed)"
        for (name, table) in tables { try write(NaiveGenerator.csv(table), to: "\(place)/\(name).csv") }
        let sources = ["source", "r", "u"].map { "  \($0): {type: file, path: \($0).csv}\n" }.joined()
        let yaml =
            "name: p\nsources:\n\(sources)transforms:\n\(steps.map { "- {\($0.yaml)}\n" }.joined())"
            + "sink: {type: file, path: out.csv}\n"
        func complain(_ what: String) {
            let files = tables.sorted { $0.key < $1.key }.map { "\($0.key):\n\(NaiveGenerator.csv($0.value))" }.joined()
            Issue.record("QUICKETL_PIPELINE=\(seed): \(what)\n\(yaml)\n\(files)")
        }
        let compiler = DuckDBCompiler(baseDirectory: place, acceptedAt: Date())
        do {
            let spec = try PipelineLoader.load(yaml: yaml, file: nil, variables: VariableScope()).spec
            let schemas = tables.mapValues { table in
                Schema(table.columns.map { Schema.Column($0.name, Self.kinds[$0.kind] ?? .text) })
            }
            var values: [Int: [String?]] = [:]
            while let probe = try Plan.pivotProbe(spec, file: nil, schemas: schemas, pivotValues: values) {
                values[probe.transform] = try await process.execute([compiler.pivotValues(probe)])[0].rows()
                    .map { $0["pivot_value"] ?? nil }
            }
            let plan = try Plan.make(spec, file: nil, schemas: schemas, pivotValues: values)
            let names = plan.output.columns.map(\.name)
            guard names.map({ Array($0.utf8) }) == expected.columns.map({ Array($0.name.utf8) }) else {
                complain("columns \(names) instead of \(expected.columns.map(\.name))")
                return true
            }
            let types = zip(plan.output.columns, expected.columns).filter { $0.type != Self.kinds[$1.kind] }
            if !types.isEmpty { complain("types \(types.map { "\($0.name): \($0.type), not \($1.kind)" })") }
            let columns = plan.output.columns.enumerated().map {
                "CAST(\(compiler.dialect.quoted($0.element.name)) AS VARCHAR) AS v\($0.offset)"
            }
            let sql = "SELECT \(columns.joined(separator: ", ")) FROM (\(compiler.query(plan)))"
            let rows = try await process.execute([sql])[0].rows()
            let found = rows.map { row in
                expected.columns.enumerated().map { place, column in
                    NaiveValue(row["v\(place)"] ?? nil, as: column.kind)?.canonical ?? "unreadable"
                }.joined(separator: " | ")
            }
            let wanted = expected.rows.map { $0.map(\.canonical).joined(separator: " | ") }
            if Self.sorted(found) != Self.sorted(wanted) {
                complain(
                    "got\n\(found.sorted().joined(separator: "\n"))\ninstead of\n\(wanted.sorted().joined(separator: "\n"))"
                )
            }
            return true
        } catch let error as InvalidPipeline {
            complain("refused: \(error)")
            return true
        } catch let error as DuckDBError {
            complain("failed: \(error)")
            return false
        }
    }

    private static func sorted(_ rows: [String]) -> [[UInt8]] {
        rows.map { Array($0.utf8) }.sorted { $0.lexicographicallyPrecedes($1) }
    }
}
