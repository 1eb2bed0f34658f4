import Fleet
import Foundation
import Pipeline
import Support
import Synchronization
import Testing

@testable import Engines

@Suite struct FilePublisherTests {
    private struct Killed: Error {}

    struct Case: Sendable, CustomTestStringConvertible {
        var move: Manifest.Move
        var replaces: Bool
        var moment: FilePublisher.Moment
        /// Which time the moment comes: moves with several entries have some moments more than once.
        var occurrence: Int

        var testDescription: String { "\(move), \(replaces ? "over an older result" : "new"), \(moment) \(occurrence)" }

        static let all = StagedResult.moves.flatMap { move in
            [true, false].flatMap { replaces in
                FilePublisher.Moment.allCases.flatMap { moment in
                    let entries = move == .addFiles || move == .exchangePartitions ? 2 : 1
                    return (1...(moment == .checked || moment == .placed ? entries : 1)).map {
                        Case(move: move, replaces: replaces, moment: moment, occurrence: $0)
                    }
                }
            }
        }
    }

    private func inScene(
        _ move: Manifest.Move, replaces: Bool, _ body: (StagedResult) async throws -> Void
    ) async throws {
        try await withTemporaryFolder { folder in
            let scene = StagedResult(folder: folder, move: move, replaces: replaces)
            try scene.makeOlder()
            try await body(scene)
        }
    }

    /// A publisher that does something once, at a moment of the case.
    private func publisher(at one: Case, _ action: @escaping @Sendable () throws -> Void) -> FilePublisher {
        let count = Mutex(0)
        return FilePublisher { moment in
            guard moment == one.moment else { return }
            let isNow = count.withLock {
                $0 += 1
                return $0 == one.occurrence
            }
            if isNow { try action() }
        }
    }

    @Test(
        "a result is moved into place, and nothing is left beside it", arguments: StagedResult.moves, [true, false])
    func moves(_ move: Manifest.Move, replaces: Bool) async throws {
        try await inScene(move, replaces: replaces) { scene in
            let run = RunID.random()
            let manifest = try scene.stage("new", lease: lease(run, token: 1))
            #expect(try scene.found().filter { !$0.key.hasPrefix(".") } == scene.expected([]))
            try await FilePublisher().move(manifest)
            #expect(try scene.found() == scene.expected([(run, "new")]))
            #expect(try FileSystem.entry(at: scene.folder + "/.quicketl-staging") == nil)
            // As after a lost answer.
            try await FilePublisher().move(manifest)
            #expect(try scene.found() == scene.expected([(run, "new")]))
        }
    }

    @Test("a publisher killed at any moment can repeat its move", arguments: Case.all)
    func repeated(_ one: Case) async throws {
        try await inScene(one.move, replaces: one.replaces) { scene in
            let run = RunID.random()
            let manifest = try scene.stage("new", lease: lease(run, token: 1))
            await #expect(throws: Killed.self) { try await publisher(at: one) { throw Killed() }.move(manifest) }
            try await FilePublisher().move(manifest)
            #expect(try scene.found() == scene.expected([(run, "new")]))
        }
    }

    @Test("whoever takes over from a publisher killed at any moment finishes its move", arguments: Case.all)
    func takenOver(_ one: Case) async throws {
        try await inScene(one.move, replaces: one.replaces) { scene in
            let run = RunID.random()
            let manifest = try scene.stage("new", lease: lease(run, token: 1))
            await #expect(throws: Killed.self) { try await publisher(at: one) { throw Killed() }.move(manifest) }
            // Killed in its turn, at the same moment.
            let second = manifest.taken(over: lease(run, token: 2))
            _ = try? await publisher(at: one) { throw Killed() }.move(second)
            try await FilePublisher().move(manifest.taken(over: lease(run, token: 3)))
            #expect(try scene.found() == scene.expected([(run, "new")]))
        }
    }

    @Test("a publisher that wakes at any moment after its successor published changes nothing", arguments: Case.all)
    func stale(_ one: Case) async throws {
        try await inScene(one.move, replaces: one.replaces) { scene in
            let run = RunID.random()
            let manifest = try scene.stage("new", lease: lease(run, token: 1))
            let stale = publisher(at: one) {
                try FilePublisher().moveBlocking(manifest.taken(over: lease(run, token: 2)))
            }
            // It may notice that it was replaced, or find everything done: both are right.
            try? await stale.move(manifest)
            #expect(try scene.found() == scene.expected([(run, "new")]))
        }
    }

    @Test("a publisher that wakes after its successor and the next run published changes nothing", arguments: Case.all)
    func staleAfterNextRun(_ one: Case) async throws {
        try await inScene(one.move, replaces: one.replaces) { scene in
            let (run, next) = (RunID.random(), RunID.random())
            let manifest = try scene.stage("new", lease: lease(run, token: 1))
            let stale = publisher(at: one) {
                try FilePublisher().moveBlocking(manifest.taken(over: lease(run, token: 2)))
                let nextManifest = try scene.stage("newer", lease: lease(next, token: 1))
                try FilePublisher().moveBlocking(nextManifest)
            }
            try? await stale.move(manifest)
            #expect(try scene.found() == scene.expected([(run, "new"), (next, "newer")]))
        }
    }

    @Test("a publisher whose successor was killed at any moment does not go on in its place", arguments: Case.all)
    func staleAfterKilledSuccessor(_ one: Case) async throws {
        try await inScene(one.move, replaces: one.replaces) { scene in
            let run = RunID.random()
            let manifest = try scene.stage("new", lease: lease(run, token: 1))
            let successor = manifest.taken(over: lease(run, token: 2))
            try? await publisher(at: one) { throw Killed() }.move(successor)
            let before = try scene.found()
            try? await FilePublisher().move(manifest)
            if one.moment != .begun { #expect(try scene.found() == before) }
            try await FilePublisher().move(successor)
            #expect(try scene.found() == scene.expected([(run, "new")]))
        }
    }

    @Test(
        "a staged result that somebody removed is an error, and the older result stays", arguments: StagedResult.moves)
    func removedStaging(_ move: Manifest.Move) async throws {
        try await inScene(move, replaces: true) { scene in
            let manifest = try scene.stage("new", lease: lease(RunID.random(), token: 1))
            try FileSystem.removeTree(manifest.stagingDirectory)
            let error = await #expect(throws: Failure.self) { try await FilePublisher().move(manifest) }
            #expect(error?.message.contains("the staged result is gone") == true)
            #expect(try scene.found() == scene.expected([]))
        }
    }

    @Test("discarding removes what was staged, but not what a newer token has claimed")
    func discards() async throws {
        try await inScene(.exchangeFolder, replaces: true) { scene in
            let run = RunID.random()
            let manifest = try scene.stage("new", lease: lease(run, token: 1))
            let successor = manifest.taken(over: lease(run, token: 2))
            let killed = FilePublisher { if $0 == .claimed { throw Killed() } }
            await #expect(throws: Killed.self) { try await killed.move(successor) }
            await FilePublisher().discard(manifest)
            try await FilePublisher().move(successor)
            #expect(try scene.found() == scene.expected([(run, "new")]))

            let other = try scene.stage("other", lease: lease(RunID.random(), token: 1))
            await FilePublisher().discard(other)
            #expect(try scene.found() == scene.expected([(run, "new")]))
        }
    }

    @Test("a new attempt removes what older attempts of the same run left, and nobody else's staging")
    func sweeps() async throws {
        try await withTemporaryFolder { folder in
            let (run, other) = (RunID.random(), RunID.random())
            func place(_ run: RunID, _ token: Int64) -> StagingPlace {
                StagingPlace(in: folder + "/s", lease: lease(run, token: token))
            }
            let places = [place(run, 1), place(run, 3), place(other, 1)]
            for one in places { try one.create() }
            try place(run, 2).create()
            let exist = try places.map { try FileSystem.entry(at: $0.directory) != nil }
            #expect(exist == [false, true, true])
        }
    }
}
