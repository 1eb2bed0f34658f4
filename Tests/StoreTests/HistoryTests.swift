import Fleet
import Foundation
import Pipeline
import Support
import Testing

@testable import Store

@Suite struct HistoryTests {
    /// A run that read `/in/a.csv` and wrote `/out/a`, from submission to success.
    private func succeed(_ store: PostgresStore, _ request: RunRequest = .sample()) async throws -> RunID {
        let worker = try await store.runs.worker(locked: false)
        try await store.runs.accepted(request)
        let lease = try #require(try await store.runs.claimOne(worker)).lease
        let report = AttemptReport.sample(lease)
        _ = try await store.runs.decide(lease, report)
        _ = try await store.runs.settle(lease, .succeeded(report))
        return lease.runID
    }

    @Test func aRunIsFoundByTheBeginningOfItsIdIfThatIsUnique() async throws {
        try await withStore { store async throws in
            let ids = ["11111111-aaaa-4000-8000-000000000001", "11111111-aaab-4000-8000-000000000001"]
            for id in ids { try await store.runs.accepted(.sample(try #require(RunID(id)))) }
            for (prefix, expected) in [("11111111-aaaa", ids[0]), ("11111111aaab", ids[1]), (ids[0], ids[0])] {
                guard case .found(let detail) = try await store.history.run(prefix) else {
                    Issue.record("\(prefix) was not found")
                    continue
                }
                #expect(detail.summary.runID.description == expected)
            }
            guard case .ambiguous(let several) = try await store.history.run("1111") else {
                Issue.record("1111 is not ambiguous")
                return
            }
            #expect(several.map(\.description) == ids)
            for unknown in ["2", "", "x", "11111111-aaaa-4000-8000-0000000000011"] {
                guard case .none = try await store.history.run(unknown) else {
                    Issue.record("\(unknown) was found")
                    continue
                }
            }
        }
    }

    @Test func runsAreListedByStateAndPipeline() async throws {
        try await withStore { store async throws in
            let done = try await succeed(store)
            var other = RunRequest.sample()
            other.pipelineName = "other"
            other.submittedAt += 60
            try await store.runs.accepted(other)
            #expect(try await store.history.listRuns().map(\.runID) == [other.runID, done])
            #expect(try await store.history.listRuns(limit: 1).map(\.runID) == [other.runID])
            #expect(try await store.history.listRuns(RunFilter(state: .succeeded)).map(\.runID) == [done])
            #expect(try await store.history.listRuns(RunFilter(pipeline: "other")).map(\.runID) == [other.runID])
            #expect(try await store.history.listRuns(RunFilter(state: .dead)).isEmpty)
        }
    }

    @Test func samplesOfAFailedCheckAreKept() async throws {
        try await withStore { store async throws in
            let detail = try #require(try await store.history.run(try await succeed(store)))
            #expect(detail.checks.map(\.samples) == [["1", "ü \"x\" \\"]])
        }
    }

    @Test func theKeysOfTheJSONAreThoseOfTheViews() async throws {
        try await withStore { store async throws in
            let detail = try #require(try await store.history.run(try await succeed(store)))
            let json = try JSONSerialization.jsonObject(with: RunHistory.jsonEncoder().encode(detail))
            let object = try #require(json as? [String: Any])
            let run = try #require(object["run"] as? [String: Any])
            let columns = try await store.rows(
                "SELECT column_name FROM information_schema.columns WHERE table_name = 'run_history'")
            #expect(Set(run.keys).subtracting(columns.compactMap { $0[0] }).isEmpty)
            #expect((run["submitted_at"] as? String) == "2023-11-14T22:13:20.000Z")
        }
    }

    @Test func aWatcherSeesARunToItsEnd() async throws {
        try await withStore { store async throws in
            let request = RunRequest.sample()
            // So slow a poll that only notices can bring the states in time.
            let states = store.history.watch(request.runID, pollingEvery: .seconds(300))
            async let seen: [RunState] = states.reduce(into: []) { $0.append($1.state) }
            // Listening begins at its own time; notices before it are covered by the first look.
            while try await store.text("SELECT count(*) FROM pg_stat_activity WHERE query = 'LISTEN quicketl_runs'")
                == "0"
            {}
            _ = try await store.runs.submit(request)
            _ = try await succeed(store, request)
            let all = await seen
            #expect(all.last == .succeeded)
            #expect(Set(all).isSubset(of: [.submitted, .queued, .running, .publishing, .succeeded]))
        }
    }

    @Test func aWakeUpComesWhenARunBecomesDue() async throws {
        try await withStore { store async throws in
            var wakeUps = await store.runs.wakeUps().makeAsyncIterator()
            // The first tells that the connection is new.
            _ = await wakeUps.next()
            let worker = try await store.runs.worker()
            try await store.runs.accepted(.sample(key: "k"), .sample(key: "k"))
            _ = await wakeUps.next()
            let lease = try #require(try await store.runs.claimOne(worker)).lease
            _ = try await store.runs.settle(lease, .succeeded(.sample(lease)))
            _ = await wakeUps.next()
            let second = try #require(try await store.runs.claimOne(worker)).lease
            _ = try await store.runs.settle(second, .retry(Failure(.engineLost, "x"), after: .milliseconds(50)))
            _ = await wakeUps.next()
        }
    }

    @Test func aRunsRequestIsReadAsItWasMade() async throws {
        try await withStore { store async throws in
            var request = RunRequest.sample(key: "/out/x", priority: .low, retries: 7)
            (request.maxRunning, request.retryOf, request.timeoutSeconds) = (3, .random(), 12.5)
            try await store.runs.accepted(request)
            #expect(try await store.history.request(of: request.runID) == request)
            #expect(try await store.history.request(of: .random()) == nil)
            let shown = try #require(try await store.history.run(request.runID))
            #expect(shown.retryOf == request.retryOf?.description)
            #expect(shown.maxRunning == 3)
        }
    }

    @Test func anAttemptWhoseWorkerDiedIsListedUntilItIsSwept() async throws {
        try await withStore { store async throws in
            let observer = try await store.runs.worker(locked: false)
            let dead = try await store.runs.worker(locked: false)
            try await store.runs.accepted(.sample(), .sample(), .sample())
            let leases = try await store.runs.claim(dead, limit: 2).map(\.lease)
            // What was decided is published by a successor, which needs what is staged.
            _ = try await store.runs.decide(leases[0], .sample(leases[0]))
            _ = try await store.runs.reclaim(from: try await store.runs.observeWorkers(except: observer))
            let lost = try await store.runs.lostAttempts(limit: 10)
            #expect(lost.map(\.lease) == [leases[1]])
            #expect(lost.first?.host == "here")
            #expect(lost.first?.request.runID == leases[1].runID)
            #expect(try await store.runs.lostAttempts(limit: 10, overFor: .seconds(3600)).isEmpty)
            try await store.runs.markSwept(leases[1])
            #expect(try await store.runs.lostAttempts(limit: 10).isEmpty)
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func aListenerWhoseConnectionIsCutListensAgain() async throws {
        try await withStore { store async throws in
            var wakeUps = await store.runs.wakeUps().makeAsyncIterator()
            _ = await wakeUps.next()
            for _ in 0..<5 {
                // Nobody uses the connection: its end has to be noticed by itself.
                let cut = try await store.rows(
                    """
                    SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
                     WHERE datname = current_database() AND query = 'LISTEN quicketl_queue'
                    """)
                #expect(cut == [["t"]])
                _ = await wakeUps.next()
            }
        }
    }

    @Test func columnLineageIsStoredOncePerPlanAndReadPerRun() async throws {
        try await withStore { store async throws in
            let first = try await succeed(store)
            let second = try await succeed(store)
            #expect(try await store.text("SELECT count(*) FROM column_lineage") == "2")
            let edges = try await store.rows(
                """
                SELECT run_id, output_dataset, output_column, input_dataset, input_column, type, subtype
                  FROM column_lineage_edges ORDER BY run_id, input_column
                """)
            #expect(
                edges
                    == [first, second].sorted { $0.description < $1.description }.flatMap { id in
                        [
                            [id.description, "/out/a", "a", "/in/a.csv", "a", "DIRECT", "IDENTITY"],
                            [id.description, "/out/a", nil, "/in/a.csv", "b", "INDIRECT", "FILTER"],
                        ]
                    })
        }
    }

    @Test func datasetLineageReachesThroughRuns() async throws {
        try await withStore { store async throws in
            let worker = try await store.runs.worker(locked: false)
            for (input, output) in [("/a", "/b"), ("/b", "/c"), ("/c", "/a")] {
                try await store.runs.accepted(.sample())
                let lease = try #require(try await store.runs.claimOne(worker)).lease
                var report = AttemptReport.sample(lease)
                report.inputs[0].name = input
                report.outputs[0].name = output
                _ = try await store.runs.settle(lease, .succeeded(report))
            }
            let up = try await store.rows(
                """
                SELECT related_dataset, depth FROM dataset_lineage
                 WHERE dataset = '/c' AND direction = 'up' ORDER BY depth, related_dataset
                """)
            #expect(up == [["/b", "1"], ["/a", "2"], ["/c", "3"]])
        }
    }

    @Test func theViewsHaveTheirColumns() async throws {
        try await withStore { store async throws in
            _ = try await succeed(store)
            for query in [
                """
                SELECT run_id, pipeline, state, engine, engine_reason, attempts, worker_id, priority, variables,
                       trigger, submitted_at, started_at, finished_at, duration_ms, rows_in, rows_out, bytes_in,
                       bytes_out, estimated_bytes, peak_memory_bytes, error FROM run_history
                """,
                "SELECT run_id, attempt, state, worker_id, engine, started_at, finished_at, error FROM attempt_history",
                "SELECT pipeline, runs, success_rate, p50_duration_ms, p95_duration_ms FROM pipeline_summary",
                "SELECT worker_id, host, slots, runs, state FROM fleet_status",
            ] {
                #expect(try await store.rows(query).count == 1)
            }
        }
    }

    @Test func killedAndRetriedRunsShowTheirTrueAttempts() async throws {
        try await withStore { store async throws in
            let filled = try await FilledStore(store)
            let (observer, worker) = (filled.worker, try await store.runs.worker())
            func claimOne(_ worker: WorkerID) async throws -> Lease {
                try #require(try await store.runs.claimOne(worker)).lease
            }
            func die(_ worker: WorkerID) async throws {
                let seen = try await store.runs.observeWorkers(except: observer).filter { $0.id == worker }
                #expect(try await store.runs.reclaim(from: seen) == 1)
            }
            // Killed before it decides; killed in the middle of the move; failed in between.
            let request = RunRequest.sample()
            try await store.runs.accepted(request)
            let first = try await store.runs.worker(locked: false)
            _ = try await claimOne(first)
            try await die(first)
            let failed = try await claimOne(worker)
            _ = try await store.runs.settle(failed, .retry(Failure(.unreachable, "x"), after: .milliseconds(1)))
            let second = try await store.runs.worker(locked: false)
            while try await store.text("SELECT count(*) FROM run_queue WHERE due_at <= now() AND worker_id IS NULL")
                == "0"
            {}
            let decided = try await claimOne(second)
            let report = AttemptReport.sample(decided)
            #expect(try await store.runs.decide(decided, report) == .applied)
            try await die(second)
            let last = try #require(try await store.runs.claimOne(worker))
            #expect(last.decided == report)
            #expect(try await store.runs.settle(decided, .succeeded(report)) == .leaseLost)
            for _ in 0..<2 { #expect(try await store.runs.settle(last.lease, .succeeded(report)) == .applied) }

            let attempts = try await store.rows(
                "SELECT state FROM attempt_history WHERE run_id = '\(request.runID)' ORDER BY attempt")
            #expect(attempts.map { $0[0] } == ["lost", "failed", "lost", "succeeded"])
            #expect(try await store.rows(HistoryContradictions.sql) == [])
        }
    }

    @Test(
        "what cannot be is found",
        arguments: [
            "UPDATE runs SET attempts = attempts + 1 WHERE state = 'failed' RETURNING 1",
            "UPDATE attempts SET state = 'failed' WHERE state = 'succeeded' RETURNING 1",
            "UPDATE attempts SET state = 'succeeded' WHERE state = 'failed' RETURNING 1",
            "DELETE FROM run_outputs RETURNING 1",
            "UPDATE pipeline_totals SET succeeded = succeeded + 1 RETURNING 1",
        ])
    func liesAreFound(_ lie: String) async throws {
        try await withStore { store async throws in
            _ = try await FilledStore(store)
            _ = try await store.runs.countEndedRuns()
            #expect(try await store.rows(HistoryContradictions.sql) == [])
            #expect(try await !store.rows(lie).isEmpty)
            #expect(try await !store.rows(HistoryContradictions.sql).isEmpty)
        }
    }
}
