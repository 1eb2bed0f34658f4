import Fleet
import Foundation
import Pipeline
import Testing

@testable import Store

@Suite struct RoutingTests {
    private func decision(_ gigabytes: Double = 1, shape: String = "0123") -> Decision {
        let bytes = Int64(gigabytes * 1e9)
        return Decision(
            RoutingQuestion(
                requested: .auto, spark: .warm, memoryBytes: 4_000_000_000, threads: 2,
                estimate: InputEstimate(sources: [
                    SourceEstimate(
                        source: "in", storedBytes: bytes, readBytes: bytes, expandedBytes: bytes, files: 3,
                        basis: .listed)
                ]),
                workload: Workload(
                    shape: shape, gigabytes: ["csv": gigabytes, "write": 0.1], heldGigabytes: 0,
                    inputGigabytes: gigabytes)))
    }

    private func report(_ lease: Lease, _ decision: Decision?, seconds: Double = 3) -> AttemptReport {
        var report = AttemptReport.sample(lease)
        report.decision = decision
        report.metrics.phaseSeconds = ["execute": seconds]
        return report
    }

    /// From claim to success.
    @discardableResult
    private func succeed(
        _ store: PostgresStore, _ worker: WorkerID, _ decision: Decision?, pipeline: String = "sample",
        seconds: Double = 3
    ) async throws -> Lease {
        var request = RunRequest.sample()
        request.pipelineName = pipeline
        try await store.runs.accepted(request)
        let lease = try #require(try await store.runs.claimOne(worker)).lease
        let report = report(lease, decision, seconds: seconds)
        #expect(try await store.runs.decide(lease, report) == .applied)
        #expect(try await store.runs.settle(lease, .succeeded(report)) == .applied)
        return lease
    }

    @Test func aDecisionIsStoredAndMadeAgainFromWhatIsStored() async throws {
        try await withStore { store async throws in
            let worker = try await store.runs.worker(locked: false)
            let made = decision()
            let lease = try await succeed(store, worker, made)
            let detail = try #require(try await store.history.run(lease.runID))
            let stored = try #require(detail.decision)
            #expect(stored == made)
            #expect(Decision(stored.question) == made)
            #expect(detail.attempts.first?.decision == made && detail.estimatedBytes == 1_000_000_000)
            let rows = try await store.rows(
                """
                SELECT estimated_bytes, rule, estimated_files, predicted_seconds_duckdb > 0, engine_seconds
                  FROM router_history
                """)
            #expect(rows == [["1000000000", "time", "3", "t", "3"]])
            #expect(try await store.rows("SELECT estimated_bytes FROM run_history") == [["1000000000"]])
        }
    }

    @Test func aMovedRunIsDueAtOnceOnTheOtherEngineAndKeepsItsRetries() async throws {
        try await withStore { store async throws in
            let worker = try await store.runs.worker(locked: false)
            try await store.runs.accepted(.sample(retries: 0))
            let first = try #require(try await store.runs.claimOne(worker))
            #expect(first.correction == nil)
            var failure = Failure(.outOfMemory, "no memory")
            failure.decision = decision()
            let correction = try #require(EngineCorrection(of: failure))
            for _ in 0..<2 {
                #expect(try await store.runs.settle(first.lease, .moved(failure, correction)) == .applied)
            }
            let second = try #require(try await store.runs.claimOne(worker))
            #expect(second.correction == correction && second.failures == 0 && second.lease.attempt == 2)
            // A worker that dies with it changes nothing of that.
            #expect(try await store.runs.settle(second.lease, .interrupted(reason: "stop")) == .applied)
            let third = try #require(try await store.runs.claimOne(worker))
            #expect(third.correction == correction)
            let report = report(third.lease, nil)
            _ = try await store.runs.decide(third.lease, report)
            _ = try await store.runs.settle(third.lease, .succeeded(report))
            let detail = try #require(try await store.history.run(third.lease.runID))
            #expect(detail.attempts.map(\.state) == ["failed", "interrupted", "succeeded"])
            #expect(detail.attempts.first?.engine == "duckdb" && detail.attempts.first?.errorKind == "out_of_memory")
            #expect(detail.attempts.first?.decision == failure.decision)
            let seen = try await store.runs.routingObservations(overall: 10, pipelines: [], shapes: [], each: 1)
            #expect(seen.map(\.outcome) == [.outOfMemory])
        }
    }

    @Test func onlyWhatTeachesSomethingIsKeptAndTheLatestComesFirst() async throws {
        try await withStore { store async throws in
            let worker = try await store.runs.worker(locked: false)
            try await succeed(store, worker, nil)
            try await succeed(store, worker, decision(0.0001), seconds: 0.01)
            for number in 1...5 { try await succeed(store, worker, decision(), seconds: Double(number)) }
            try await succeed(store, worker, decision(shape: "4567"), pipeline: "o'ther", seconds: 9)
            let all = try await store.runs.routingObservations(overall: 100, pipelines: [], shapes: [], each: 1)
            #expect(all.map(\.seconds) == [9, 5, 4, 3, 2, 1])
            #expect(all.map(\.pipeline) == ["o'ther"] + Array(repeating: "sample", count: 5))
            // Bounded by each of its numbers, and none twice.
            let some = try await store.runs.routingObservations(
                overall: 1, pipelines: ["sample", "unknown"], shapes: ["0123", "4567"], each: 2)
            #expect(some.map(\.seconds) == [9, 5, 4])
            let journal = RoutingJournal()
            try await journal.refresh(from: store.runs)
            let workload = try #require(decision().question.workload)
            let known = journal.look(pipeline: "sample", workload: workload, memoryBytes: 1)
            #expect(known.fit?.duckdb?.ownRuns == 5 && known.fit?.spark == nil)
        }
    }

    @Test func theReportReadsWhatWasDecidedAndWhatCameOfIt() async throws {
        try await withStore { store async throws in
            let worker = try await store.runs.worker(locked: false)
            let before = Date() - 3600
            try await succeed(store, worker, decision(), seconds: 4)
            var asked = decision().question
            asked.requested = .spark
            try await succeed(store, worker, Decision(asked), seconds: 2)
            let report = try await store.history.routerReport(since: before)
            #expect(report.decisions == 2 && report.regret.runs == 2)
            #expect(report.regret.share == 0.5)
            #expect(report.worst.map(\.engine) == [.duckdb])
            #expect(try await store.history.routerReport(since: Date() + 3600).decisions == 0)
        }
    }

    @Test func observationsGoWithTheirRuns() async throws {
        try await withStore { store async throws in
            let worker = try await store.runs.worker(locked: false)
            let lease = try await succeed(store, worker, decision())
            _ = try await store.rows("DELETE FROM runs WHERE run_id = '\(lease.runID)' RETURNING run_id")
            #expect(try await store.rows("SELECT observation_id FROM routing_observations").isEmpty)
        }
    }
}
