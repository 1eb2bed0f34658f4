import Fleet
import Foundation
import Pipeline
import Testing

@testable import Store

@Suite struct EventTests {
    private let deliverer = WorkerID()

    private func kinds(_ store: PostgresStore, of run: RunID) async throws -> [String?] {
        try await store.rows("SELECT kind FROM lineage_outbox WHERE run_id = '\(run)' ORDER BY outbox_id").map { $0[0] }
    }

    /// A store whose events somebody wants.
    private func withEvents(_ body: (PostgresStore) async throws -> Void) async throws {
        try await withStore { store async throws in
            #expect(try await store.runs.takeEvents(deliverer, limit: 1).isEmpty)
            try await body(store)
        }
    }

    @Test func aRunHasOneStartAndOneEndHoweverManyAttemptsItTook() async throws {
        try await withEvents { store async throws in
            let worker = try await store.runs.worker()
            let request = RunRequest.sample()
            try await store.runs.accepted(request)
            for _ in 0..<2 {
                let lease = try #require(try await store.runs.claimOne(worker)).lease
                _ = try await store.runs.settle(lease, .retry(Failure(.engineLost, "x"), after: .zero))
                while try await store.text("SELECT count(*) FROM run_queue WHERE due_at <= now()") == "0" {}
            }
            let lease = try #require(try await store.runs.claimOne(worker)).lease
            let report = AttemptReport.sample(lease)
            _ = try await store.runs.decide(lease, report)
            for _ in 0..<2 { _ = try await store.runs.settle(lease, .succeeded(report)) }
            #expect(try await kinds(store, of: request.runID) == ["START", "COMPLETE"])
        }
    }

    @Test func aWorkflowHasOneStartAndOneEndOfItsOwn() async throws {
        try await withEvents { store async throws in
            let worker = try await store.runs.worker()
            func finish(_ lease: Lease, failing: Bool) async throws {
                let report = AttemptReport.sample(lease)
                if !failing { _ = try await store.runs.decide(lease, report) }
                let end = failing ? Settlement.failed(Failure(.badData, "no"), nil) : .succeeded(report)
                for _ in 0..<2 { _ = try await store.runs.settle(lease, end) }
            }
            let (good, bad, ended) = (
                WorkflowRequest.sample([1, 1]), WorkflowRequest.sample([1, 1]), WorkflowRequest.sample([1])
            )
            for (workflow, fails) in [(good, false), (bad, true)] {
                for _ in 0..<2 { _ = try await store.runs.accept(workflow) }
                #expect(try await kinds(store, of: workflow.workflowID) == ["START"])
                while let run = try await store.runs.claimOne(worker) {
                    try await finish(run.lease, failing: fails)
                    _ = try await store.runs.advanceWorkflows()
                }
            }
            _ = try await store.runs.accept(ended)
            _ = try await store.runs.cancelWorkflow(ended.workflowID)
            _ = try await store.runs.advanceWorkflows()
            #expect(try await kinds(store, of: good.workflowID) == ["START", "COMPLETE"])
            #expect(try await kinds(store, of: bad.workflowID) == ["START", "FAIL"])
            #expect(try await kinds(store, of: ended.workflowID) == ["START", "ABORT"])

            // Its runs name it as their parent, and what is sent is what history tells at any time.
            let taken = try await store.runs.takeEvents(deliverer, limit: 100)
            let run = try #require(taken.first { $0.facts.id == good.runs[0].runID })
            guard case .run(let facts) = run.facts else { return #expect(Bool(false), "not a run") }
            #expect(facts.parent == .init(runID: good.workflowID, name: "nightly"))
            for workflow in [good, bad, ended] {
                let sent = taken.filter { $0.facts.id == workflow.workflowID }.map {
                    EventBuilder().event($0.kind, at: $0.occurredAt, of: $0.facts).line
                }
                let told = try await store.history.events(ofWorkflow: workflow.workflowID, builder: EventBuilder())
                #expect(told.map(\.line) == sent)
            }
            #expect(
                try await store.history.facts(ofWorkflow: bad.workflowID)?.error?.contains("stage0/step0: no") == true)
        }
    }

    @Test func aLongWorkflowIsToldOfNowAndThenAndNeverBehindItsEnd() async throws {
        try await withEvents { store async throws in
            let workflow = WorkflowRequest.sample([1])
            _ = try await store.runs.accept(workflow)
            for interval in [Duration.seconds(3600), .zero] {
                _ = try await store.runs.tendEvents(deliverer, runningEvery: interval, most: 1000)
            }
            _ = try await store.runs.cancelWorkflow(workflow.workflowID)
            _ = try await store.runs.advanceWorkflows()
            _ = try await store.runs.tendEvents(deliverer, runningEvery: .zero, most: 1000)
            #expect(try await kinds(store, of: workflow.workflowID) == ["START", "RUNNING", "ABORT"])
        }
    }

    @Test func everyOtherEndIsToldToo() async throws {
        try await withEvents { store async throws in
            let worker = try await store.runs.worker(locked: false)
            let (failed, waiting, early) = (RunRequest.sample(), RunRequest.sample(), RunRequest.sample())
            try await store.runs.accepted(failed)
            let lease = try #require(try await store.runs.claimOne(worker)).lease
            _ = try await store.runs.settle(lease, .failed(Failure(.badData, "x"), nil))
            #expect(try await kinds(store, of: failed.runID) == ["START", "FAIL"])

            try await store.runs.accepted(waiting)
            _ = try await store.runs.cancel(waiting.runID)
            #expect(try await kinds(store, of: waiting.runID) == ["ABORT"])

            // Cancelled before it came.
            _ = try await store.runs.cancel(early.runID)
            try await store.runs.accepted(early)
            #expect(try await kinds(store, of: early.runID) == ["ABORT"])

            // Set aside after four deaths.
            let poison = RunRequest.sample()
            try await store.runs.accepted(poison)
            let observer = try await store.runs.worker(locked: false)
            for _ in 0..<4 {
                let victim = try await store.runs.worker(locked: false)
                _ = try #require(try await store.runs.claimOne(victim))
                let seen = try await store.runs.observeWorkers(except: observer).filter { $0.id == victim }
                #expect(try await store.runs.reclaim(from: seen) == 1)
            }
            #expect(try await kinds(store, of: poison.runID) == ["START", "FAIL"])
        }
    }

    @Test func withoutAnybodyWhoWantsThemNoEventsAreKept() async throws {
        try await withStore { store async throws in
            _ = try await FilledStore(store)
            #expect(try await store.text("SELECT count(*) FROM lineage_outbox") == "0")
        }
    }

    @Test func oneWorkerDeliversAtATimeAndTheNextWhenItIsGone() async throws {
        try await withEvents { store async throws in
            _ = try await FilledStore(store)
            let other = WorkerID()
            #expect(try await store.runs.takeEvents(other, limit: 100).isEmpty)
            let taken = try await store.runs.takeEvents(deliverer, limit: 100)
            #expect(taken.map(\.kind) == [.start, .complete, .start, .complete, .start, .fail, .start])
            _ = try await store.rows("UPDATE event_delivery SET held_until = now() RETURNING 1")
            #expect(try await store.runs.takeEvents(other, limit: 100).map(\.id) == taken.map(\.id))
            try await store.runs.removeEvents(taken.map(\.id))
            #expect(try await store.runs.takeEvents(other, limit: 100).isEmpty)
        }
    }

    @Test func aPostponedEventHoldsUpThoseOfItsRunAlone() async throws {
        try await withEvents { store async throws in
            _ = try await FilledStore(store)
            let taken = try await store.runs.takeEvents(deliverer, limit: 100)
            let first = try #require(taken.first)
            try await store.runs.postponeEvents([PostponedEvent(id: first.id, delay: .seconds(60), reason: "x")])
            let later = try await store.runs.takeEvents(deliverer, limit: 100)
            #expect(later.map(\.id) == taken.dropFirst(2).map(\.id))
            _ = try await store.rows("UPDATE lineage_outbox SET due_at = now() RETURNING 1")
            let again = try await store.runs.takeEvents(deliverer, limit: 100)
            #expect(again.map(\.id) == taken.map(\.id))
            #expect(again.first?.tries == 1)
        }
    }

    @Test func longRunsAreToldOfNowAndThenAndNeverBehindTheirEnd() async throws {
        try await withEvents { store async throws in
            let filled = try await FilledStore(store)
            // One run is running.
            for interval in [Duration.seconds(3600), .zero, .seconds(3600), .zero] {
                _ = try await store.runs.tendEvents(deliverer, runningEvery: interval, most: 1000)
            }
            #expect(
                try await store.rows("SELECT kind, count(*) FROM lineage_outbox WHERE kind = 'RUNNING' GROUP BY kind")
                    == [["RUNNING", "2"]])
            let running = try #require(try await store.history.listRuns(RunFilter(state: .running)).first).runID
            #expect(try await kinds(store, of: running) == ["START", "RUNNING", "RUNNING"])
            _ = try await store.runs.retire(filled.worker)
            _ = try await store.runs.cancel(running)
            _ = try await store.runs.tendEvents(deliverer, runningEvery: .zero, most: 1000)
            #expect(try await kinds(store, of: running) == ["START", "RUNNING", "RUNNING", "ABORT"])
        }
    }

    @Test func theOutboxStaysBounded() async throws {
        try await withEvents { store async throws in
            _ = try await FilledStore(store)
            #expect(try await store.runs.tendEvents(deliverer, runningEvery: .seconds(3600), most: 3) == 4)
            #expect(
                try await store.runs.takeEvents(deliverer, limit: 100).map(\.kind) == [.start, .fail, .start])
        }
    }

    @Test func eventsSayWhatHistoryHolds() async throws {
        try await withEvents { store async throws in
            _ = try await FilledStore(store)
            let complete = try #require(
                try await store.runs.takeEvents(deliverer, limit: 100).first { $0.kind == .complete })
            guard case .run(let facts) = complete.facts else { return #expect(Bool(false), "not a run") }
            #expect(facts.outputs.map(\.name) == ["/data/out/daily"])
            #expect(facts.outputs.first?.columns.map(\.name) == ["a"])
            #expect(facts.lineage.contains { $0.isMasking && $0.inputColumn == "tailnum" })
            #expect(facts.checks.map(\.type) == ["not_null"])
            #expect(facts.engineVersion == "1.5.5")
            let shown = try await store.history.events(of: facts.request.runID, builder: EventBuilder())
            #expect(shown.count == 2)
            #expect(
                shown.last?.line
                    == EventBuilder().event(.complete, at: complete.occurredAt, of: complete.facts).line)
        }
    }
}
