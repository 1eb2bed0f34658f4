public import Fleet
public import Pipeline

extension RunHistory {
    /// The latest submissions first.
    public func listWorkflows(
        named name: String? = nil, state: WorkflowState? = nil, limit: Int = 50
    ) async throws(StoreError) -> [WorkflowSummary] {
        let call = WorkflowStatements.list(
            .text(name), .text(state?.rawValue), .int(min(max(limit, 0), Self.mostRows)))
        return try await pool.use("listing workflows") { (on) throws(StoreError) in
            try on.execute(call).rows.map { (row) throws(StoreError) in try row.workflow() }
        }
    }

    /// All that begin like this, ten at most.
    public func findWorkflows(_ idOrPrefix: String) async throws(StoreError) -> [RunID] {
        guard let range = Self.range(ofPrefix: idOrPrefix) else { return [] }
        let call = WorkflowStatements.find(.uuid(range.0), .uuid(range.1))
        return try await pool.use("finding a workflow") { (on) throws(StoreError) in
            try on.execute(call).rows.map { (row) throws(StoreError) in try row.runID("workflow_id") }
        }
    }

    /// nil when there is no such workflow.
    public func workflow(_ id: RunID) async throws(StoreError) -> WorkflowDetail? {
        try await pool.use("reading a workflow", run: id) { (on) throws(StoreError) in
            let tables = try on.pipelined([
                WorkflowStatements.one(.run(id)), WorkflowStatements.definition(.run(id)),
                WorkflowStatements.runs(.run(id)),
            ])
            guard let summary = tables[0].first, let definition = tables[1].first else { return nil }
            return WorkflowDetail(
                summary: try summary.workflow(), plan: try definition.json("plan"), yaml: try definition.text("yaml"),
                variables: try definition.json("variables"),
                steps: try tables[2].rows.map { (row) throws(StoreError) in try row.workflowStep() })
        }
    }
}

extension Row {
    fileprivate func workflow() throws(StoreError) -> WorkflowSummary {
        WorkflowSummary(
            workflowID: try runID("workflow_id"), workflow: try text("workflow"), state: try value("state"),
            runs: try int("runs"), succeeded: try int("succeeded"), failed: try int("failed"),
            cancelled: try int("cancelled"), skipped: try int("skipped"), unfinished: try int("unfinished"),
            rowsOut: try int64IfAny("rows_out"), isCancelRequested: try bool("is_cancelled"),
            resumeOf: try uuidIfAny("resume_of").map { RunID($0) }, trigger: try textIfAny("trigger"),
            submittedAt: try date("submitted_micros"), submittedBy: try text("submitted_by"),
            startedAt: try dateIfAny("started_micros"), finishedAt: try dateIfAny("finished_micros"))
    }

    fileprivate func workflowStep() throws(StoreError) -> WorkflowDetail.Step {
        WorkflowDetail.Step(
            stage: try text("stage"), step: try text("step"), runID: try runID("run_id"),
            wasDoneBefore: try bool("is_done"), pipeline: try textIfAny("pipeline"),
            state: try textIfAny("state").flatMap(RunState.init), engine: try textIfAny("engine"),
            attempts: try intIfAny("attempts"), rowsOut: try int64IfAny("rows_out"),
            startedAt: try dateIfAny("started_micros"), finishedAt: try dateIfAny("finished_micros"),
            error: try textIfAny("error"))
    }
}
