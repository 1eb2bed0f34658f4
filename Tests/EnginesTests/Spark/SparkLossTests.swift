import Fleet
import Foundation
import Pipeline
import Support
import Testing

@testable import Engines

/// Servers that die and connections that break in the middle of a run.
@Suite(.serialized) struct SparkLossTests {
    /// Work over the square of so many rows.
    private static func spec(rows: Int, in folder: String) throws -> PipelineSpec {
        try write("a\n" + (0..<rows).map { "\($0)\n" }.joined(), to: folder + "/in.csv")
        return try PipelineLoader.load(
            yaml: """
                name: square
                source: {type: file, path: in.csv}
                transforms:
                - {op: join, right: {type: file, path: in.csv}, how: cross}
                - {op: derive_column, name: g, expr: (a + a_right) % 7}
                - {op: aggregate, group_by: [g], aggs: {n: count(*), s: sum((a * a_right) % 1000)}}
                - {op: sort, by: [g]}
                sink: {type: file, path: out.csv}
                """, file: "p.yml", variables: VariableScope(given: [:])
        ).spec
    }

    private static func attempt(_ spec: PipelineSpec, in folder: String) -> Attempt {
        Attempt(lease: lease(.random(), token: 1), pipeline: spec, baseDirectory: folder, acceptedAt: Date())
    }

    /// Kills the server with signal 9 as soon as Spark says that it works, `deaths` times at most. nil: the work was
    /// done before.
    private static func run(
        rows: Int, deaths: Int, on keeper: SparkKeeper, _ local: DuckDBEngine, in folder: String
    ) async throws -> Result<AttemptReport, any Error>? {
        let spec = try spec(rows: rows, in: folder)
        let (progress, note) = AsyncStream.makeStream(of: Void.self)
        let killer = Task {
            var killed: Set<Int32> = []
            for await _ in progress where killed.count < deaths {
                guard let process = await keeper.serverProcess, killed.insert(process).inserted else { continue }
                kill(process, SIGKILL)
            }
            return killed.count
        }
        let result: Result<AttemptReport, any Error>
        do {
            result = .success(
                try await local.execute(attempt(spec, in: folder), tables: SparkTables(keeper: keeper)) {
                    // Spark tells of tasks only while it executes.
                    if $0.phase == "execute", $0.fraction != nil { note.yield() }
                })
        } catch {
            result = .failure(error)
        }
        note.finish()
        return await killer.value == deaths ? result : nil
    }

    /// Where the work is done before the server dies, there is more of it.
    private static func outcome(
        deaths: Int, on keeper: SparkKeeper, _ local: DuckDBEngine, in folder: String
    ) async throws -> Result<AttemptReport, any Error> {
        for rows in [4000, 12_000, 36_000] {
            if let result = try await run(rows: rows, deaths: deaths, on: keeper, local, in: folder) { return result }
        }
        throw WaitedTooLong(what: "the work was always done before the server died")
    }

    @Test(.timeLimit(.minutes(10)))
    func aServerThatIsKilledInTheMiddleOfARunIsReplacedAndTheResultIsRight() async throws {
        try await withTemporaryFolder { folder in
            let local = DuckDBEngine(settings: try duckDBSettings(in: folder))
            let keeper = SparkKeeper(settings: try SparkForTests.settings())
            let report = try await Self.outcome(deaths: 1, on: keeper, local, in: folder).get()
            await keeper.shutDown()
            #expect(report.engine == "spark")
            try await FilePublisher().move(try #require(report.manifest))
            let found = try String(contentsOfFile: folder + "/out.csv", encoding: .utf8)
            let rows = try String(contentsOfFile: folder + "/in.csv", encoding: .utf8).split(separator: "\n").count - 1
            let spec = try Self.spec(rows: rows, in: folder)
            let wanted = try await local.execute(Self.attempt(spec, in: folder)) { _ in }
            try await FilePublisher().move(try #require(wanted.manifest))
            #expect(try String(contentsOfFile: folder + "/out.csv", encoding: .utf8) == found)
            await local.pool.shutDown()
        }
    }

    @Test(.timeLimit(.minutes(10)))
    func aRunWhoseServersDieAgainAndAgainEndsAsLostAndTheNextRunGetsANewServer() async throws {
        try await withTemporaryFolder { folder in
            try write("old", to: folder + "/out.csv")
            let local = DuckDBEngine(settings: try duckDBSettings(in: folder))
            let keeper = SparkKeeper(settings: try SparkForTests.settings())
            let failure = try await #require(throws: Failure.self) {
                try await Self.outcome(deaths: 2, on: keeper, local, in: folder).get()
            }
            #expect(failure.kind == .engineLost)
            #expect(failure.isTransient)
            #expect(try String(contentsOfFile: folder + "/out.csv", encoding: .utf8) == "old")
            let small = try Self.spec(rows: 10, in: folder)
            let report = try await local.execute(
                Self.attempt(small, in: folder), tables: SparkTables(keeper: keeper)
            ) { _ in }
            #expect(report.engine == "spark")
            #expect(report.metrics.rowsIn == 20)
            await keeper.shutDown()
            await local.pool.shutDown()
        }
    }

    @Test(.timeLimit(.minutes(10)))
    func aRunForWhichSparkHasNotMemoryEnoughSaysSoWithWhatToSet() async throws {
        try await withTemporaryFolder { folder in
            try write("k\na\n", to: folder + "/in.csv")
            let spec = try PipelineLoader.load(
                yaml: """
                    name: wide
                    source: {type: file, path: in.csv}
                    transforms: [{op: derive_column, name: wide, expr: "length(lpad(k, 1500000000, 'x'))"}]
                    sink: {type: file, path: out.csv}
                    """, file: "p.yml", variables: VariableScope(given: [:])
            ).spec
            var settings = try SparkForTests.settings()
            settings.driverMemory = "512m"
            let keeper = SparkKeeper(settings: settings)
            let local = DuckDBEngine(settings: try duckDBSettings(in: folder))
            let failure = await #expect(throws: Failure.self) {
                try await local.execute(Self.attempt(spec, in: folder), tables: SparkTables(keeper: keeper)) { _ in }
            }
            #expect(failure?.kind == .outOfMemory, "\(String(describing: failure))")
            #expect(failure?.message.contains("SPARK_DRIVER_MEMORY") == true)
            await keeper.shutDown()
            await local.pool.shutDown()
        }
    }

    @Test(.timeLimit(.minutes(5)))
    func aConnectionThatIsCutIsMadeAgainAndTheWorkIsDoneOnce() async throws {
        let cuts = try await Self.workOnce {
            $0.cut()
        } counting: {
            $0.cuts
        }
        #expect(cuts > 0, "nothing was cut")
    }

    @Test(.timeLimit(.minutes(5)))
    func anAnswerThatEndsInItsMiddleIsTakenUpAgainAndTheWorkIsDoneOnce() async throws {
        let ended = try await Self.workOnce {
            $0.endNextAnswer()
        } counting: {
            $0.endedAnswers
        }
        #expect(ended > 0, "no answer was ended")
    }

    /// Work that leaves a trace of each execution, through a proxy that `disturb` disturbs twice on the way.
    private static func workOnce(
        _ disturb: @escaping @Sendable (CuttingProxy) -> Void, counting count: (CuttingProxy) -> Int
    ) async throws -> Int {
        let shared = try SparkForTests.tables().keeper
        _ = try await shared.session()
        let remote = try await shared.remote()
        let proxy = try CuttingProxy(to: remote.port)
        defer { proxy.close() }
        var settings = try SparkForTests.settings()
        settings.place = .remote("sc://127.0.0.1:\(proxy.port)/;token=\(remote.token ?? "")")
        let keeper = SparkKeeper(settings: settings)
        // Each execution leaves a file in Java's folder for temporary ones.
        let mark = "quicketl-once-\(UUID().uuidString.lowercased())-"
        func marks() throws -> [String] {
            try FileManager.default.contentsOfDirectory(atPath: "/tmp").filter { $0.hasPrefix(mark) }
        }
        try await withTemporaryFolder { folder in
            let spec = try Self.spec(rows: 1, in: folder)
            let schemas = Dictionary(
                spec.usedSources.map { ($0.name, Schema([Schema.Column("a", .int64)])) }, uniquingKeysWith: { $1 })
            let plan = try Plan.make(spec, file: nil, schemas: schemas)
            let table = SparkTable(
                keeper: keeper, prefix: "scut_",
                sql: "SELECT reflect('java.io.File', 'createTempFile', '\(mark)', '') AS o0, "
                    + "reflect('java.lang.Thread', 'sleep', 8000L) AS o1 FROM range(1)",
                sources: [],
                request: TableRequest(
                    plan: plan, acceptedAt: Date(), id: UUID(), inputs: [], folder: folder + "/out",
                    result: .handedBack))
            let (progress, note) = AsyncStream.makeStream(of: Void.self)
            let work = Task {
                defer { note.finish() }
                return try await table.make { _ in note.yield() }
            }
            var cuts = 0
            for await _ in progress where cuts < 2 {
                disturb(proxy)
                cuts += 1
            }
            #expect(try await work.value == 1)
            let left = try marks()
            #expect(left.count == 1)
            for name in left { try FileManager.default.removeItem(atPath: "/tmp/" + name) }
        }
        await keeper.shutDown()
        return count(proxy)
    }

    @Test(.timeLimit(.minutes(5)))
    func aServerThatNobodyUsesEnds() async throws {
        var settings = try SparkForTests.settings()
        settings.idleLimit = .milliseconds(200)
        let keeper = SparkKeeper(settings: settings)
        let process = try await keeper.use { session in
            try await session.warmUp()
            return await keeper.serverProcess
        }
        try await waitUntil("the server has ended") { await keeper.serverProcess == nil }
        await keeper.shutDown()
        #expect(!isAlive(try #require(process)))
    }
}
