public import Foundation
public import Pipeline

/// Makes OpenLineage events (version 2-0-2) of what history holds. Pure: the same facts give the same text.
public struct EventBuilder: Sendable {
    /// The namespace of the jobs: one for each fleet that reports to the same place.
    public var namespace: String
    let producer: String

    public init(namespace: String = "quicketl") {
        self.namespace = namespace
        producer = "urn:quicketl:\(ProgramVersion.text)"
    }

    /// `occurredAt`: when the run or workflow made the transition, not when anybody heard of it.
    public func event(_ kind: EventKind, at occurredAt: Date, of facts: EventFacts) -> JSONValue {
        switch facts {
        case .run(let facts): event(kind, at: occurredAt, of: facts)
        case .workflow(let facts): event(kind, at: occurredAt, of: facts)
        }
    }

    public func event(_ kind: EventKind, at occurredAt: Date, of facts: RunFacts) -> JSONValue {
        // A definition that this version can't read still ran, under a name that is on record.
        let pipeline = try? facts.request.loadPipeline().spec
        let datasets = DatasetFacets(facts: facts, pipeline: pipeline)
        let job = JobFacets(facts: facts, pipeline: pipeline)
        return event(
            kind, at: occurredAt, run: facts.request.runID,
            common(
                kind, variables: facts.request.variables, error: facts.error, parent: facts.parent)
                + [engine(facts)],
            job: facts.request.pipelineName, job.all,
            inputs: facts.inputs.map { use in
                .record([
                    "namespace": .text(use.namespace), "name": .text(use.name),
                    "facets": facets(datasets.common(of: use)),
                    "inputFacets": facets([datasets.inputStatistics(of: use)]),
                ])
            },
            outputs: datasets.outputs(of: kind).map { use in
                .record([
                    "namespace": .text(use.namespace), "name": .text(use.name),
                    "facets": facets(datasets.common(of: use) + datasets.output(of: use, kind)),
                    "outputFacets": kind == .complete ? facets([datasets.outputStatistics(of: use)]) : nil,
                ])
            })
    }

    /// Datasets are told of by the workflow's runs.
    func event(_ kind: EventKind, at occurredAt: Date, of facts: WorkflowFacts) -> JSONValue {
        event(
            kind, at: occurredAt, run: facts.id,
            common(kind, variables: facts.variables, error: facts.error, parent: facts.parent),
            job: facts.name, [JobFacets.jobType("WORKFLOW"), JobFacets.text("workflow", facts.yaml)], inputs: [],
            outputs: [])
    }

    private func event(
        _ kind: EventKind, at occurredAt: Date, run: RunID, _ runFacets: [Facet?], job: String, _ jobFacets: [Facet?],
        inputs: [JSONValue], outputs: [JSONValue]
    ) -> JSONValue {
        .record([
            "eventTime": .maybe(RFC3339.text(of: occurredAt)),
            "eventType": .text(kind.rawValue),
            "producer": .text(producer),
            "schemaURL": .text("https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent"),
            "run": .record(["runId": .text(run.description), "facets": facets(runFacets)]),
            "job": .record(["namespace": .text(namespace), "name": .text(job), "facets": facets(jobFacets)]),
            "inputs": .array(inputs), "outputs": .array(outputs),
        ])
    }

    private func facets(_ facets: [Facet?]) -> JSONValue {
        .object(facets.compactMap { $0?.member(producer: producer) })
    }

    // MARK: Run

    /// Of runs and workflows alike.
    private func common(
        _ kind: EventKind, variables: [String: String], error: String?, parent: RunFacts.Parent?
    ) -> [Facet?] {
        let tags = variables.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
        return [
            nominalTime(variables),
            kind == .fail
                ? Facet(
                    "errorMessage", "1-0-1/ErrorMessageRunFacet",
                    ["message": .text(error ?? "no reason is on record"), "programmingLanguage": .text("SQL")])
                : nil,
            tags.isEmpty
                ? nil
                : Facet(
                    "tags", "1-0-0/TagsRunFacet",
                    ["tags": .array(tags.map { Facet.tag($0.key, $0.value, source: "VARIABLE") })]),
            parent.map { parent in
                Facet(
                    "parent", "1-2-0/ParentRunFacet",
                    [
                        "run": .record(["runId": .text(parent.runID.description)]),
                        "job": .record(["namespace": .text(namespace), "name": .text(parent.name)]),
                    ])
            },
        ]
    }

    /// The schema insists on a version: of an engine that never told its own, that is what it says.
    private func engine(_ facts: RunFacts) -> Facet? {
        facts.engine.map { engine in
            Facet(
                "processing_engine", "1-1-1/ProcessingEngineRunFacet",
                [
                    "name": .text(engine), "version": .text(facts.engineVersion ?? "unknown"),
                    "openlineageAdapterVersion": .text(ProgramVersion.text),
                ])
        }
    }

    /// The day that a run is for, by the variable that is named for it.
    private func nominalTime(_ variables: [String: String]) -> Facet? {
        guard let day = variables["DATE"], let start = RFC3339.date(from: "\(day)T00:00:00Z") else { return nil }
        return Facet(
            "nominalTime", "1-0-1/NominalTimeRunFacet",
            [
                "nominalStartTime": .maybe(RFC3339.text(of: start)),
                "nominalEndTime": .maybe(RFC3339.text(of: start.addingTimeInterval(86_400))),
            ])
    }
}
