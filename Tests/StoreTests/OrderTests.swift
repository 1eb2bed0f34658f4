import Fleet
import Foundation
import Pipeline
import Testing

@testable import Store

@Suite struct OrderTests {
    @Test func runsWithOneKeyRunOneAtATimeInTheOrderAccepted() async throws {
        try await withStore { store async throws in
            let worker = try await store.runs.worker()
            let requests = (0..<5).map { _ in RunRequest.sample(key: "/out/x") }.shuffled()
            _ = try await store.runs.accept(Array(requests.prefix(3)))
            _ = try await store.runs.accept(Array(requests.suffix(2)))
            for request in requests {
                let claimed = try await store.runs.claim(worker, limit: 10)
                #expect(claimed.map(\.lease.runID) == [request.runID])
                let lease = try #require(claimed.first).lease
                #expect(try await store.runs.settle(lease, .succeeded(.sample(lease))) == .applied)
            }
            #expect(try await store.runs.claim(worker, limit: 10).isEmpty)
        }
    }

    @Test func aHeadThatWaitsForItsRetryKeepsTheKey() async throws {
        try await withStore { store async throws in
            let worker = try await store.runs.worker()
            try await store.runs.accepted(.sample(key: "k"), .sample(key: "k"))
            let lease = try #require(try await store.runs.claimOne(worker)).lease
            _ = try await store.runs.settle(lease, .retry(Failure(.engineLost, "x"), after: .seconds(3600)))
            #expect(try await store.runs.claimOne(worker) == nil)
            #expect(try await store.runs.cancel(lease.runID) == .cancelled)
            #expect(try await store.runs.claimOne(worker) != nil)
        }
    }

    @Test func aBlockedRunThatIsCancelledLetsTheNextOnePass() async throws {
        try await withStore { store async throws in
            let worker = try await store.runs.worker()
            let requests = (0..<3).map { _ in RunRequest.sample(key: "k") }
            _ = try await store.runs.accept(requests)
            #expect(try await store.runs.cancel(requests[1].runID) == .cancelled)
            for expected in [requests[0], requests[2]] {
                let lease = try #require(try await store.runs.claimOne(worker)).lease
                #expect(lease.runID == expected.runID)
                _ = try await store.runs.settle(lease, .succeeded(.sample(lease)))
            }
        }
    }

    @Test func higherPriorityIsClaimedFirstAndThenTheOlder() async throws {
        try await withStore { store async throws in
            let worker = try await store.runs.worker()
            let low = RunRequest.sample(priority: .low)
            let first = RunRequest.sample()
            let second = RunRequest.sample()
            let high = RunRequest.sample(priority: .high)
            for request in [low, first, second, high] { try await store.runs.accepted(request) }
            let order = try await store.runs.claim(worker, limit: 10).map(\.lease.runID)
            #expect(order == [high, first, second, low].map(\.runID))
        }
    }

    @Test func aHeadInheritsTheHighestPriorityBehindIt() async throws {
        try await withStore { store async throws in
            let worker = try await store.runs.worker()
            let head = RunRequest.sample(key: "k", priority: .low)
            let other = RunRequest.sample()
            try await store.runs.accepted(head)
            try await store.runs.accepted(other)
            let urgent = RunRequest.sample(key: "k", priority: .high)
            try await store.runs.accepted(urgent)
            #expect(try await store.runs.claim(worker, limit: 10).map(\.lease.runID) == [head.runID, other.runID])
        }
    }

    @Test func onlyTheTransitionsOfTheTableAreAllowed() async throws {
        try await withStore { store async throws in
            try await store.runs.accepted(.sample())
            _ = try await store.rows("DELETE FROM run_queue RETURNING 1")
            let connection = try await Connection.open(store.settings)
            for from in RunState.allCases {
                for to in RunState.allCases where from != to {
                    let setUp = """
                        ALTER TABLE runs DISABLE TRIGGER USER; \(Self.setting(from)); ALTER TABLE runs ENABLE TRIGGER USER
                        """
                    try await connection.run("test") { (on) throws(StoreError) in try on.script(setUp) }
                    var isAllowed = true
                    do {
                        try await connection.run("test") { (on) throws(StoreError) in try on.script(Self.setting(to)) }
                    } catch {
                        #expect((error as? StoreError)?.kind == .constraint)
                        isAllowed = false
                    }
                    #expect(isAllowed == from.allowedNext.contains(to), "\(from) to \(to)")
                }
            }
            await connection.close()
        }
    }

    private static func setting(_ state: RunState) -> String {
        """
        UPDATE runs SET state = '\(state.rawValue)', decided_at = now(),
               finished_at = \(state.isFinal ? "now()" : "NULL"), workflow_id = run_id
        """
    }

    @Test func aFinalStateAndAFinishingTimeGoTogether() async throws {
        try await withStore { store async throws in
            try await store.runs.accepted(.sample())
            for change in ["state = 'cancelled'", "finished_at = now()"] {
                await #expect(throws: StoreError.self) {
                    try await TestServer.administer(store.settings.connectionString, "UPDATE runs SET \(change)")
                }
            }
        }
    }
}
