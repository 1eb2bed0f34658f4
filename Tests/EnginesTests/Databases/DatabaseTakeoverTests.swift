import Fleet
import Foundation
import Pipeline
import Support
import Testing

@testable import Engines
/// Publishers that die, sleep and race each other.
@Suite(.timeLimit(.minutes(10))) struct DatabaseTakeoverTests {
    struct Killed: Error {}

    struct Stop: Sendable, CustomTestStringConvertible {
        var one: DatabaseSinkTests.Case
        var moment: DatabasePublisher.Moment
        var testDescription: String { "\(one.testDescription) at \(moment)" }

        /// Every case once behind its commit; elsewhere one of each kind of script.
        static let all = DatabaseSinkTests.Case.all.flatMap { one -> [Stop] in
            var moments = [DatabasePublisher.Moment.committed]
            if one.mode == .append { moments += [.begun, .looked] }
            if one.mode == .replace, one.kind == .mysql { moments += [.looked, .marked, .exchanged] }
            return moments.map { Stop(one: one, moment: $0) }
        }

        /// Of databases that let several programs in at a time: between the look at the marker and the load.
        static let shared = DatabaseSinkTests.Case.all.filter { !$0.kind.isFile }.flatMap { one -> [Stop] in
            let isReplacing = one.mode == .replace && one.kind == .mysql
            return (isReplacing ? [.looked, .marked, .exchanged] : [.looked]).map { Stop(one: one, moment: $0) }
        }
    }

    @Test("whoever takes over from a publisher that died at any moment finishes its load, once", arguments: Stop.all)
    func takenOver(_ stop: Stop) async throws {
        try await DatabaseScene.run(stop.one.kind) { scene in
            try await scene.load(Orders.older, .append)
            let run = RunID.random()
            let manifest = try await scene.staged(try scene.pipeline(Orders.newer, scene.sink(stop.one.mode)), run)
            let dying = DatabasePublisher(pool: scene.engine.pool) { if $0 == stop.moment { throw Killed() } }
            await #expect(throws: Killed.self) { try await dying.move(manifest) }
            try await scene.engine.publisher.move(manifest.taken(over: lease(run, token: 2)))
            #expect(try await Orders.held(scene) == Orders.expected(stop.one.mode))
            #expect(try await scene.tables() == ["orders", "quicketl_loads"])
        }
    }

    /// Changes nothing, though its successor and the next run loaded the table while it slept at a moment.
    private func expectStale(_ one: DatabaseSinkTests.Case, at moment: DatabasePublisher.Moment) async throws {
        try await DatabaseScene.run(one.kind) { scene in
            try await scene.load(Orders.older, .append)
            let run = RunID.random()
            let manifest = try await scene.staged(try scene.pipeline(Orders.newer, scene.sink(one.mode)), run)
            let successors = try scene.copied(manifest).taken(over: lease(run, token: 2))
            let stale = DatabasePublisher(pool: scene.engine.pool) {
                guard $0 == moment else { return }
                try await scene.engine.publisher.move(successors)
                try await scene.load("id,name\n9,z\n", .truncate)
            }
            // It may notice, or find everything done: both are right.
            try? await stale.move(manifest)
            #expect(try await Orders.held(scene) == ["9z"])
            #expect(try await scene.tables() == ["orders", "quicketl_loads"])
        }
    }

    @Test(
        "a publisher that wakes between its look and its load, after its successor and the next run, changes nothing",
        arguments: Stop.shared)
    func stale(_ stop: Stop) async throws { try await expectStale(stop.one, at: stop.moment) }

    @Test(
        "a publisher that begins after its successor and the next run changes nothing", arguments: DatabaseScene.kinds)
    func late(kind: DatabaseAddress.Kind) async throws {
        try await expectStale(DatabaseSinkTests.Case(kind: kind, mode: .append), at: .begun)
    }

    @Test("a commit whose answer was lost is heard of on a new connection", arguments: DatabaseScene.kinds)
    func lostAnswer(kind: DatabaseAddress.Kind) async throws {
        try await DatabaseScene.run(kind) { scene in
            try await scene.load(Orders.older, .append)
            let manifest = try await scene.staged(try scene.pipeline(Orders.newer, scene.sink(.append)))
            let publisher = DatabasePublisher(pool: scene.engine.pool) {
                if $0 == .committed { throw Failure(.engineLost, "the connection was lost") }
            }
            try await publisher.move(manifest)
            #expect(try await Orders.held(scene) == Orders.expected(.append))
        }
    }

    @Test(
        "two attempts of one run that load at the same time load it once",
        arguments: [DatabaseAddress.Kind.postgresql, .mysql])
    func races(kind: DatabaseAddress.Kind) async throws {
        try await DatabaseScene.run(kind) { scene in
            try await scene.load(Orders.older, .append)
            let run = RunID.random()
            let manifest = try await scene.staged(try scene.pipeline(Orders.newer, scene.sink(.append)), run)
            let movers = try (1...3).map { try scene.copied(manifest).taken(over: lease(run, token: $0)) }
            await withTaskGroup(of: Void.self) { group in
                for mover in movers {
                    // One that loses may be told so; the others' load stands.
                    group.addTask { try? await scene.engine.publisher.move(mover) }
                }
            }
            #expect(try await Orders.held(scene) == Orders.expected(.append))
        }
    }
}
