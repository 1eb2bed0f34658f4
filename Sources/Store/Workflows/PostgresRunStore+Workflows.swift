public import Fleet
import Logging
public import Pipeline

extension PostgresRunStore {
    /// Workflows advanced by one look.
    private static let workflowBatch = 64

    /// Repeated: `known`, and nothing changes.
    public func accept(_ workflow: WorkflowRequest) async throws(StoreError) -> AcceptAnswer {
        let requests = workflow.runs
        for request in requests {
            if let objection = RequestLimits.objection(to: request) { return .refused(reason: objection) }
        }
        let insertRuns = try insertion(
            requests, requests.isEmpty ? [] : try await shared.pipelines(requests), workflow: workflow.workflowID)
        let id = Parameter.run(workflow.workflowID)
        let digest = workflow.contentDigest.description
        let insert = WorkflowStatements.insert(
            id, .text(workflow.name), .text(digest), .text(workflow.yaml), try .json(workflow.plan),
            .uuid(workflow.resumeOf?.rawValue), .text(workflow.idempotencyKey), .text(workflow.trigger),
            .date(workflow.submittedAt), .text(workflow.submittedBy), try .json(workflow.variables),
            .text(requests.first?.baseDirectory))
        let steps = WorkflowStatements.insertSteps(
            id, .texts(workflow.plan.steps.map { workflow.plan.stages[$0.stage].name }),
            .texts(workflow.plan.steps.map(\.name)), .runs(workflow.work.map(\.runID)),
            .bools(workflow.work.map { if case .done = $0 { true } else { false } }))
        let answer: AcceptAnswer
        do {
            answer = try await attempting("acceptance of a workflow", run: workflow.workflowID) {
                (on) throws(StoreError) in
                try on.transaction { () throws(StoreError) in
                    guard try !on.execute(insert).isEmpty else {
                        let known = try on.execute(WorkflowStatements.content(id)).first?.text("content_digest")
                        return known == digest ? .known : .conflict
                    }
                    guard try on.execute(insertRuns).count == requests.count else { throw Self.taken }
                    _ = try on.execute(steps)
                    _ = try on.execute(WorkflowStatements.wake(id))
                    return .accepted
                }
            }
        } catch {
            if error.message == Self.taken.message { return .conflict }
            guard error.kind == .undecodable else { throw error }
            return .refused(reason: "the store can't hold it: \(error.message)")
        }
        if answer == .accepted { await advanceSoon(workflow.workflowID) }
        return answer
    }

    /// All of a workflow's runs or none.
    private static let taken = StoreError(
        .refused, operation: "acceptance of a workflow", message: "a run has the id of one of its runs already")

    // MARK: Advancing

    /// What fails here is done by the next look of anybody.
    func advanceSoon(_ workflow: RunID) async {
        do {
            _ = try await advance(workflow)
        } catch {
            logger.warning(
                "advancing a workflow failed; it is tried again",
                metadata: ["workflow_id": "\(workflow)", "error": "\(error)"])
        }
    }

    /// Repeated: finds what is left to do. One that can't be advanced holds up no others.
    public func advanceWorkflows() async throws(StoreError) -> Int {
        let call = WorkflowStatements.woken(.int(Self.workflowBatch))
        let woken = try await attempting("looking for workflows") { (on) throws(StoreError) in
            try on.execute(call).rows.map { (row) throws(StoreError) in try row.runID("workflow_id") }
        }
        var released = 0
        for workflow in woken {
            do {
                released += try await advance(workflow)
            } catch {
                guard error.kind != .unreachable else { throw error }
                logger.error(
                    "a workflow can't be advanced", metadata: ["workflow_id": "\(workflow)", "error": "\(error)"])
            }
        }
        return released
    }

    private struct Advance: Sendable {
        var released: [RunID] = []
        var ended: [RunID] = []
    }

    /// Draws the conclusions from how the runs of a workflow stand, in one transaction: every run is released once,
    /// because it is held no longer then, and what happens meanwhile leaves a wake of its own. Answers how many started.
    func advance(_ workflow: RunID) async throws(StoreError) -> Int {
        try await cancelRuns(ofWorkflowToBeCancelled: workflow)
        let id = Parameter.run(workflow)
        let advance = try await attempting("advancing a workflow", run: workflow) { (on) throws(StoreError) in
            try on.transaction { () throws(StoreError) -> Advance in
                _ = try on.execute(WorkflowStatements.lock(.text(workflow.description)))
                let wakes = try on.execute(WorkflowStatements.wakes(id)).rows.map { (row) throws(StoreError) in
                    try row.int64("wake_id")
                }
                var advance = Advance()
                if let standing = try on.execute(WorkflowStatements.standing(id)).first,
                    try standing.text("state") == WorkflowState.running.rawValue
                {
                    advance = try Self.conclude(
                        workflow, try standing.json("plan"), isCancelled: try standing.bool("is_cancelled"), on)
                }
                if !wakes.isEmpty { _ = try on.execute(WorkflowStatements.sleep(.ints(wakes))) }
                return advance
            }
        }
        await notices.announce(queueChanged: !advance.released.isEmpty, runs: advance.released + advance.ended)
        return advance.released.count
    }

    /// Inside a transaction, under the workflow's lock.
    private static func conclude(
        _ workflow: RunID, _ plan: WorkflowPlan, isCancelled: Bool, _ on: isolated Connection
    ) throws(StoreError) -> Advance {
        var runs: [RunID] = []
        var states: [RunState] = []
        for row in try on.execute(WorkflowStatements.steps(.run(workflow))).rows {
            runs.append(try row.runID("run_id"))
            states.append(try row.value("state"))
        }
        guard runs.count == plan.steps.count else {
            throw StoreError(
                .undecodable, operation: "advancing a workflow", run: workflow, message: "its plan has other steps")
        }
        let course = WorkflowCourse(plan, states: states, isCancelled: isCancelled)
        var advance = Advance(released: course.released.map { runs[$0] })
        if !advance.released.isEmpty {
            let released = Parameter.runs(advance.released)
            _ = try on.execute(IntakeStatements.joinIntake())
            _ = try on.execute(QueueStatements.lockLanesOfRuns(released))
            _ = try on.execute(WorkflowStatements.release(released))
            _ = try on.execute(WorkflowStatements.admit(released))
        }
        if !course.skipped.isEmpty {
            advance.ended = course.skipped.map { runs[$0.step] }
            _ = try on.execute(WorkflowStatements.skip(.runs(advance.ended), .texts(course.skipped.map(\.reason))))
        }
        if isCancelled {
            let held = runs.indices.filter { states[$0] == .held }.map { runs[$0] }
            _ = try on.execute(WorkflowStatements.cancelHeld(.runs(held)))
            advance.ended += held
        }
        if let ending = course.ending {
            _ = try on.execute(WorkflowStatements.finish(.run(workflow), .text(ending.rawValue)))
        }
        return advance
    }

    // MARK: Cancelling

    /// Of a whole workflow: whether it had not ended yet. Nothing more of it starts once this has returned; what is
    /// running is stopped by its workers. Repeated: goes on with what was left.
    public func cancelWorkflow(_ workflow: RunID) async throws(StoreError) -> Bool {
        let id = Parameter.run(workflow)
        let isRequested = try await attempting("cancel of a workflow", run: workflow) { (on) throws(StoreError) in
            try on.transaction { () throws(StoreError) in
                guard try !on.execute(WorkflowStatements.requestCancel(id)).isEmpty else { return false }
                _ = try on.execute(WorkflowStatements.wake(id))
                return true
            }
        }
        if isRequested { _ = try await advance(workflow) }
        return isRequested
    }

    private func cancelRuns(ofWorkflowToBeCancelled workflow: RunID) async throws(StoreError) {
        let id = Parameter.run(workflow)
        let runs = try await attempting("advancing a workflow", run: workflow) { (on) throws(StoreError) in
            guard let standing = try on.execute(WorkflowStatements.standing(id)).first,
                try standing.bool("is_cancelled"), try standing.text("state") == WorkflowState.running.rawValue
            else { return [RunID]() }
            return try on.execute(WorkflowStatements.underWay(id)).rows.map { (row) throws(StoreError) in
                try row.runID("run_id")
            }
        }
        for run in runs { _ = try await cancel(run) }
    }
}
