import Fleet
import Foundation
import Pipeline
import Support
import Synchronization
import Testing

@testable import Engines

/// Parquet that Spark reads and writes by itself, so that its rows never pass through the worker.
@Suite struct SparkFilesTests {
    /// Notes what is asked of Spark.
    private final class Recording: TableMaker {
        let tables: SparkTables
        let requests = Mutex<[TableRequest]>([])
        var engine: String { tables.engine }

        init(_ tables: SparkTables) { self.tables = tables }

        func version() async -> String? { nil }

        func prepare(_ request: TableRequest) throws(Failure) -> any PreparedTable {
            requests.withLock { $0.append(request) }
            return try tables.prepare(request)
        }

        var directInputs: [Int] {
            requests.withLock { $0 }.map { request in
                request.inputs.count { if case .direct = $0 { true } else { false } }
            }
        }

        var published: [Bool] { requests.withLock { $0 }.map { $0.result != .handedBack } }
    }

    /// Runs on Spark and on DuckDB, each into a sink of its own, and compares the rows that readers see.
    private static func compare(
        _ transforms: String, source: String, sink: String, checks: String = "", in folder: String,
        columns: String = "*"
    ) async throws -> Recording {
        let recording = Recording(try SparkForTests.tables())
        let engine = DuckDBEngine(settings: try duckDBSettings(in: folder))
        do {
            for (name, tables) in [("spark", recording as (any TableMaker)?), ("duckdb", nil)] {
                let spec = try PipelineLoader.load(
                    yaml: "name: p\nsource: \(source)\ntransforms: [\(transforms)]\n\(checks)\n"
                        + "sink: {type: file, path: \(name)/out, \(sink)}\n", file: "p.yml",
                    variables: VariableScope(given: [:])
                ).spec
                let report = try await engine.execute(
                    Attempt(
                        lease: lease(.random(), token: 1), pipeline: spec, baseDirectory: folder, acceptedAt: Date()),
                    tables: tables
                ) { _ in }
                try await FilePublisher().move(try #require(report.manifest))
                #expect(report.checks.allSatisfy { $0.passed })
                #expect(report.metrics.rowsOut == report.manifest?.entries.first?.rows)
            }
            await engine.pool.shutDown()
        } catch {
            await engine.pool.shutDown()
            throw error
        }
        let results = try await withDuckDB(in: folder) { process in
            try await process.execute(
                ["spark", "duckdb"].map {
                    "SELECT \(columns), '' AS nothing FROM read_parquet('\(folder)/\($0)/out/**/*.parquet', "
                        + "hive_partitioning = true) ORDER BY ALL"
                }
            ) { _ in }
        }
        let (spark, duckdb) = (try results[0].rows(), try results[1].rows())
        #expect(spark == duckdb)
        #expect(!duckdb.isEmpty)
        return recording
    }

    private static func make(_ statements: [String], in folder: String) async throws {
        _ = try await withDuckDB(in: folder) { process in try await process.execute(statements) { _ in } }
    }

    @Test(.timeLimit(.minutes(5)))
    func filesInPartitionsAreReadAndWrittenBySparkItself() async throws {
        try await withTemporaryFolder { folder in
            try await Self.make(
                [
                    """
                    COPY (SELECT i AS "Id", 'n' || i AS "näme `x", CAST(i AS DOUBLE) / 4 AS x, i % 2 = 0 AS even,
                    CAST(i AS DECIMAL(9, 2)) AS d, TIMESTAMP '2024-01-01 10:00:00.25' + INTERVAL (i) HOUR AS ts,
                    CAST(i AS SMALLINT) AS small, DATE '2024-01-30' + CAST(i % 3 AS INT) AS day,
                    CASE WHEN i % 3 > 0 THEN 'r' || i % 3 END AS region, encode('b' || i) AS raw
                    FROM range(50) t(i)) TO '\(folder)/in' (FORMAT parquet, PARTITION_BY (region, day))
                    """
                ], in: folder)
            let recording = try await Self.compare(
                "{op: filter, predicate: Id > 3}, {op: derive_column, name: z, expr: x / 0}",
                source: "{type: file, path: in}", sink: "format: parquet, partition_by: [day, even]",
                checks: "checks: [{type: not_null, columns: [Id, day]}]", in: folder,
                columns: "* REPLACE (hex(raw) AS raw, CAST(z AS VARCHAR) AS z)")
            #expect(recording.directInputs == [1])
            #expect(recording.published == [true])
            // Nothing of Spark's own lies about, and files are called as ours are.
            let files = try FileSystem.files(below: folder + "/spark")
            #expect(files.allSatisfy { $0.hasSuffix(".parquet") && FileSystem.name(of: $0).hasPrefix("part-") })
        }
    }

    @Test(.timeLimit(.minutes(5)))
    func sortedRowsStayInOrderOverTheFilesOfAFolder() async throws {
        try await withTemporaryFolder { folder in
            try await Self.make(
                ["COPY (SELECT (i * 7919) % 5000 AS k FROM range(5000) t(i)) TO '\(folder)/in.parquet'"], in: folder)
            let recording = try await Self.compare(
                "{op: sort, by: [k]}", source: "{type: file, path: in.parquet}", sink: "format: parquet", in: folder,
                columns: "row_number() OVER () AS place, k")
            #expect(recording.published == [true])
        }
    }

    @Test(.timeLimit(.minutes(5)))
    func filesThatTheEnginesReadDifferentlyAreHandedOver() async throws {
        try await withTemporaryFolder { folder in
            try await Self.make(
                [
                    "COPY (SELECT 1 AS a, 2 AS b) TO '\(folder)/in-1.parquet'",
                    // Another type, another order.
                    "COPY (SELECT CAST(4 AS SMALLINT) AS b, 3 AS a) TO '\(folder)/in-2.parquet'",
                ], in: folder)
            let recording = try await Self.compare(
                "{op: filter, predicate: a > 0}", source: "{type: file, path: in-*.parquet}", sink: "format: parquet",
                in: folder)
            #expect(recording.directInputs == [0])
        }
    }

    @Test(.timeLimit(.minutes(5)))
    func checksSeeAnEmptyTextInAPartitionColumnAsTheyDoOnDuckDB() async throws {
        try await withTemporaryFolder { folder in
            try await Self.make(
                [
                    "COPY (SELECT i, CASE WHEN i > 5 THEN 'x' ELSE '' END AS region FROM range(9) t(i)) "
                        + "TO '\(folder)/in.parquet'"
                ], in: folder)
            let recording = try await Self.compare(
                "{op: filter, predicate: i > 0}", source: "{type: file, path: in.parquet}",
                sink: "format: parquet, partition_by: [region]",
                checks: "checks: [{type: not_null, columns: [region]}]", in: folder)
            // Written by Spark at first, and by the child when the text was met.
            #expect(recording.published == [true, false])
        }
    }

    @Test(.timeLimit(.minutes(5)))
    func aValueThatNothingReadsFailsNoRunOnEitherEngine() async throws {
        try await withTemporaryFolder { folder in
            try write("a,bad,b\n1,x,2\n3,4,5\n", to: folder + "/in.csv")
            let recording = try await Self.compare(
                "{op: derive_column, name: c, expr: bad + 1}, {op: select, columns: [b, a]}",
                source: "{type: file, path: in.csv, options: {types: {bad: int}}}", sink: "format: parquet", in: folder)
            #expect(recording.directInputs == [0])
        }
    }
}
