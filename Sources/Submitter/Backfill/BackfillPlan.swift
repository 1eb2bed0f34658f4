import Fleet
import Foundation
import Pipeline
import Settings
import Store

/// The runs of a backfill, before they are handed in.
struct BackfillPlan {
    /// Which combinations get a run.
    enum Choice {
        /// Those without a run that succeeded or is under way.
        case missing
        /// Those whose latest run did not succeed.
        case failed
        case all
    }

    private let id = UUID()
    private(set) var requests: [RequestMessage] = []
    /// Of each request the variables that go through several values.
    private(set) var combinations: [[String: String]] = []
    private(set) var skipped = 0
    private(set) var warnings: [Problem] = []
    private var codes = SourceCodes()

    /// What the command line says for all of them.
    struct Wishes {
        var parallel: Int
        var engine: PipelineSpec.EngineChoice?
        var priority: Priority
    }

    /// Loads the pipeline or workflow once for each combination; throws on the first that it refuses.
    static func make(_ pipeline: PipelineOptions, _ wishes: Wishes) async throws -> BackfillPlan {
        var plan = BackfillPlan()
        plan.combinations = try combinations(pipeline.scope.variables)
        let (file, yaml) = (pipeline.file, try WorkflowOptions.text(pipeline.file))
        let project = try pipeline.scope.project()
        let isWorkflow = WorkflowLoader.isWorkflow(yaml)
        for (index, values) in plan.combinations.enumerated() {
            let (request, warnings) =
                isWorkflow
                ? try await plan.workflow(file, yaml, project, values, wishes)
                : try await plan.run(file, yaml, project, values, wishes, index)
            if index == 0 { plan.warnings = project.warnings + warnings }
            plan.requests.append(request)
            try plan.refuseOneSink(file)
        }
        return plan
    }

    private var name: String { "backfill \(shownID)" }

    private mutating func run(
        _ file: String, _ yaml: String, _ project: Project, _ values: [String: String], _ wishes: Wishes, _ index: Int
    ) async throws -> (RequestMessage, [Problem]) {
        var loaded = try PipelineLoader.load(
            yaml: yaml, file: file, variables: project.scope(given: values), profiles: project.profiles)
        loaded.spec = project.placing(loaded.spec)
        await codes.look(at: file, yaml: yaml)
        let draft = RequestDraft(
            file: file, yaml: yaml, project: project, key: "\(name) \(index)", engine: wishes.engine,
            priority: wishes.priority,
            maxRunning: min(wishes.parallel, loaded.spec.options.maxRunning ?? wishes.parallel),
            trigger: name, sourceCode: codes[file])
        return (.run(try draft.request(loaded)), loaded.warnings)
    }

    private mutating func workflow(
        _ file: String, _ yaml: String, _ project: Project, _ values: [String: String], _ wishes: Wishes
    ) async throws -> (RequestMessage, [Problem]) {
        let loaded = try WorkflowOptions.load(file, yaml: yaml, project, given: values)
        for pipeline in loaded.pipelines { await codes.look(at: pipeline.file, yaml: pipeline.yaml) }
        let draft = WorkflowDraft(
            file: file, key: "\(name) \(requests.count)", engine: wishes.engine, priority: wishes.priority,
            maxRunning: wishes.parallel, trigger: name)
        return (.workflow(try draft.request(loaded, yaml: yaml, project, given: values, codes)), loaded.warnings)
    }

    private static func combinations(_ variables: [Assignment]) throws -> [[String: String]] {
        do {
            return try VariableRange.combinations(
                variables.map { (variable) throws(VariableRange.Mistake) in
                    try VariableRange(name: variable.name, variable.value)
                })
        } catch {
            throw Stop(.wrongUse, "--var \(error)")
        }
    }

    /// Several runs that overwrite one place leave what the last of them wrote. A workflow may write some places
    /// anew each time, but not all of them.
    private func refuseOneSink(_ file: String) throws {
        guard requests.count == 2 else { return }
        let places = try requests.map { request in
            try request.runs.map { run -> String? in
                guard case .file(let sink)? = try run.loadPipeline().spec.sink, sink.mode == .overwrite else {
                    return nil
                }
                return sink.path.text
            }
        }
        guard let place = places[0].first ?? nil, places[0] == places[1], !places[0].contains(nil) else { return }
        throw Stop(
            .failed,
            "\(file): sink.path: the runs would overwrite each other at \(place); put a variable that differs "
                + "into the path, or write with mode append or overwrite_partitions")
    }

    var shownID: String { id.uuidString.lowercased() }

    mutating func choose(_ choice: Choice, _ store: PostgresStore) async throws {
        guard choice != .all, let first = requests.first else { return }
        let earlier = try await store.runs.earlierRuns(
            of: first.name, in: first.runs.first?.baseDirectory ?? "", variables: requests.map(\.variables),
            areWorkflows: first.isWorkflow)
        let chosen = requests.indices.filter { index in
            switch choice {
            case .missing: !earlier[index].hasSucceeded && !earlier[index].isUnderWay
            case .failed: earlier[index].latestFailed
            case .all: true
            }
        }
        skipped = requests.count - chosen.count
        (requests, combinations) = (chosen.map { requests[$0] }, chosen.map { combinations[$0] })
    }

    /// What it is made of first, then the runs: whoever dies in between leaves a backfill that says what is missing.
    func handIn(_ store: PostgresStore) async throws {
        guard let first = requests.first else { return }
        try await store.runs.plan(
            backfill: id, pipeline: first.name, submittedBy: Submission.submitter, runs: requests.map(\.id))
        let runs = requests.compactMap { if case .run(let request) = $0 { request } else { nil } }
        var answers = runs.isEmpty ? [] : try await store.runs.accept(runs)
        for case .workflow(let workflow) in requests { answers.append(try await store.runs.accept(workflow)) }
        for answer in answers {
            if case .refused(let reason) = answer { throw Stop(.failed, "a run cannot be stored: \(reason)") }
        }
    }

    func describe(_ index: Int) -> String {
        let values = combinations[index]
        return values.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: " ")
    }
}

extension RequestMessage {
    var id: RunID {
        switch self {
        case .run(let request): request.runID
        case .workflow(let workflow): workflow.workflowID
        }
    }

    var name: String {
        switch self {
        case .run(let request): request.pipelineName
        case .workflow(let workflow): workflow.name
        }
    }

    /// Of a run those that it uses, of a workflow those that it was given.
    var variables: [String: String] {
        switch self {
        case .run(let request): request.variables
        case .workflow(let workflow): workflow.variables
        }
    }

    var runs: [RunRequest] {
        switch self {
        case .run(let request): [request]
        case .workflow(let workflow): workflow.runs
        }
    }

    var isWorkflow: Bool { if case .workflow = self { true } else { false } }
}
