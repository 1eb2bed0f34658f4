import Fleet
import Foundation
import Pipeline
import Testing

@testable import Store

@Suite struct LeaseTests {
    @Test func twoClaimersNeverGetTheSameRun() async throws {
        try await withStore(adjust: { $0.poolSize = 8 }) { store async throws in
            _ = try await store.runs.accept((0..<200).map { _ in .sample() })
            let claimed = try await withThrowingTaskGroup(of: [RunID].self) { group in
                for _ in 0..<8 {
                    group.addTask {
                        let worker = try await store.runs.worker(locked: false)
                        var mine: [RunID] = []
                        while true {
                            let runs = try await store.runs.claim(worker, limit: 7)
                            if runs.isEmpty { return mine }
                            mine += runs.map(\.lease.runID)
                        }
                    }
                }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            #expect(Set(claimed).count == claimed.count)
            // One that another claimer had locked in passing is left for the next look.
            let rest = try await store.runs.claim(try await store.runs.worker(locked: false), limit: 500)
            #expect(claimed.count + rest.count == 200)
        }
    }

    @Test func aDecidedRunIsSettledWithItsWholeReport() async throws {
        try await withStore { store async throws in
            let worker = try await store.runs.worker()
            try await store.runs.accepted(.sample())
            let claimed = try #require(try await store.runs.claimOne(worker))
            let report = AttemptReport.sample(claimed.lease, message: "nul \u{0} and \\u0000")
            #expect(try await store.runs.decide(claimed.lease, report) == .applied)
            #expect(try await store.text("SELECT state FROM runs") == "publishing")
            #expect(try await store.runs.settle(claimed.lease, .succeeded(report)) == .applied)

            let detail = try #require(try await store.history.run(claimed.lease.runID))
            #expect(detail.summary.state == .succeeded)
            #expect(detail.summary.rowsIn == 5)
            #expect(detail.summary.bytesOut == 10)
            #expect(detail.peakMemoryBytes == 1 << 20)
            #expect(detail.phaseSeconds == ["execute": 0.125, "write": 0.1])
            #expect(detail.attempts.map(\.state) == ["succeeded"])
            #expect(detail.steps.map(\.name) == ["read_source", "transform_0_filter"])
            #expect(detail.checks.map(\.subject) == ["a, \"b\\"])
            #expect(detail.checks.map(\.message) == ["nul \u{FFFD} and \\u0000"])
            #expect(detail.inputs.map(\.name) == ["/in/a.csv"])
            #expect(detail.inputs.first?.columns.map(\.name) == ["a", "b"])
            #expect(detail.outputs.map(\.name) == ["/out/a"])
            #expect(detail.lineage.map(\.subtype) == ["IDENTITY", "FILTER"])
            #expect(detail.lineage.map(\.outputColumn) == ["a", nil])
            #expect(detail.summary.error == nil)
            #expect(try await store.text("SELECT count(*) FROM run_queue") == "0")
        }
    }

    @Test func aStaleTokenChangesNothing() async throws {
        try await withStore { store async throws in
            let worker = try await store.runs.worker()
            try await store.runs.accepted(.sample())
            let first = try #require(try await store.runs.claimOne(worker))
            #expect(try await store.runs.settle(first.lease, .interrupted(reason: "stop")) == .applied)
            let second = try #require(try await store.runs.claimOne(worker))
            #expect(second.lease.token.sequence > first.lease.token.sequence)
            #expect(second.lease.attempt == 2)

            let before = try await store.rows("SELECT r.*, q.* FROM runs r JOIN run_queue q USING (run_id)")
            var forged = second.lease
            forged.token.nonce = UUID()
            for stale in [first.lease, forged] {
                let report = AttemptReport.sample(stale)
                #expect(try await store.runs.decide(stale, report) == .leaseLost)
                #expect(try await store.runs.settle(stale, .succeeded(report)) == .leaseLost)
                #expect(try await store.runs.settle(stale, .failed(Failure(.badData, "x"), nil)) == .leaseLost)
                #expect(try await store.runs.settle(stale, .retry(Failure(.timeout, "x"), after: .zero)) == .leaseLost)
                #expect(try await store.runs.settle(stale, .cancelled) == .leaseLost)
                let renewal = try await store.runs.renew(
                    worker, held: [HeldRun(lease: stale), HeldRun(lease: second.lease)])
                #expect(renewal.lost == [stale])
            }
            #expect(try await store.rows("SELECT r.*, q.* FROM runs r JOIN run_queue q USING (run_id)") == before)
        }
    }

    @Test func anAnswerThatWasLostIsGivenAgain() async throws {
        try await withStore { store async throws in
            let worker = try await store.runs.worker()
            let endings: [Settlement] = [
                .failed(Failure(.badData, "bad", step: "transform_1_cast"), nil),
                .retry(Failure(.engineLost, "gone"), after: .seconds(3600)), .interrupted(reason: "stop"), .cancelled,
            ]
            for settlement in endings {
                try await store.runs.accepted(.sample())
                let lease = try #require(try await store.runs.claimOne(worker)).lease
                #expect(try await store.runs.settle(lease, settlement) == .applied)
                #expect(try await store.runs.settle(lease, settlement) == .applied)
                #expect(try await store.runs.settle(lease, .succeeded(.sample(lease))) == .leaseLost)
                _ = try await store.runs.cancel(lease.runID)
            }
            try await store.runs.accepted(.sample())
            let lease = try #require(try await store.runs.claimOne(worker)).lease
            let report = AttemptReport.sample(lease, message: "é \u{0}")
            #expect(try await store.runs.decide(lease, report) == .applied)
            #expect(try await store.runs.decide(lease, report) == .applied)
            #expect(try await store.runs.decide(lease, .sample(lease, message: "other")) == .leaseLost)
            #expect(try await store.runs.settle(lease, .succeeded(report)) == .applied)
            #expect(try await store.runs.settle(lease, .succeeded(report)) == .applied)
            #expect(try await store.runs.settle(lease, .interrupted(reason: "late")) == .leaseLost)
            #expect(try await store.text("SELECT count(*) FROM run_outputs") == "1")
        }
    }

    @Test func whoTakesOverADecidedRunGetsItsReportAndDoesNotExecuteIt() async throws {
        try await withStore { store async throws in
            let dead = try await store.runs.worker(locked: false)
            let heir = try await store.runs.worker()
            try await store.runs.accepted(.sample())
            let first = try #require(try await store.runs.claimOne(dead))
            let report = AttemptReport.sample(first.lease, message: "text")
            #expect(try await store.runs.decide(first.lease, report) == .applied)
            let seen = try await store.runs.observeWorkers(except: heir).filter { $0.id == dead }
            #expect(try await store.runs.reclaim(from: seen) == 1)
            let second = try #require(try await store.runs.claimOne(heir))
            #expect(second.decided == report)
            #expect(second.lease.attempt == 2)
            #expect(try await store.runs.settle(first.lease, .succeeded(report)) == .leaseLost)
            #expect(try await store.runs.settle(second.lease, .succeeded(report)) == .applied)
            let attempts = try await store.history.run(first.lease.runID)?.attempts.map(\.state)
            #expect(attempts == ["lost", "succeeded"])
        }
    }

    @Test func whatItsTargetRefusedForGoodEndsAsFailedAndLeavesItsKey() async throws {
        try await withStore { store async throws in
            let worker = try await store.runs.worker()
            try await store.runs.accepted(.sample(key: "/out"))
            try await store.runs.accepted(.sample(key: "/out"))
            let claimed = try #require(try await store.runs.claimOne(worker))
            let report = AttemptReport.sample(claimed.lease)
            _ = try await store.runs.decide(claimed.lease, report)
            let refusal = Settlement.refused(Failure(.badData, "a constraint", step: "write_sink"), report)
            // Twice: the first answer may be lost.
            for _ in 1...2 { #expect(try await store.runs.settle(claimed.lease, refusal) == .applied) }
            let run = claimed.lease.runID
            #expect(try await store.text("SELECT state FROM runs WHERE run_id = '\(run)'") == "failed")
            #expect(try await store.text("SELECT error_kind FROM runs WHERE run_id = '\(run)'") == "bad_data")
            #expect(try await store.text("SELECT count(*) FROM run_outputs") == "0")
            #expect(try await store.runs.claimOne(worker) != nil)
        }
    }

    @Test func whatWasDecidedEndsOnlyAsSucceededUnlessItsTargetRefusesIt() async throws {
        try await withStore { store async throws in
            let worker = try await store.runs.worker()
            try await store.runs.accepted(.sample())
            var claimed = try #require(try await store.runs.claimOne(worker))
            let report = AttemptReport.sample(claimed.lease)
            _ = try await store.runs.decide(claimed.lease, report)
            #expect(try await store.runs.cancel(claimed.lease.runID) == .tooLate)
            for settlement: Settlement in [
                .interrupted(reason: "stop"), .retry(Failure(.diskFull, "full"), after: .milliseconds(1)),
                .failed(Failure(.accessDenied, "no"), nil), .cancelled,
            ] {
                #expect(try await store.runs.settle(claimed.lease, settlement) == .applied)
                #expect(try await store.text("SELECT state FROM runs") == "publishing")
                _ = try await store.rows("UPDATE run_queue SET due_at = now() RETURNING 1")
                claimed = try #require(try await store.runs.claimOne(worker))
                #expect(claimed.decided == report)
            }
            #expect(try await store.runs.settle(claimed.lease, .succeeded(report)) == .applied)
        }
    }

    @Test func aRetryIsDueNoSoonerThanItsDelayAndCountsAsFailure() async throws {
        try await withStore { store async throws in
            let worker = try await store.runs.worker()
            try await store.runs.accepted(.sample())
            let first = try #require(try await store.runs.claimOne(worker))
            let failure = Failure(.engineLost, "the engine went away", step: "transform_0_filter")
            #expect(try await store.runs.settle(first.lease, .retry(failure, after: .seconds(3600))) == .applied)
            #expect(try await store.runs.claimOne(worker) == nil)
            let summary = try #require(try await store.history.listRuns().first)
            #expect(summary.state == .waiting)
            #expect(summary.error == "the engine went away")
            let wait = try await store.text(
                "SELECT round(extract(epoch FROM due_at - clock_timestamp()) / 60) FROM run_queue")
            #expect(wait == "60")
            _ = try await store.rows("UPDATE run_queue SET due_at = clock_timestamp() RETURNING 1")
            let second = try #require(try await store.runs.claimOne(worker))
            #expect(second.failures == 1)
        }
    }

    @Test func anInterruptedAttemptDoesNotCount() async throws {
        try await withStore { store async throws in
            let worker = try await store.runs.worker()
            try await store.runs.accepted(.sample())
            let first = try #require(try await store.runs.claimOne(worker))
            _ = try await store.runs.settle(first.lease, .interrupted(reason: "worker stops"))
            let second = try #require(try await store.runs.claimOne(worker))
            #expect(second.failures == 0)
            let attempts = try await store.history.run(first.lease.runID)?.attempts
            #expect(attempts?.map(\.state) == ["interrupted", "running"])
            #expect(attempts?.first?.error == "worker stops")
        }
    }

    @Test func aCancelledRunIsNotPublishedAndNotRetried() async throws {
        try await withStore { store async throws in
            let worker = try await store.runs.worker()
            try await store.runs.accepted(.sample())
            let lease = try #require(try await store.runs.claimOne(worker)).lease
            #expect(try await store.runs.cancel(lease.runID) == .requested)
            #expect(try await store.runs.cancel(lease.runID) == .requested)
            #expect(try await store.runs.renew(worker, held: [HeldRun(lease: lease)]).cancelRequested == [lease])
            #expect(try await store.runs.decide(lease, .sample(lease)) == .cancelRequested)
            #expect(try await store.runs.settle(lease, .retry(Failure(.engineLost, "x"), after: .zero)) == .applied)
            #expect(try await store.text("SELECT state FROM runs") == "cancelled")
            #expect(try await store.runs.cancel(lease.runID) == .ended(.cancelled))
        }
    }

    @Test func failedChecksAreOnRecordWithTheFailureAndWithoutOutputs() async throws {
        try await withStore { store async throws in
            let worker = try await store.runs.worker()
            try await store.runs.accepted(.sample())
            let lease = try #require(try await store.runs.claimOne(worker)).lease
            var report = AttemptReport.sample(lease)
            report.checks[0].passed = false
            let failure = Failure(.checksFailed, "1 check failed")
            #expect(try await store.runs.settle(lease, .failed(failure, report)) == .applied)
            let detail = try #require(try await store.history.run(lease.runID))
            #expect(detail.summary.state == .failed)
            #expect(detail.errorKind == "checks_failed")
            #expect(detail.checks.map(\.passed) == [false])
            #expect(detail.outputs.isEmpty)
        }
    }
}
