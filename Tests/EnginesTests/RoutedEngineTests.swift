import Fleet
import Foundation
import Pipeline
import Support
import Synchronization
import Testing

@testable import Engines

@Suite struct RoutedEngineTests {
    /// A sort and many groups over 3 million rows, in a DuckDB with hardly any memory and no room to spill.
    private static func large(in folder: String, engine: String = "") async throws -> (DuckDBEngine, PipelineSpec) {
        var settings = try duckDBSettings(in: folder)
        let maker = DuckDBEngine(settings: settings)
        try await maker.pool.withProcess { process in
            _ = try await process.execute([
                "COPY (SELECT i AS k, md5(i::text) AS t, md5((i * 7)::text) AS u FROM range(3000000) r(i)) "
                    + "TO '\(folder)/in.parquet' (FORMAT parquet)"
            ])
        }
        await maker.pool.shutDown()
        settings.memoryLimitBytes = 100 << 20
        settings.temporaryBytesLimit = 1 << 20
        let spec = try PipelineLoader.load(
            yaml: """
                name: large
                \(engine)
                source: {type: file, path: in.parquet}
                transforms:
                - {op: aggregate, group_by: [t, u], aggs: {n: count(*)}}
                - {op: aggregate, group_by: [], aggs: {n: sum(n)}}
                sink: {type: file, path: out.parquet}
                """, file: "p.yml", variables: VariableScope(given: [:])
        ).spec
        return (DuckDBEngine(settings: settings), spec)
    }

    private static func attempt(_ spec: PipelineSpec, in folder: String) -> Attempt {
        Attempt(lease: lease(.random(), token: 1), pipeline: spec, baseDirectory: folder, acceptedAt: Date())
    }

    /// Says that there is next to nothing to read.
    private static let wrong: @Sendable (Plan, Attempt) async -> InputEstimate = { plan, _ in
        InputEstimate(
            sources: plan.sources.map {
                SourceEstimate(
                    source: $0.name, storedBytes: 1000, readBytes: 1000, expandedBytes: 1000, rows: 10, files: 1,
                    basis: .listed)
            })
    }

    @Test(.timeLimit(.minutes(5)))
    func whatRunsOutOfMemoryOnDuckDBIsFinishedOnSparkAndRemembered() async throws {
        try await withTemporaryFolder { folder in
            let (duckdb, spec) = try await Self.large(in: folder)
            let spark = SparkEngine(settings: try SparkForTests.settings(), local: duckdb)
            let journal = RoutingJournal()
            let engine = RoutedEngine(duckdb: duckdb, spark: spark, journal: journal, estimate: Self.wrong)
            let first = Self.attempt(spec, in: folder)
            let failure = await #expect(throws: Failure.self) { try await engine.execute(first) { _ in } }
            #expect(failure?.kind == .outOfMemory, "\(failure?.description ?? "none")")
            #expect(failure?.decision?.engine == .duckdb)
            let correction: EngineCorrection? = failure.flatMap { EngineCorrection(of: $0) }
            var attempt = first
            attempt.correction = correction
            #expect(correction != nil)
            let report = try await engine.execute(attempt) { _ in }
            #expect(report.engine == "spark")
            #expect(report.decision?.rule == .corrected)
            #expect(report.engineReason.contains("in an earlier attempt of this run"), "\(report.engineReason)")
            #expect(report.metrics.rowsOut == 1)
            // The next run of this pipeline with as much to read does not even try.
            let next = RoutedEngine(duckdb: duckdb, spark: spark, journal: journal)
            let decision = try await next.explain(Self.attempt(spec, in: folder)).decision
            #expect(decision.engine == .spark && decision.rule == .memory, "\(decision.reason)")
            await spark.shutDown()
            await duckdb.pool.shutDown()
        }
    }

    @Test func whoeverAskedForDuckDBIsNotMoved() async throws {
        try await withTemporaryFolder { folder in
            let (duckdb, spec) = try await Self.large(in: folder, engine: "engine: duckdb")
            let spark = SparkEngine(settings: SparkSettings(environment: ["SPARK_REMOTE": "sc://h:1"]), local: duckdb)
            let engine = RoutedEngine(duckdb: duckdb, spark: spark)
            let failure = await #expect(throws: Failure.self) {
                try await engine.execute(Self.attempt(spec, in: folder)) { _ in }
            }
            #expect(failure?.kind == .outOfMemory)
            #expect(failure.flatMap { EngineCorrection(of: $0) } == nil)
            await duckdb.pool.shutDown()
        }
    }

    /// A server that nobody keeps, and a pipeline for which DuckDB was slow so far.
    @Test(.timeLimit(.minutes(5)))
    func aSparkThatCannotBeReachedLeavesTheRunToDuckDBAndSaysSo() async throws {
        try await withTemporaryFolder { folder in
            let duckdb = DuckDBEngine(settings: try duckDBSettings(in: folder))
            try write("a\n" + (0..<1000).map { "\($0)\n" }.joined(), to: folder + "/in.csv")
            let spec = try PipelineLoader.load(
                yaml: """
                    name: small
                    source: {type: file, path: in.csv}
                    transforms: [{op: filter, predicate: a > 5}]
                    sink: {type: file, path: out.csv}
                    """, file: "p.yml", variables: VariableScope(given: [:])
            ).spec
            let spark = SparkEngine(
                settings: SparkSettings(environment: ["SPARK_REMOTE": "sc://127.0.0.1:1"]), local: duckdb)
            var settings = RoutingSettings()
            settings.localMaxBytes = 10
            let engine = RoutedEngine(duckdb: duckdb, spark: spark, settings: settings)
            let decision = try await engine.explain(Self.attempt(spec, in: folder)).decision
            #expect(decision.engine == .spark && decision.rule == .localMaxBytes)
            let report = try await engine.execute(Self.attempt(spec, in: folder)) { _ in }
            #expect(report.engine == "duckdb" && report.decision?.rule == .sparkFailed)
            #expect(report.engineReason.contains("Spark was left out because it could not be used"))
            // Who asks for Spark is told.
            var asking = spec
            asking.engine = .spark
            let asked = Self.attempt(asking, in: folder)
            let failure = await #expect(throws: Failure.self) { try await engine.execute(asked) { _ in } }
            #expect(failure?.decision?.engine == .spark)
            await spark.shutDown()
            await duckdb.pool.shutDown()
        }
    }

    @Test func aRunThatNeedsMoreThanItsShareGetsAChildWithMore() async throws {
        try await withTemporaryFolder { folder in
            var (duckdb, spec) = try await Self.large(in: folder)
            var settings = duckdb.pool.settings
            // The shares of 8 children: each too little, all together enough.
            settings.slots = 8
            settings.temporaryBytesLimit = nil
            duckdb = DuckDBEngine(settings: settings)
            let spark = SparkEngine(settings: SparkSettings(environment: ["SPARK_MASTER": "yarn"]), local: duckdb)
            spec.engine = .auto
            let engine = RoutedEngine(duckdb: duckdb, spark: spark) { plan, _ in
                InputEstimate(
                    sources: plan.sources.map {
                        var source = SourceEstimate(
                            source: $0.name, storedBytes: 100 << 20, readBytes: 200_000_000, expandedBytes: 220_000_000,
                            rows: 3_000_000, files: 1, basis: .footers)
                        source.distinctValues = [1: 3_000_000, 2: 3_000_000]
                        return source
                    })
            }
            let report = try await engine.execute(Self.attempt(spec, in: folder)) { _ in }
            #expect(report.engine == "duckdb" && report.metrics.rowsOut == 1)
            #expect(report.decision?.rule == .noSpark)
            #expect((report.metrics.peakMemoryBytes ?? 0) > 200 << 20)
            await duckdb.pool.shutDown()
        }
    }
}
