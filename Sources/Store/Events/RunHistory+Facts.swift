public import Fleet
public import Pipeline

extension RunHistory {
    /// What lineage events tell of a run; nil when there is no such run.
    public func facts(of id: RunID) async throws(StoreError) -> RunFacts? {
        guard let detail = try await run(id), let request = try await request(of: id) else { return nil }
        return RunFacts(detail, request)
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
            }, parent: detail.parent.map { Parent(runID: $0.id, name: $0.name) })
    }
}
