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

    let id = UUID()
    private(set) var requests: [RunRequest] = []
    /// Of each request the variables that go through several values.
    private(set) var combinations: [[String: String]] = []
    private(set) var skipped = 0
    private(set) var warnings: [Problem] = []

    /// Loads the pipeline once for each combination; throws on the first that it refuses.
    init(_ pipeline: PipelineOptions, parallel: Int, _ shape: (inout RequestDraft) throws -> Void) throws {
        var ranges: [VariableRange] = []
        do {
            for variable in pipeline.scope.variables {
                ranges.append(try VariableRange(name: variable.name, variable.value))
            }
            combinations = try VariableRange.combinations(ranges)
        } catch let mistake as VariableRange.Mistake {
            throw Stop(.wrongUse, "--var \(mistake)")
        }
        let yaml: String
        do {
            yaml = try TextFile.read(pipeline.file)
        } catch let unreadable as WorkflowLoader.Unreadable {
            throw Stop(.failed, "\(pipeline.file) could not be read: \(unreadable.reason)")
        }
        let project = try pipeline.scope.project()
        for (index, values) in combinations.enumerated() {
            var loaded = try PipelineLoader.load(
                yaml: yaml, file: pipeline.file, variables: project.scope(given: values), profiles: project.profiles)
            loaded.spec = project.placing(loaded.spec)
            if index == 0 { warnings = project.warnings + loaded.warnings }
            var draft = RequestDraft(
                file: pipeline.file, yaml: yaml, project: project,
                key: "backfill \(id.uuidString.lowercased()) \(index)")
            // Below what people wait for.
            draft.priority = .low
            draft.maxRunning = min(parallel, loaded.spec.options.maxRunning ?? parallel)
            draft.trigger = "backfill \(id.uuidString.lowercased())"
            try shape(&draft)
            requests.append(try draft.request(loaded))
            try refuseOneSink(loaded.spec, pipeline.file)
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
