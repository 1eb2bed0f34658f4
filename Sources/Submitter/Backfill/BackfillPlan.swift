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
    private(set) var requests: [RunRequest] = []
    /// Of each request the variables that go through several values.
    private(set) var combinations: [[String: String]] = []
    private(set) var skipped = 0
    private(set) var warnings: [Problem] = []

    /// Loads the pipeline once for each combination; throws on the first that it refuses.
    static func make(
        _ pipeline: PipelineOptions, parallel: Int, engine: PipelineSpec.EngineChoice?, priority: Priority
    ) throws -> BackfillPlan {
        var plan = BackfillPlan()
        plan.combinations = try combinations(pipeline.scope.variables)
        let yaml = try text(pipeline.file)
        let project = try pipeline.scope.project()
        let name = "backfill \(plan.shownID)"
        for (index, values) in plan.combinations.enumerated() {
            var loaded = try PipelineLoader.load(
                yaml: yaml, file: pipeline.file, variables: project.scope(given: values), profiles: project.profiles)
            loaded.spec = project.placing(loaded.spec)
            if index == 0 { plan.warnings = project.warnings + loaded.warnings }
            let draft = RequestDraft(
                file: pipeline.file, yaml: yaml, project: project, key: "\(name) \(index)", engine: engine,
                priority: priority, maxRunning: min(parallel, loaded.spec.options.maxRunning ?? parallel), trigger: name
            )
            plan.requests.append(try draft.request(loaded))
            try plan.refuseOneSink(loaded.spec, pipeline.file)
        }
        return plan
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

    private static func text(_ file: String) throws -> String {
        do {
            return try TextFile.read(file)
        } catch {
            throw Stop(.failed, "\(file) could not be read: \(error.reason)")
        }
    }

    /// Several runs that overwrite one place leave what the last of them wrote.
    private func refuseOneSink(_ spec: PipelineSpec, _ file: String) throws {
        guard requests.count == 2, case .file(let sink)? = spec.sink, sink.mode == .overwrite else { return }
        let keys = try requests.map { request in
            try request.loadPipeline().spec.sink?.concurrencyKey(baseDirectory: request.baseDirectory)
        }
        guard keys[0] == keys[1] else { return }
        throw Stop(
            .failed,
            "\(file): sink.path: the runs would overwrite each other at \(sink.path.text); put a variable that differs "
                + "into the path, or write with mode append or overwrite_partitions")
    }

    var shownID: String { id.uuidString.lowercased() }

    mutating func choose(_ choice: Choice, _ store: PostgresStore) async throws {
        guard choice != .all, let first = requests.first else { return }
        let earlier = try await store.runs.earlierRuns(
            of: first.pipelineName, in: first.baseDirectory, variables: requests.map(\.variables))
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
            backfill: id, pipeline: first.pipelineName, submittedBy: first.submittedBy, runs: requests.map(\.runID))
        for answer in try await store.runs.accept(requests) {
            if case .refused(let reason) = answer { throw Stop(.failed, "a run cannot be stored: \(reason)") }
        }
    }

    func describe(_ index: Int) -> String {
        let values = combinations[index]
        return values.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: " ")
    }
}
