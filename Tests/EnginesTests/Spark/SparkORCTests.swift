import Fleet
import Foundation
import Pipeline
import Support
import Testing

@testable import Engines

/// ORC is read and written by Spark, and checked and published as everything else.
@Suite struct SparkORCTests {
    private struct Scene {
        let folder: String
        let engine: DuckDBEngine
        let tables: SparkTables

        /// Runs, and publishes.
        @discardableResult
        func run(_ rest: String, source: String, sink: String) async throws -> AttemptReport {
            let spec = try PipelineLoader.load(
                yaml: "name: p\nsource: \(source)\n\(rest)\nsink: \(sink)\n", file: "p.yml",
                variables: VariableScope(given: [:])
            ).spec
            let report = try await engine.execute(
                Attempt(lease: lease(.random(), token: 1), pipeline: spec, baseDirectory: folder, acceptedAt: Date()),
                tables: tables
            ) { _ in }
            if let manifest = report.manifest { try await FilePublisher().move(manifest) }
            return report
        }

        func make(_ statements: String...) async throws {
            _ = try await withDuckDB(in: folder) { process in try await process.execute(statements) }
        }

        func text(_ path: String) throws -> String { try String(contentsOfFile: "\(folder)/\(path)", encoding: .utf8) }

        /// The rows of an ORC source as CSV.
        func rows(of path: String, _ transforms: String = "") async throws -> String {
            try await run(
                "transforms: [\(transforms)]", source: "{type: file, format: orc, path: \(path)}",
                sink: "{type: file, path: shown.csv}")
            return try text("shown.csv")
        }

        func files(_ path: String) throws -> [String] { try FileSystem.files(below: "\(folder)/\(path)") }
    }

    private static func withScene(_ body: (Scene) async throws -> Void) async throws {
        let tables = try SparkForTests.tables()
        try await withTemporaryFolder { folder in
            let engine = DuckDBEngine(settings: try duckDBSettings(in: folder))
            do {
                try await body(Scene(folder: folder, engine: engine, tables: tables))
                await engine.pool.shutDown()
            } catch {
                await engine.pool.shutDown()
                throw error
            }
        }
    }

    private static let sort = "{op: sort, by: [i]}"

    @Test(.timeLimit(.minutes(5)))
    func everyTypeComesBackFromPartitionsAsItWasAndChecksSeeIt() async throws {
        try await Self.withScene { scene in
            try await scene.make(
                """
                COPY (SELECT CAST(i AS BIGINT) AS i, CAST(i AS INTEGER) AS small, 'n🙂' || i AS "näme x",
                CASE WHEN i % 4 > 0 THEN CAST(i AS DOUBLE) / 4 ELSE 'nan' END AS x, i % 2 = 0 AS even,
                CAST(i AS DECIMAL(9, 2)) AS d, TIMESTAMP '1969-12-31 23:59:59.25' + INTERVAL (i) SECOND AS ts,
                TIMESTAMPTZ '2024-01-01 10:00:00+02' AS tz, DATE '2024-01-30' + CAST(i % 3 AS INT) AS day,
                CASE WHEN i % 4 > 0 THEN 'r /' || i % 4 ELSE '' END AS region, encode('b' || i) AS raw
                FROM range(20) t(i)) TO '\(scene.folder)/in.parquet'
                """)
            let checks =
                "checks: [{type: not_null, columns: [i, day]}, {type: row_count, min: 20, max: 20}]"
            let report = try await scene.run(
                "transforms: [\(Self.sort)]\n\(checks)", source: "{type: file, path: in.parquet}",
                sink: "{type: file, format: orc, path: out, partition_by: [region, day]}")
            #expect(report.engine == "spark")
            #expect(report.checks.count == 2 && report.checks.allSatisfy { $0.passed })
            #expect(report.metrics.rowsOut == 20)
            let files = try scene.files("out")
            #expect(files.allSatisfy { $0.hasSuffix(".orc") && FileSystem.name(of: $0).hasPrefix("part-") })
            #expect(files.contains { $0.hasPrefix("region=__HIVE_DEFAULT_PARTITION__/day=2024-01-30/") })
            // The same rows, without the way over ORC.
            try await scene.run(
                "transforms: [{op: derive_column, name: region, expr: \"nullif(region, '')\"}, \(Self.sort)]",
                source: "{type: file, path: in.parquet}", sink: "{type: file, path: wanted.csv}")
            let columns = "{op: select, columns: [i, small, näme x, x, even, d, ts, tz, day, region, raw]}"
            #expect(try await scene.rows(of: "out", "\(columns), \(Self.sort)") == scene.text("wanted.csv"))
            // Nothing of an attempt stays.
            #expect(try FileSystem.names(in: scene.folder).contains(StagingPlace.folderName) == false)
        }
    }

    @Test(.timeLimit(.minutes(5)))
    func oneFileKeepsItsOrderAndWhatIsAppendedComesBehindIt() async throws {
        try await Self.withScene { scene in
            try await scene.make(
                "COPY (SELECT (i * 7919) % 3000 AS i FROM range(3000) t(i)) TO '\(scene.folder)/in.parquet'")
            let sink = "{type: file, path: out.orc, mode: append}"
            for descending in [false, true] {
                try await scene.run(
                    "transforms: [{op: sort, by: [i], descending: \(descending)}]",
                    source: "{type: file, path: in.parquet}", sink: sink)
            }
            let rows = (0..<3000).map { "\($0)\n" }
            #expect(try await scene.rows(of: "out.orc") == "i\n" + (rows + rows.reversed()).joined())
            let failure = try await #require(throws: Failure.self) {
                try await scene.run(
                    "transforms: [{op: derive_column, name: j, expr: i}]", source: "{type: file, path: in.parquet}",
                    sink: sink)
            }
            #expect(failure.message.contains("its columns are (i int64), those of the pipeline (i int64, j int64)"))
        }
    }

    @Test(.timeLimit(.minutes(5)))
    func aFolderThatThePipelineReadsIsReplacedAppendedToAndReplacedByPartitions() async throws {
        try await Self.withScene { scene in
            try write("i,p\n1,a\n2,b\n", to: scene.folder + "/in.csv")
            func sink(_ mode: String) -> String {
                "{type: file, format: orc, path: out, partition_by: [p], mode: \(mode)}"
            }
            let csv = "{type: file, path: in.csv}"
            try await scene.run("transforms: []", source: csv, sink: sink("overwrite"))
            try await scene.run(
                "transforms: [{op: derive_column, name: i, expr: i * 10}]",
                source: "{type: file, format: orc, path: out}", sink: sink("overwrite"))
            #expect(try await scene.rows(of: "out", Self.sort) == "i,p\n10,a\n20,b\n")
            try await scene.run("transforms: []", source: csv, sink: sink("append"))
            #expect(try await scene.rows(of: "out", Self.sort) == "i,p\n1,a\n2,b\n10,a\n20,b\n")
            try await scene.run(
                "transforms: [{op: filter, predicate: i = 1}]", source: csv, sink: sink("overwrite_partitions"))
            #expect(try await scene.rows(of: "out", Self.sort) == "i,p\n1,a\n2,b\n20,b\n")
            #expect(try await scene.rows(of: "out/p=b/", Self.sort) == "i,p\n2,b\n20,b\n")
        }
    }

    @Test(.timeLimit(.minutes(5)))
    func aPivotAndAJoinTakeTheirRowsFromORCToo() async throws {
        try await Self.withScene { scene in
            try write("k,c,v\n1,b,10\n1,a,20\n2,b,30\n2,,40\n", to: scene.folder + "/in.csv")
            try write("k,w\n1,x\n2,y\n", to: scene.folder + "/names.csv")
            try await scene.run(
                "transforms: []", source: "{type: file, path: in.csv}", sink: "{type: file, path: in.orc}")
            let rows = try await scene.rows(
                of: "in.orc",
                "{op: join, right: {type: file, path: names.csv}, on: [k]}, "
                    + "{op: pivot, index: [k, w], columns: c, values: v, aggfunc: sum}, {op: sort, by: [k]}")
            #expect(rows == "k,w,a,b,null\n1,x,20,10,\n2,y,,30,40\n")
        }
    }

    @Test(.timeLimit(.minutes(5)), arguments: ["out.orc", "out"])
    func aResultWithoutRowsHasItsColumnsAndAFailedCheckLeavesTheOlderOne(path: String) async throws {
        try await Self.withScene { scene in
            try write("i,t\n1,a\n", to: scene.folder + "/in.csv")
            let (csv, sink) = ("{type: file, path: in.csv}", "{type: file, format: orc, path: \(path)}")
            try await scene.run("transforms: [{op: filter, predicate: i > 1}]", source: csv, sink: sink)
            #expect(try await scene.rows(of: path) == "i,t\n")
            let report = try await scene.run(
                "transforms: []\nchecks: [{type: row_count, min: 2}]", source: csv, sink: sink)
            #expect(report.manifest == nil)
            #expect(try await scene.rows(of: path) == "i,t\n")
            let failure = try await #require(throws: Failure.self) { try await scene.rows(of: "missing.orc") }
            #expect(failure.kind == .inputMissing)
            try write("no ORC", to: scene.folder + "/bad.orc")
            let bad = try await #require(throws: Failure.self) { try await scene.rows(of: "bad.orc") }
            #expect(bad.kind == .badData)
            #expect(bad.step == "read_source")
        }
    }

    @Test(.timeLimit(.minutes(5)))
    func itIsForSparkAlone() async throws {
        try await Self.withScene { scene in
            try write("i\n1\n", to: scene.folder + "/in.csv")
            let spark = SparkEngine(settings: try SparkForTests.settings(), local: scene.engine)
            let routed = RoutedEngine(duckdb: scene.engine, spark: spark)
            func attempt(_ engine: String) throws -> Attempt {
                let spec = try PipelineLoader.load(
                    yaml: "name: p\nengine: \(engine)\nsource: {type: file, path: in.csv}\ntransforms: []\n"
                        + "sink: {type: file, path: out.orc}\n", file: "p.yml", variables: VariableScope(given: [:])
                ).spec
                return Attempt(
                    lease: lease(.random(), token: 1), pipeline: spec, baseDirectory: scene.folder, acceptedAt: Date())
            }
            let refused = try attempt("duckdb")
            let failure = try await #require(throws: Failure.self) { try await routed.execute(refused) { _ in } }
            #expect(
                failure.message
                    == "the pipeline runs on Spark only: it writes ORC, which DuckDB does not; choose the engine spark or auto"
            )
            #expect(failure.kind == .invalidPipeline)
            let alone = try await #require(throws: Failure.self) { try await scene.engine.execute(refused) { _ in } }
            #expect(alone.message == failure.message)
            let decision = try await routed.explain(try attempt("auto")).decision
            #expect(decision.engine == .spark && decision.rule == .capability)
            #expect(decision.reason == "Spark, which alone can do it: it writes ORC, which DuckDB does not")
            #expect(Decision(decision.question) == decision)
            await spark.shutDown()
        }
    }
}
