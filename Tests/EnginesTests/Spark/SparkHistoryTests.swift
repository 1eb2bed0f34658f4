import Fleet
import Foundation
import Pipeline
import Support
import Synchronization
import Testing

@testable import Engines

/// What history keeps of a run does not depend on the engine that computed it.
@Suite struct SparkHistoryTests {
    private static let pipeline = """
        name: both
        sources:
          a: {type: file, path: a.csv}
          b: {type: file, path: b.csv}
        transforms:
        - {op: filter, predicate: amount > 0}
        - {op: join, right: b, on: [id], how: left}
        - {op: hash_key, name: who, columns: [name]}
        - {op: derive_column, name: size, expr: "CASE WHEN amount > 5 THEN label ELSE 'small' END"}
        - {op: window, columns: [{name: place, func: row_number, partition_by: [label], order_by: [amount, id]}]}
        - {op: union, sources: [b], missing: 'null'}
        - {op: aggregate, group_by: [size], aggs: {n: count(*), total: sum(amount), people: nunique(who), last: max(place)}}
        - {op: sort, by: [total]}
        checks:
        - {type: not_null, columns: [n]}
        sink: {type: file, path: out.parquet}
        """

    @Test(.timeLimit(.minutes(5)))
    func lineageSchemaAndCountsAreEqualOnBothEngines() async throws {
        let tables = try SparkForTests.tables()
        try await withTemporaryFolder { folder in
            try write("id,name,amount\n1,ada,5\n2,bob,0\n3,cy,9\n", to: folder + "/a.csv")
            try write("id,label\n1,x\n3,y\n", to: folder + "/b.csv")
            let engine = DuckDBEngine(settings: try duckDBSettings(in: folder))
            let spec = try PipelineLoader.load(yaml: Self.pipeline, file: "p.yml", variables: VariableScope()).spec
            let said = Mutex<[AttemptProgress.Said]>([])
            var reports: [AttemptReport] = []
            for tables in [nil, tables as (any TableMaker)?] {
                let attempt = Attempt(
                    lease: lease(.random(), token: 1), pipeline: spec, baseDirectory: folder, acceptedAt: Date())
                let report = try await engine.execute(attempt, tables: tables) { progress in
                    if let one = progress.said { said.withLock { $0.append(one) } }
                }
                if let manifest = report.manifest { await engine.publisher.discard(manifest) }
                reports.append(report)
            }
            await engine.pool.shutDown()
            #expect(reports.map(\.engine) == ["duckdb", "spark"])
            #expect(reports[0].lineage.count > 8)
            #expect(reports[0].lineage == reports[1].lineage)
            #expect(reports[0].outputs.map(\.columns) == reports[1].outputs.map(\.columns))
            #expect(reports[0].inputs.map(\.columns) == reports[1].inputs.map(\.columns))
            #expect(reports[0].checks == reports[1].checks)
            #expect(reports[0].metrics.rowsOut == reports[1].metrics.rowsOut)
            // Each by its own name for itself.
            #expect(reports[0].engineVersion?.hasPrefix("1.") == true)
            #expect(reports[1].engineVersion?.hasPrefix("4.") == true)
            let stages = said.withLock { $0 }.filter { $0.text.hasPrefix("Spark's stage") }
            #expect(!stages.isEmpty)
            #expect(Set(stages.map(\.text)).count == stages.count, "each stage is told of once")
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func aFailureSaysWhichVersionFailed() async throws {
        try await withTemporaryFolder { folder in
            try write("a\n1\nx\n", to: folder + "/in.csv")
            let engine = DuckDBEngine(settings: try duckDBSettings(in: folder))
            let spec = try PipelineLoader.load(
                yaml: """
                    name: p
                    source: {type: file, path: in.csv}
                    transforms:
                    - {op: cast, columns: {a: int64}}
                    sink: {type: file, path: out.parquet}
                    """, file: "p.yml", variables: VariableScope()
            ).spec
            let attempt = Attempt(
                lease: lease(.random(), token: 1), pipeline: spec, baseDirectory: folder, acceptedAt: Date())
            let failure = await #expect(throws: Failure.self) {
                try await engine.execute(attempt) { _ in }
            }
            await engine.pool.shutDown()
            #expect(failure?.kind == .badData)
            #expect(failure?.engineVersion?.hasPrefix("1.") == true)
        }
    }
}
