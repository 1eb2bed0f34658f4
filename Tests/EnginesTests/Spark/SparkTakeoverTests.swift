import Fleet
import Foundation
import Pipeline
import Support
import Testing

@testable import Engines

/// A worker that takes over an attempt finds the operation which the dead one had begun on a server of somebody else.
@Suite struct SparkTakeoverTests {
    private struct Scene {
        let folder: String
        let settings: SparkSettings

        /// An operation that takes `seconds`, in a place of its own.
        func table(_ name: String, seconds: Int, on keeper: SparkKeeper, plan: TableRequest) throws -> SparkTable {
            let place = "\(folder)/\(name)"
            try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
            var request = plan
            request.id = UUID()
            request.folder = place + "/out"
            request.note = place + "/operation.json"
            return SparkTable(
                keeper: keeper, prefix: "s\(name)_",
                sql: "SELECT id AS o0, reflect('java.lang.Thread', 'sleep', \(seconds * 1000)L) AS o1 FROM range(1)",
                sources: [], request: request)
        }
    }

    private static func withScene(_ body: (Scene) async throws -> Void) async throws {
        let shared = try SparkForTests.tables().keeper
        _ = try await shared.session()
        let remote = try await shared.remote()
        var settings = try SparkForTests.settings()
        settings.place = .remote("sc://\(remote.host):\(remote.port)/;token=\(remote.token ?? "")")
        try await withTemporaryFolder { folder in try await body(Scene(folder: folder, settings: settings)) }
    }

    private static func request() throws -> TableRequest {
        let spec = try PipelineLoader.load(
            yaml: "name: p\nsource: {type: file, path: in.csv}\nsink: {type: file, path: out.csv}\n", file: "p.yml",
            variables: VariableScope(given: [:])
        ).spec
        let plan = try Plan.make(
            spec, file: nil, schemas: [spec.usedSources[0].name: Schema([Schema.Column("a", .int64)])])
        return TableRequest(
            plan: plan, acceptedAt: Date(), id: UUID(), inputs: [], folder: "", result: .handedBack)
    }

    /// Begins the work, and is gone while it goes on. false: the work was done before.
    private static func beginAndDie(_ scene: Scene, seconds: Int) async throws -> Bool {
        let keeper = SparkKeeper(settings: scene.settings)
        let table = try scene.table("dead", seconds: seconds, on: keeper, plan: request())
        let (progress, note) = AsyncStream.makeStream(of: Void.self)
        let run = Task {
            defer { note.finish() }
            return try await table.make { _ in note.yield() }
        }
        for await _ in progress { break }
        // Closes the connection and tells nobody, as the end of a process does.
        await keeper.shutDown()
        do {
            _ = try await run.value
            return false
        } catch {
            return true
        }
    }

    @Test(.timeLimit(.minutes(5)))
    func theOperationOfADeadWorkerIsAttachedToAndNotBegunAgain() async throws {
        try await Self.withScene { scene in
            var seconds = 6
            // Where the machine is so slow that the work was done before the worker died, it takes longer.
            while !(try await Self.beginAndDie(scene, seconds: seconds)), seconds < 60 {
                seconds *= 2
                try FileManager.default.removeItem(atPath: scene.folder + "/dead")
            }
            let keeper = SparkKeeper(settings: scene.settings)
            let heir = try scene.table("heir", seconds: seconds, on: keeper, plan: Self.request())
            let made = try await heir.takeOver(scene.folder + "/dead/operation.json") { _ in }
            #expect(made?.rows == 1)
            #expect(FileManager.default.fileExists(atPath: scene.folder + "/heir/out"))
            #expect(!FileManager.default.fileExists(atPath: scene.folder + "/dead/out"))
            // Once it has been taken, there is nothing left to take.
            let second = try scene.table("second", seconds: seconds, on: keeper, plan: Self.request())
            let again = try await second.takeOver(scene.folder + "/dead/operation.json") { _ in }
            #expect(again == nil)
            await keeper.shutDown()
        }
    }

    @Test(.timeLimit(.minutes(5)))
    func otherWorkIsInterruptedAndNotTakenFor() async throws {
        try await Self.withScene { scene in
            guard try await Self.beginAndDie(scene, seconds: 60) else {
                Issue.record("the work was done before the worker died")
                return
            }
            let keeper = SparkKeeper(settings: scene.settings)
            let heir = try scene.table("heir", seconds: 61, on: keeper, plan: Self.request())
            let made = try await heir.takeOver(scene.folder + "/dead/operation.json") { _ in }
            #expect(made == nil)
            #expect(!FileManager.default.fileExists(atPath: scene.folder + "/dead/out/_SUCCESS"))
            await keeper.shutDown()
        }
    }
}
