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

    /// `occurredAt`: when the run made the transition, not when anybody heard of it.
    public func event(_ kind: EventKind, at occurredAt: Date, of facts: RunFacts) -> JSONValue {
        // A definition that this version can't read still ran, under a name that is on record.
        let pipeline = try? facts.request.loadPipeline().spec
        let datasets = DatasetFacets(facts: facts, pipeline: pipeline)
        return .record([
            "eventTime": .maybe(RFC3339.text(of: occurredAt)),
            "eventType": .text(kind.rawValue),
            "producer": .text(producer),
            "schemaURL": .text("https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent"),
            "run": .record([
                "runId": .text(facts.request.runID.description), "facets": facets(runFacets(kind, facts)),
            ]),
            "job": .record([
                "namespace": .text(namespace), "name": .text(facts.request.pipelineName),
                "facets": facets(jobFacets(facts, pipeline)),
            ]),
            "inputs": .array(
                facts.inputs.map { use in
                    .record([
                        "namespace": .text(use.namespace), "name": .text(use.name),
                        "facets": facets(datasets.common(of: use)),
                        "inputFacets": facets([datasets.inputStatistics(of: use)]),
                    ])
                }),
            "outputs": .array(
                datasets.outputs(of: kind).map { use in
                    .record([
                        "namespace": .text(use.namespace), "name": .text(use.name),
                        "facets": facets(datasets.common(of: use) + datasets.output(of: use, kind)),
                        "outputFacets": kind == .complete ? facets([datasets.outputStatistics(of: use)]) : nil,
                    ])
                }),
        ])
    }

    private func facets(_ facets: [Facet?]) -> JSONValue {
        .object(facets.compactMap { $0?.member(producer: producer) })
    }

    // MARK: Run

    private func runFacets(_ kind: EventKind, _ facts: RunFacts) -> [Facet?] {
        let variables = facts.request.variables.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
        return [
            nominalTime(facts.request),
            facts.engine.map { engine in
                Facet(
                    "processing_engine", "1-1-1/ProcessingEngineRunFacet",
                    [
                        "name": .text(engine), "version": .text(ProgramVersion.text),
                        "openlineageAdapterVersion": .text(ProgramVersion.text),
                    ])
            },
            kind == .fail
                ? Facet(
                    "errorMessage", "1-0-1/ErrorMessageRunFacet",
                    ["message": .text(facts.error ?? "no reason is on record"), "programmingLanguage": .text("SQL")])
                : nil,
            variables.isEmpty
                ? nil
                : Facet(
                    "tags", "1-0-0/TagsRunFacet",
                    ["tags": .array(variables.map { Self.tag($0.key, $0.value, source: "VARIABLE") })]),
            facts.parent.map { parent in
                Facet(
                    "parent", "1-2-0/ParentRunFacet",
                    [
                        "run": .record(["runId": .text(parent.runID.description)]),
                        "job": .record(["namespace": .text(namespace), "name": .text(parent.name)]),
                    ])
            },
        ]
    }

    /// The day that a run is for, by the variable that is named for it.
    private func nominalTime(_ request: RunRequest) -> Facet? {
        guard let day = request.variables["DATE"], let start = RFC3339.date(from: "\(day)T00:00:00Z") else {
            return nil
        }
        return Facet(
            "nominalTime", "1-0-1/NominalTimeRunFacet",
            [
                "nominalStartTime": .maybe(RFC3339.text(of: start)),
                "nominalEndTime": .maybe(RFC3339.text(of: start.addingTimeInterval(86_400))),
            ])
    }

    private static func tag(_ key: String, _ value: String, source: String) -> JSONValue {
        .record(["key": .text(key), "value": .text(value), "source": .text(source)])
    }

    // MARK: Job

    private func jobFacets(_ facts: RunFacts, _ pipeline: PipelineSpec?) -> [Facet?] {
        [
            Facet(
                "jobType", "2-0-4/JobTypeJobFacet",
                [
                    "processingType": .text("BATCH"), "integration": .text("QUICKETL"), "jobType": .text("PIPELINE"),
                ]),
            pipeline.flatMap { $0.description.isEmpty ? nil : $0.description }.map {
                Facet("documentation", "1-1-0/DocumentationJobFacet", ["description": .text($0)])
            },
            pipeline.flatMap(sql),
            pipeline.flatMap { spec in
                spec.options.tags.isEmpty
                    ? nil
                    : Facet(
                        "tags", "1-0-0/TagsJobFacet",
                        ["tags": .array(spec.options.tags.map { Self.tag($0, "true", source: "USER") })])
            },
            Facet(
                "sourceCodeLocation", "1-1-0/SourceCodeLocationJobFacet",
                [
                    // Which text it was: definitions are kept by their digests.
                    "type": .text("quicketl"),
                    "url": .text("urn:quicketl:pipeline:\(ContentDigest(of: facts.request.pipelineYAML))"),
                    "version": .text(ContentDigest(of: facts.request.pipelineYAML).description),
                ]),
        ]
    }

    /// The query that is sent to a database, where there is one and only one.
    private func sql(_ pipeline: PipelineSpec) -> Facet? {
        let queries = pipeline.everySource.compactMap { named -> String? in
            guard case .database(let source) = named.source, case .query(let query) = source.rows else { return nil }
            return query.sql(backslashEscapes: false)
        }
        guard queries.count == 1 else { return nil }
        return Facet("sql", "1-1-0/SQLJobFacet", ["query": .text(queries[0])])
    }
}
