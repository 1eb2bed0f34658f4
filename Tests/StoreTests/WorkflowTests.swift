import Fleet
import Foundation
import Pipeline
import Testing

@testable import Store

@Suite struct WorkflowTests {
    private func states(_ id: RunID, _ store: PostgresStore) async throws -> [String] {
        try await store.history.workflow(id)?.steps.map { $0.state?.rawValue ?? "-" } ?? []
    }

    private func end(_ run: ClaimedRun?, _ store: PostgresStore, failing: Bool = false) async throws {
        let lease = try #require(run).lease
        if failing {
            #expect(try await store.runs.settle(lease, .failed(Failure(.badData, "no"), nil)) == .applied)
        } else {
            let report = AttemptReport.sample(lease)
            #expect(try await store.runs.decide(lease, report) == .applied)
            #expect(try await store.runs.settle(lease, .succeeded(report)) == .applied)
        }
    }

    @Test func runsAreHeldUntilItIsTheirTurn() async throws {
        try await withStore { store async throws in
            let workflow = WorkflowRequest.sample([2, 2], parallel: [1])
            let worker = try await store.runs.worker()
            #expect(try await store.runs.accept(workflow) == .accepted)
            #expect(try await states(workflow.workflowID, store) == ["queued", "held", "held", "held"])
            try await end(store.runs.claimOne(worker), store)
            #expect(try await states(workflow.workflowID, store) == ["succeeded", "queued", "held", "held"])
            try await end(store.runs.claimOne(worker), store)
            #expect(try await states(workflow.workflowID, store) == ["succeeded", "succeeded", "queued", "queued"])
            let last = try await store.runs.claim(worker, limit: 4)
            #expect(last.map(\.lease.runID) == workflow.runs.suffix(2).map(\.runID))
            for run in last { try await end(run, store) }
            let summary = try await store.history.workflow(workflow.workflowID)?.summary
            #expect(summary?.state == .succeeded)
            #expect(summary?.succeeded == 4 && summary?.finishedAt != nil)
            // Its own end wakes it once more.
            _ = try await store.runs.advanceWorkflows()
            #expect(try await store.text("SELECT count(*) FROM workflow_wakes") == "0")
        }
    }

    @Test func acceptingItAgainChangesNothing() async throws {
        try await withStore { store async throws in
            let workflow = WorkflowRequest.sample([1, 1])
            #expect(try await store.runs.accept(workflow) == .accepted)
            #expect(try await store.runs.accept(workflow) == .known)
            #expect(try await store.text("SELECT count(*) FROM runs") == "2")
            #expect(
                try await store.runs.accept(
                    WorkflowRequest.sample([1, 1], id: workflow.workflowID, yaml: "name: other\n"))
                    == .conflict)
        }
    }

    @Test func oneWhoseRunIsTakenIsRefusedWhole() async throws {
        try await withStore { store async throws in
            let workflow = WorkflowRequest.sample([1, 1])
            try await store.runs.accepted(.sample(workflow.runs[1].runID))
            #expect(try await store.runs.accept(workflow) == .conflict)
            #expect(try await store.text("SELECT count(*) FROM workflows") == "0")
            #expect(try await store.text("SELECT count(*) FROM runs") == "1")
        }
    }

    @Test func aFailureSkipsTheRestAndSaysWhy() async throws {
        try await withStore { store async throws in
            let workflow = WorkflowRequest.sample([1, 2])
            let worker = try await store.runs.worker()
            #expect(try await store.runs.accept(workflow) == .accepted)
            try await end(store.runs.claimOne(worker), store, failing: true)
            #expect(try await states(workflow.workflowID, store) == ["failed", "skipped", "skipped"])
            let detail = try await store.history.workflow(workflow.workflowID)
            #expect(detail?.summary.state == .failed)
            #expect(detail?.steps[2].error == "skipped: stage0/step0 failed")
            #expect(try await store.runs.claim(worker, limit: 4).isEmpty)
            #expect(try await store.runs.cancel(workflow.runs[1].runID) == .ended(.skipped))
        }
    }

    @Test func aResumptionRunsOnlyWhatDidNotSucceed() async throws {
        try await withStore { store async throws in
            let workflow = WorkflowRequest.sample([1, 1, 1])
            let worker = try await store.runs.worker()
            #expect(try await store.runs.accept(workflow) == .accepted)
            try await end(store.runs.claimOne(worker), store)
            try await end(store.runs.claimOne(worker), store, failing: true)
            let detail = try #require(try await store.history.workflow(workflow.workflowID))
            let resumption = WorkflowRequest.resuming(
                workflow.workflowID, name: workflow.name, yaml: detail.yaml, plan: detail.plan,
                runs: detail.steps.map(\.runID), succeeded: detail.steps.map { $0.state == .succeeded },
                submittedAt: Date(), submittedBy: "tester@here"
            ) { id in workflow.runs.first { $0.runID == id } ?? workflow.runs[0] }
            #expect(try await store.runs.accept(resumption) == .accepted)
            #expect(try await store.runs.accept(resumption) == .known)
            #expect(try await states(resumption.workflowID, store) == ["succeeded", "queued", "held"])
            try await end(store.runs.claimOne(worker), store)
            try await end(store.runs.claimOne(worker), store)
            let end = try #require(try await store.history.workflow(resumption.workflowID))
            #expect(end.summary.state == .succeeded)
            #expect(end.summary.resumeOf == workflow.workflowID)
            #expect(end.steps.map(\.wasDoneBefore) == [true, false, false])
            #expect(try await store.text("SELECT count(*) FROM runs") == "5")
        }
    }

    @Test func aCancelledWorkflowStartsNothingMore() async throws {
        try await withStore { store async throws in
            let workflow = WorkflowRequest.sample([1, 2])
            let worker = try await store.runs.worker()
            #expect(try await store.runs.accept(workflow) == .accepted)
            let run = try #require(try await store.runs.claimOne(worker))
            #expect(try await store.runs.cancelWorkflow(workflow.workflowID))
            #expect(try await states(workflow.workflowID, store) == ["running", "cancelled", "cancelled"])
            #expect(try await store.history.workflow(workflow.workflowID)?.summary.state == .running)
            #expect(try await store.runs.settle(run.lease, .cancelled) == .applied)
            #expect(try await store.history.workflow(workflow.workflowID)?.summary.state == .cancelled)
            #expect(try await !store.runs.cancelWorkflow(workflow.workflowID))
        }
    }

    @Test func whoeverLooksGoesOnForOneThatDiedAfterSettling() async throws {
        try await withStore { store async throws in
            let workflow = WorkflowRequest.sample([1, 1])
            let worker = try await store.runs.worker()
            #expect(try await store.runs.accept(workflow) == .accepted)
            let run = try #require(try await store.runs.claimOne(worker))
            // The statement alone: its caller is dead before it draws the conclusion.
            _ = try await store.rows(
                "UPDATE runs SET state = 'failed', finished_at = now() WHERE run_id = '\(run.lease.runID)' RETURNING 1")
            #expect(try await states(workflow.workflowID, store) == ["failed", "held"])
            _ = try await store.runs.advanceWorkflows()
            #expect(try await states(workflow.workflowID, store) == ["failed", "skipped"])
        }
    }

    @Test func everyRunStartsOnceHoweverManyAdvance() async throws {
        try await withStore(adjust: { $0.poolSize = 12 }) { store async throws in
            let workflows = (0..<6).map { _ in WorkflowRequest.sample([3, 3, 1], parallel: [0, 1]) }
            let workers = [try await store.runs.worker(locked: false), try await store.runs.worker(locked: false)]
            // Each handed in by three, while everybody looks.
            try await withThrowingTaskGroup(of: Void.self) { group in
                for workflow in workflows {
                    for _ in 0..<3 { group.addTask { _ = try await store.runs.accept(workflow) } }
                }
                for _ in 0..<8 { group.addTask { _ = try await store.runs.advanceWorkflows() } }
                try await group.waitForAll()
            }
            #expect(try await store.text("SELECT count(*) FROM runs") == "42")
            // Two workers settle at once; bystanders look.
            var rounds = 0
            while try await store.text("SELECT count(*) FROM workflows WHERE finished_at IS NULL") != "0", rounds < 50 {
                rounds += 1
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for worker in workers {
                        group.addTask {
                            for run in try await store.runs.claim(worker, limit: 5) { try await self.end(run, store) }
                        }
                    }
                    for _ in 0..<3 { group.addTask { _ = try await store.runs.advanceWorkflows() } }
                    try await group.waitForAll()
                }
            }
            #expect(try await store.text("SELECT count(*) FROM attempts") == "42")
            #expect(
                try await store.text("SELECT count(*) FROM workflows WHERE state = 'succeeded'") == "6")
        }
    }

    @Test func runsOfOneKeyStayInOrderWhenAWorkflowReleasesThem() async throws {
        try await withStore { store async throws in
            var workflow = WorkflowRequest.sample([3], parallel: [0])
            workflow.work = workflow.runs.map { run in
                var run = run
                run.concurrencyKey = "/out/one"
                return .run(run)
            }
            #expect(try await store.runs.accept(workflow) == .accepted)
            #expect(try await states(workflow.workflowID, store) == ["queued", "blocked", "blocked"])
        }
    }

    @Test func aRunSaysWhichWorkflowItIsPartOf() async throws {
        try await withStore { store async throws in
            let workflow = WorkflowRequest.sample([1, 1])
            #expect(try await store.runs.accept(workflow) == .accepted)
            let run = try #require(try await store.history.run(workflow.runs[0].runID))
            #expect(run.parent?.kind == .workflow && run.parent?.id == workflow.workflowID)
            let facts = try await store.history.facts(of: workflow.runs[1].runID)
            #expect(facts?.parent == RunFacts.Parent(runID: workflow.workflowID, name: "nightly"))
            let listed = try await store.history.listRuns(RunFilter(workflow: workflow.workflowID))
            #expect(Set(listed.map(\.runID)) == Set(workflow.runs.map(\.runID)))
            #expect(try await store.history.findWorkflows(workflow.workflowID.description) == [workflow.workflowID])
            #expect(try await store.history.listWorkflows(named: "nightly", state: .running).count == 1)
        }
    }

    @Test func landingsBeyondTheLimitOfTheOutboxAreNotKept() async throws {
        try await withStore(adjust: { $0.mostWaitingLandings = 2 }) { store async throws in
            let worker = try await store.runs.worker()
            for _ in 0..<4 {
                try await store.runs.accepted(.sample())
                try await end(store.runs.claimOne(worker), store)
            }
            #expect(try await store.text("SELECT count(*) FROM outbox WHERE kind = 'landing'") == "2")
            #expect(try await store.text("SELECT count(*) FROM runs WHERE state = 'succeeded'") == "4")
            let waiting = try await store.runs.takeAnnouncements(limit: 1, for: .seconds(60))
            try await store.runs.removeAnnouncements(waiting)
            try await store.runs.accepted(.sample())
            try await end(store.runs.claimOne(worker), store)
            #expect(try await store.text("SELECT count(*) FROM outbox WHERE kind = 'landing'") == "2")
        }
    }

    @Test func aBackfillOfWorkflowsIsCountedByItsWorkflows() async throws {
        try await withStore { store async throws in
            var workflows = [WorkflowRequest.sample([1, 1]), WorkflowRequest.sample([1, 1])]
            for index in workflows.indices { workflows[index].variables = ["DATE": "2013-01-0\(index + 1)"] }
            let backfill = UUID()
            try await store.runs.plan(
                backfill: backfill, pipeline: "nightly", submittedBy: "tester@here",
                runs: workflows.map(\.workflowID) + [.random()])
            for workflow in workflows { #expect(try await store.runs.accept(workflow) == .accepted) }
            let worker = try await store.runs.worker()
            let first = try #require(try await store.runs.claimOne(worker))
            #expect(first.lease.runID == workflows[0].runs[0].runID)
            try await end(first, store, failing: true)
            let summary = try #require(try await store.runs.findBackfills(backfill.uuidString).first)
            #expect(summary.runs == 3 && summary.failed == 1 && summary.unfinished == 1 && summary.missing == 1)
            #expect(try await store.runs.unfinishedWorkflows(of: backfill) == [workflows[1].workflowID])
            let failures = try await store.runs.failures(of: backfill, limit: 5)
            #expect(failures.map(\.runID) == [workflows[0].workflowID])
            #expect(failures.first?.error == "0 of 2 runs succeeded")
            let earlier = try await store.runs.earlierRuns(
                of: "nightly", in: "/data", variables: workflows.map(\.variables) + [["DATE": "x"]], areWorkflows: true)
            #expect(earlier.map(\.latestFailed) == [true, false, false])
            #expect(earlier.map(\.isUnderWay) == [false, true, false])
        }
    }

    @Test func oldWorkflowsGoWithTheirRuns() async throws {
        try await withStore { store async throws in
            let (old, open) = (WorkflowRequest.sample([1]), WorkflowRequest.sample([1, 1]))
            let worker = try await store.runs.worker()
            for workflow in [old, open] {
                #expect(try await store.runs.accept(workflow) == .accepted)
                try await end(store.runs.claimOne(worker), store)
            }
            for table in ["runs", "workflows"] {
                _ = try await store.rows(
                    """
                    UPDATE \(table) SET finished_at = now() - interval '9 days' WHERE finished_at IS NOT NULL RETURNING 1
                    """)
            }
            #expect(try await Retention(store).remove(olderThan: .seconds(8 * 86_400)) == 1)
            #expect(try await store.history.workflow(old.workflowID) == nil)
            #expect(try await states(open.workflowID, store) == ["succeeded", "queued"])
        }
    }
}
