import Fleet
import Foundation
import Pipeline
import Testing

@testable import Store

/// Runs whose workers die: beside others they may be innocent, alone they are not.
@Suite(.serialized) struct PoisonTests {
    /// A worker claims, then is found dead; answers what it had.
    private func die(_ store: PostgresStore, observer: WorkerID, claiming limit: Int = 1) async throws -> [RunID] {
        let worker = try await store.runs.worker(locked: false)
        let had = try await store.runs.claim(worker, limit: limit).map(\.lease.runID)
        let seen = try await store.runs.observeWorkers(except: observer).filter { $0.id == worker }
        #expect(try await store.runs.reclaim(from: seen) == had.count)
        return had
    }

    @Test func aRunIsSetAsideWhenTwoWorkersDiedThatHadNothingElse() async throws {
        try await withStore { store async throws in
            let observer = try await store.runs.worker(locked: false)
            let poison = RunRequest.sample(key: "k")
            let next = RunRequest.sample(key: "k")
            let bystander = RunRequest.sample()
            try await store.runs.accepted(poison, next, bystander)
            for _ in 0..<2 {
                let had = try await die(store, observer: observer, claiming: 4)
                #expect(had == [poison.runID, bystander.runID])
            }
            // From here on each of them has a worker for itself, however many slots are free.
            let unlucky = try await store.runs.worker(locked: false)
            #expect(try await store.runs.claim(unlucky, limit: 4).map(\.lease.runID) == [poison.runID])
            let other = try await store.runs.worker(locked: false)
            let innocent = try await store.runs.claim(other, limit: 4)
            #expect(innocent.map(\.lease.runID) == [bystander.runID])
            _ = try await store.runs.settle(innocent[0].lease, .succeeded(.sample(innocent[0].lease)))
            let seen = try await store.runs.observeWorkers(except: observer).filter { $0.id == unlucky }
            #expect(try await store.runs.reclaim(from: seen) == 1)
            #expect(try await store.history.run(poison.runID)?.summary.state == .queued)
            #expect(try await die(store, observer: observer, claiming: 4) == [poison.runID])

            let dead = try #require(try await store.history.run(poison.runID))
            #expect(dead.summary.state == .dead)
            #expect(dead.errorKind == "poison")
            #expect(dead.deaths == 4)
            let error = try #require(dead.summary.error)
            #expect(error.contains("workers died 4 times while they had it, 2 of them with nothing else to do"))
            for attempt in 1...4 { #expect(error.contains("attempt \(attempt) on here (process 1): its worker died")) }
            #expect(try await store.history.run(bystander.runID)?.summary.state == .succeeded)
            #expect(try await store.runs.claimOne(observer)?.lease.runID == next.runID)
        }
    }

    @Test func aWorkerThatHasARunAloneClaimsNothingBesideIt() async throws {
        try await withStore { store async throws in
            let observer = try await store.runs.worker(locked: false)
            try await store.runs.accepted(.sample())
            for _ in 0..<2 { _ = try await die(store, observer: observer) }
            let worker = try await store.runs.worker(locked: false)
            let alone = try #require(try await store.runs.claim(worker, limit: 4).first).lease
            try await store.runs.accepted(.sample())
            #expect(try await store.runs.claim(worker, limit: 3).isEmpty)
            _ = try await store.runs.settle(alone, .succeeded(.sample(alone)))
            #expect(try await store.runs.claim(worker, limit: 4).count == 1)
        }
    }

    @Test func oneBusyWorkerMakesRoomForARunAloneAndTheOthersGoOn() async throws {
        try await withStore { store async throws in
            let observer = try await store.runs.worker(locked: false)
            let alone = RunRequest.sample()
            try await store.runs.accepted(alone)
            for _ in 0..<2 { _ = try await die(store, observer: observer) }
            let first = try await store.runs.worker(locked: false)
            let second = try await store.runs.worker(locked: false)
            // Both are busy with a run that is being published.
            var leases: [WorkerID: Lease] = [:]
            try await setAlone(false, store)
            for worker in [first, second] {
                try await store.runs.accepted(.sample(priority: .high))
                leases[worker] = try #require(try await store.runs.claimOne(worker)).lease
            }
            try await setAlone(true, store)
            _ = try await store.runs.accept([.sample(), .sample(), .sample()])
            #expect(try await store.runs.claim(first, limit: 3).isEmpty, "it has reserved the run")
            #expect(try await store.runs.claim(second, limit: 2).count == 2)
            #expect(try await store.runs.claim(first, limit: 3).isEmpty)
            let lease = try #require(leases[first])
            _ = try await store.runs.settle(lease, .succeeded(.sample(lease)))
            #expect(try await store.runs.claim(first, limit: 4).map(\.lease.runID) == [alone.runID])
            #expect(try await store.runs.claim(second, limit: 2).count == 1)
        }
    }

    private func setAlone(_ isAlone: Bool, _ store: PostgresStore) async throws {
        _ = try await store.rows("UPDATE run_queue SET runs_alone = \(isAlone) WHERE deaths = 2 RETURNING 1")
    }

    @Test func whatWasDecidedIsPublishedBesideOthersAndNeverSetAside() async throws {
        try await withStore { store async throws in
            let observer = try await store.runs.worker(locked: false)
            try await store.runs.accepted(.sample(), .sample())
            let first = try await store.runs.worker(locked: false)
            let decided = try #require(try await store.runs.claimOne(first)).lease
            #expect(try await store.runs.decide(decided, .sample(decided)) == .applied)
            for _ in 0..<5 {
                let seen = try await store.runs.observeWorkers(except: observer)
                _ = try await store.runs.reclaim(from: seen)
                let heir = try await store.runs.worker(locked: false)
                #expect(try await store.runs.claim(heir, limit: 1).count == 1)
            }
            #expect(try await store.history.run(decided.runID)?.summary.state == .publishing)
        }
    }
}
