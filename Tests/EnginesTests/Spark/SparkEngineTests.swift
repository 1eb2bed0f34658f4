import Fleet
import Foundation
import Pipeline
import Support
import Testing

@testable import Engines

@Suite struct SparkEngineTests {
    /// A run that takes far longer than any test: each row of a cross join of a cross join.
    private static func endless(in folder: String) throws -> PipelineSpec {
        try write("a\n" + (0..<3000).map { "\($0)\n" }.joined(), to: folder + "/in.csv")
        return try PipelineLoader.load(
            yaml: """
                name: endless
                source: {type: file, path: in.csv}
                transforms:
                - {op: join, right: {type: file, path: in.csv}, how: cross}
                - {op: join, right: {type: file, path: in.csv}, how: cross}
                - {op: filter, predicate: a % 7 = 3 and a_right % 5 = 1}
                - {op: aggregate, group_by: [], aggs: {n: "stddev(a * a_right / (a_right2 + 1))"}}
                sink: {type: file, path: out.parquet}
                """, file: "p.yml", variables: VariableScope(given: [:])
        ).spec
    }

    private static func attempt(_ spec: PipelineSpec, in folder: String) -> Attempt {
        Attempt(lease: lease(.random(), token: 1), pipeline: spec, baseDirectory: folder, acceptedAt: Date())
    }

    private struct Working: Sendable {
        let stream: AsyncStream<Void>
        let note: @Sendable (AttemptProgress) -> Void

        init() {
            let (stream, continuation) = AsyncStream.makeStream(of: Void.self)
            self.stream = stream
            // Spark tells of tasks only while it executes.
            note = { if $0.phase == "execute", $0.fraction != nil { continuation.yield() } }
        }

        func started() async { for await _ in stream { return } }
    }

    @Test(.timeLimit(.minutes(5)))
    func aCancelledRunEndsOnTheServerTooAndLeavesTheOldOutput() async throws {
        let tables = try SparkForTests.tables()
        try await withTemporaryFolder { folder in
            let engine = DuckDBEngine(settings: try duckDBSettings(in: folder))
            let spec = try Self.endless(in: folder)
            try write("old", to: folder + "/out.parquet")
            let working = Working()
            let run = Task {
                try await engine.execute(Self.attempt(spec, in: folder), tables: tables, progress: working.note)
            }
            await working.started()
            run.cancel()
            await #expect(throws: CancellationError.self) { try await run.value }
            await engine.pool.shutDown()
            #expect(
                try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == [
                    "in.csv", "out.parquet", "tmp",
                ])
            #expect(try String(contentsOfFile: folder + "/out.parquet", encoding: .utf8) == "old")
        }
    }

    @Test(.timeLimit(.minutes(5)))
    func runsAtTheSameTimeReadTheirOwnInputs() async throws {
        let tables = try SparkForTests.tables()
        try await withTemporaryFolder { folder in
            var settings = try duckDBSettings(in: folder)
            settings.slots = 4
            let engine = DuckDBEngine(settings: settings)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 1...12 {
                    group.addTask {
                        try write("a\n\(number)\n\(number)\n", to: "\(folder)/\(number).csv")
                        let spec = try PipelineLoader.load(
                            yaml: """
                                name: own
                                source: {type: file, path: \(number).csv}
                                transforms: [{op: aggregate, group_by: [], aggs: {n: sum(a)}}]
                                sink: {type: file, path: out-\(number).csv}
                                """, file: "p.yml", variables: VariableScope(given: [:])
                        ).spec
                        let report = try await engine.execute(Self.attempt(spec, in: folder), tables: tables) { _ in }
                        try await FilePublisher().move(try #require(report.manifest))
                        let text = try String(contentsOfFile: "\(folder)/out-\(number).csv", encoding: .utf8)
                        #expect(text == "n\n\(number * 2)\n")
                    }
                }
                try await group.waitForAll()
            }
            await engine.pool.shutDown()
        }
    }

    @Test(.timeLimit(.minutes(5)))
    func aPipelineMayHaveHundredsOfSteps() async throws {
        let tables = try SparkForTests.tables()
        try await withTemporaryFolder { folder in
            try write("a\n1\n2\n", to: folder + "/in.csv")
            let steps = (1...250).map { "- {op: derive_column, name: a, expr: 'a + \($0 % 3) * 0 + 1'}\n" }.joined()
            let spec = try PipelineLoader.load(
                yaml: "name: long\nsource: {type: file, path: in.csv}\ntransforms:\n\(steps)- {op: sort, by: [a]}\n"
                    + "sink: {type: file, path: out.csv}\n", file: "p.yml", variables: VariableScope(given: [:])
            ).spec
            let engine = DuckDBEngine(settings: try duckDBSettings(in: folder))
            let report = try await engine.execute(Self.attempt(spec, in: folder), tables: tables) { _ in }
            try await FilePublisher().move(try #require(report.manifest))
            #expect(try String(contentsOfFile: folder + "/out.csv", encoding: .utf8) == "a\n251\n252\n")
            await engine.pool.shutDown()
        }
    }

    @Test(.timeLimit(.minutes(5)))
    func aTextThatOnlyDuckDBTakesForAMomentIsRefusedAndNotReadOtherwise() async throws {
        let tables = try SparkForTests.tables()
        try await withTemporaryFolder { folder in
            try write("a\n2024-01-01\nEpoch\n", to: folder + "/in.csv")
            let spec = try PipelineLoader.load(
                yaml: "name: p\nsource: {type: file, path: in.csv, options: {types: {a: text}}}\n"
                    + "transforms: [{op: derive_column, name: b, expr: TRY_CAST(a AS date)}]\n"
                    + "sink: {type: file, path: out.csv}\n", file: "p.yml", variables: VariableScope(given: [:])
            ).spec
            let engine = DuckDBEngine(settings: try duckDBSettings(in: folder))
            let failure = await #expect(throws: Failure.self) {
                try await engine.execute(Self.attempt(spec, in: folder), tables: tables) { _ in }
            }
            #expect(failure?.kind == .badData)
            #expect(failure?.message.contains("epoch") == true)
            await engine.pool.shutDown()
        }
    }

    @Test func withoutJavaTheErrorSaysWhatToDo() {
        let error = #expect(throws: Failure.self) {
            try SparkHome.locate(environment: ["JAVA_HOME": "/nowhere", "SPARK_HOME": "/nowhere"], toolFolders: [])
        }
        #expect(error?.message.contains("SPARK_HOME names /nowhere") == true)
        #expect(throws: Failure.self) { try SparkHome.locate(environment: [:], toolFolders: []) }
    }

    @Test func replacingWhatMatchesBetweenTwoSignsIsForDuckDBAlone() {
        for pattern in ["", "x*", "a|", "(b?)", "^|,", "[^a]*", "x*$", "^*x*"] {
            #expect(SparkRegex.matchesBetweenSigns(pattern), "\(pattern)")
        }
        for pattern in ["x", "x+", "[0-9]+", "^a", "^$", "^\\s*", "é|b"] {
            #expect(!SparkRegex.matchesBetweenSigns(pattern), "\(pattern)")
        }
    }
}
