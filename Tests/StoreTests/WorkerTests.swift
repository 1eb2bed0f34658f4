import Fleet
import Foundation
import Pipeline
import Testing

@testable import Store

@Suite struct WorkerTests {
    @Test func aLiveWorkersLockIsSeenAsHeldAndADeadOnesAsFree() async throws {
        try await withStore { store async throws in
            let observer = try await store.runs.worker(locked: false)
            let other = PostgresStore(store.settings)
            let live = try await other.runs.worker()
            let dead = try await store.runs.worker(locked: false)
            var seen = try await store.runs.observeWorkers(except: observer)
            #expect(Set(seen.map(\.id)) == [live, dead])
            #expect(seen.first { $0.id == live }?.lockIsFree == false)
            #expect(seen.first { $0.id == dead }?.lockIsFree == true)
            #expect(Set(seen.map(\.observerSession)).count == 1)
            await other.close()
            // The server ends the session a moment after its process has gone.
            let deadline = ContinuousClock.now + .seconds(10)
            repeat {
                seen = try await store.runs.observeWorkers(except: observer)
            } while seen.contains { $0.id == live && !$0.lockIsFree } && ContinuousClock.now < deadline
            #expect(seen.first { $0.id == live }?.lockIsFree == true)
        }
    }

    @Test func aWorkerThatRenewedSinceItWasObservedIsNotGivenUp() async throws {
        try await withStore { store async throws in
            let worker = try await store.runs.worker(locked: false)
            let observer = try await store.runs.worker(locked: false)
            try await store.runs.accepted(.sample())
            let lease = try #require(try await store.runs.claimOne(worker)).lease
            let seen = try await store.runs.observeWorkers(except: observer)
            _ = try await store.runs.renew(worker, held: [HeldRun(lease: lease)])
            #expect(try await store.runs.reclaim(from: seen) == 0)
            #expect(try await store.runs.decide(lease, .sample(lease)) == .applied)
        }
    }

    @Test func aWorkerWhoseLockIsHeldAgainIsNotGivenUp() async throws {
        try await withStore { store async throws in
            let worker = try await store.runs.worker()
            let observer = try await store.runs.worker(locked: false)
            try await store.runs.accepted(.sample())
            _ = try #require(try await store.runs.claimOne(worker))
            var seen = try await store.runs.observeWorkers(except: observer)
            #expect(seen.count == 1)
            seen[0].lockIsFree = true
            #expect(try await store.runs.reclaim(from: seen) == 0)
            // Partitioned: its lock is still held, its counter stands still.
            seen[0].lockIsFree = false
            #expect(try await store.runs.reclaim(from: seen) == 1)
        }
    }

    @Test func runsOfADeadWorkerGoToAnotherAndTheDeadOneHasLostThem() async throws {
        try await withStore { store async throws in
            let dead = try await store.runs.worker(locked: false)
            let heir = try await store.runs.worker(locked: false)
            _ = try await store.runs.accept((0..<3).map { _ in .sample() })
            let leases = try await store.runs.claim(dead, limit: 3).map(\.lease)
            let seen = try await store.runs.observeWorkers(except: heir)
            #expect(try await store.runs.reclaim(from: seen) == 3)
            #expect(try await store.runs.reclaim(from: seen) == 0)
            #expect(try await store.runs.observeWorkers(except: heir).isEmpty)
            // Given up, it gets nothing more until it renews, which tells it what it has lost.
            try await store.runs.accepted(.sample())
            #expect(try await store.runs.claim(dead, limit: 1).isEmpty)
            let renewal = try await store.runs.renew(dead, held: leases.map { HeldRun(lease: $0) })
            #expect(Set(renewal.lost) == Set(leases))
            #expect(try await store.runs.claim(heir, limit: 10).count == 4)
            #expect(try await store.text("SELECT count(*) FROM attempts WHERE state = 'lost'") == "3")
            #expect(try await store.runs.observeWorkers(except: heir).map(\.id) == [dead])
        }
    }

    @Test func aClaimWhoseAnswerWasLostIsGivenBackByTheSecondRenewalAfterIt() async throws {
        try await withStore { store async throws in
            let worker = try await store.runs.worker(locked: false)
            try await store.runs.accepted(.sample(), .sample())
            let unheard = try #require(try await store.runs.claimOne(worker)).lease
            let held = [HeldRun(lease: try #require(try await store.runs.claimOne(worker)).lease)]
            // The first may have been computed before the claims were answered.
            _ = try await store.runs.renew(worker, held: [])
            #expect(try await store.text("SELECT count(*) FROM run_queue WHERE worker_id IS NOT NULL") == "2")
            let answer = try await store.runs.renew(worker, held: held)
            #expect(answer.lost.isEmpty)
            #expect(try await store.text("SELECT state FROM run_queue WHERE run_id = '\(unheard.runID)'") == "queued")
            #expect(try await store.runs.decide(unheard, .sample(unheard)) == .leaseLost)
            #expect(try await store.runs.decide(held[0].lease, .sample(held[0].lease)) == .applied)
        }
    }

    @Test func aDecisionThatIsCommittedWhileItsWorkerIsGivenUpStands() async throws {
        try await withStore { store async throws in
            let worker = try await store.runs.worker(locked: false)
            let heir = try await store.runs.worker(locked: false)
            try await store.runs.accepted(.sample())
            let lease = try #require(try await store.runs.claimOne(worker)).lease
            let seen = try await store.runs.observeWorkers(except: heir)
            let report = AttemptReport.sample(lease)
            let decide = ClaimStatements.decide(
                .run(lease.runID), .int(lease.token.sequence), .uuid(lease.token.nonce), try .json(report),
                .text("duckdb"), .text("small"))
            let waiting = Statement(
                "test_waiting",
                "SELECT count(*) AS waiting FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
            let deciding = AsyncStream.makeStream(of: Void.self)
            async let isAwaited = store.runs.pool.use("test") { (on) throws(StoreError) in
                try on.transaction { () throws(StoreError) in
                    _ = try on.execute(decide)
                    deciding.continuation.finish()
                    // Committed only when somebody waits for it.
                    for _ in 0..<100_000 where try on.execute(waiting()).first?.int("waiting") ?? 0 > 0 { return true }
                    return false
                }
            }
            for await _ in deciding.stream {}
            #expect(try await store.runs.reclaim(from: seen) == 1)
            #expect(try await isAwaited)
            #expect(try await store.runs.claimOne(heir)?.decided == report)
        }
    }

    @Test func aClaimUnderWayIsNeverTakenBack() async throws {
        let ledger = ClaimLedger()
        let worker = WorkerID()
        let answered = ledger.begin(worker)
        ledger.end(worker, answered)
        let underWay = ledger.begin(worker)
        #expect(ledger.renewalBegins(worker) < answered)
        #expect(ledger.renewalBegins(worker) == answered)
        #expect(ledger.renewalBegins(worker) == answered)
        ledger.end(worker, underWay)
        #expect(ledger.renewalBegins(worker) == answered)
        #expect(ledger.renewalBegins(worker) >= underWay)
    }

    @Test func aRetiredWorkerLeavesNothingBehind() async throws {
        try await withStore { store async throws in
            let worker = try await store.runs.worker()
            let other = try await store.runs.worker(locked: false)
            try await store.runs.accepted(.sample())
            let lease = try #require(try await store.runs.claimOne(worker)).lease
            try await store.runs.retire(worker)
            try await store.runs.retire(worker)
            #expect(try await store.runs.observeWorkers(except: other).isEmpty)
            #expect(try await store.runs.claimOne(other)?.lease.runID == lease.runID)
            #expect(try await store.runs.renew(worker, held: [HeldRun(lease: lease)]).lost == [lease])
            #expect(try await store.history.listWorkers().map(\.state).sorted() == ["live", "retired"])
        }
    }

    @Test func progressIsShown() async throws {
        try await withStore { store async throws in
            let worker = try await store.runs.worker()
            try await store.runs.accepted(.sample())
            let lease = try #require(try await store.runs.claimOne(worker)).lease
            _ = try await store.runs.renew(worker, held: [HeldRun(lease: lease, progress: 0.5, phase: "execute")])
            let status = try #require(try await store.history.status(lease.runID))
            #expect(status.progress == 0.5)
            #expect(status.phase == "execute")
            #expect(status.state == .running)
        }
    }
}
