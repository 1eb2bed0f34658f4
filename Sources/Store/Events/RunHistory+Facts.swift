public import Fleet
import Foundation
public import Pipeline

extension RunHistory {
    /// What lineage events tell of a run; nil when there is no such run.
    public func facts(of id: RunID) async throws(StoreError) -> RunFacts? {
        guard let detail = try await run(id), let request = try await request(of: id) else { return nil }
        return RunFacts(detail, request)
    }

    /// What events tell of a workflow; nil when there is no such workflow.
    public func facts(ofWorkflow id: RunID) async throws(StoreError) -> WorkflowFacts? {
        guard let detail = try await workflow(id) else { return nil }
        let call = WorkflowStatements.origin(.run(id))
        let row = try await pool.use("reading a workflow", run: id) { (on) throws(StoreError) in
            try on.execute(call).first
        }
        guard let row else { return nil }
        let parent = try row.uuidIfAny("backfill_id").map { (backfill) throws(StoreError) in
            RunFacts.Parent(runID: RunID(backfill), name: try row.textIfAny("pipeline_name") ?? "")
        }
        return WorkflowFacts(detail, parent, beganAt: try row.date("recorded_micros"))
    }

    /// The events of a workflow so far, without those of its runs.
    public func events(ofWorkflow id: RunID, builder: EventBuilder) async throws(StoreError) -> [JSONValue] {
        guard let facts = try await facts(ofWorkflow: id), let summary = try await workflow(id)?.summary else {
            return []
        }
        var events = [builder.event(.start, at: facts.beganAt, of: .workflow(facts))]
        if let kind = EventKind(endingIn: summary.state), let finished = summary.finishedAt {
            events.append(builder.event(kind, at: finished, of: .workflow(facts)))
        }
        return events
    }

    /// The events of a run so far, as its receivers got or would get them: its start, and its end when it has ended.
    public func events(
        of id: RunID, builder: EventBuilder
    ) async throws(StoreError) -> [JSONValue] {
        guard let detail = try await run(id), let request = try await request(of: id) else { return [] }
        let facts = RunFacts(detail, request)
        var events: [JSONValue] = []
        if let started = detail.summary.startedAt { events.append(builder.event(.start, at: started, of: facts)) }
        if let kind = EventKind(endingIn: detail.summary.state), let finished = detail.summary.finishedAt {
            events.append(builder.event(kind, at: finished, of: facts))
        }
        return events
    }
}

extension RunFacts {
    /// Of its last attempt.
    init(_ detail: RunDetail, _ request: RunRequest) {
        let last = detail.attempts.last?.attempt
        func uses(_ datasets: [RunDetail.Dataset]) -> [DatasetUse] {
            datasets.filter { $0.attempt == last }.map { dataset in
                DatasetUse(
                    namespace: dataset.namespace, name: dataset.name, sourceName: dataset.sourceName,
                    rows: dataset.rows, bytes: dataset.bytes, files: dataset.files,
                    columns: dataset.columns.map { .init(name: $0.name, type: $0.type) })
            }
        }
        self.init(
            request: request, engine: detail.summary.engine, error: detail.summary.error,
            inputs: uses(detail.inputs), outputs: uses(detail.outputs),
            checks: detail.checks.filter { $0.attempt == last }.map { check in
                CheckReport(
                    type: check.type, subject: check.subject, severity: check.severity, passed: check.passed,
                    failedRows: check.failedRows, message: "")
            },
            lineage: detail.lineage.compactMap { edge in
                guard let kind = ColumnLineageEdge.Kind(rawValue: edge.type),
                    let subtype = ColumnLineageEdge.Subtype(rawValue: edge.subtype)
                else { return nil }
                return ColumnLineageEdge(
                    outputColumn: edge.outputColumn, inputSource: edge.inputSource, inputColumn: edge.inputColumn,
                    kind: kind, subtype: subtype, isMasking: edge.masking)
            }, parent: detail.parent.map { Parent(runID: $0.id, name: $0.name) },
            engineVersion: detail.attempts.last?.engineVersion)
    }
}

extension WorkflowFacts {
    init(_ detail: WorkflowDetail, _ parent: RunFacts.Parent?, beganAt: Date) {
        let summary = detail.summary
        let failed = detail.steps.first { $0.state == .failed || $0.state == .dead }
        let error = failed.map { step in
            "\(summary.failed) of \(summary.runs) runs failed; \(step.stage)/\(step.step)"
                + (step.error.map { ": \($0)" } ?? "")
        }
        self.init(
            id: summary.workflowID, name: summary.workflow, yaml: detail.yaml, variables: detail.variables,
            beganAt: beganAt, error: summary.state == .failed ? error : nil, parent: parent)
    }
}
