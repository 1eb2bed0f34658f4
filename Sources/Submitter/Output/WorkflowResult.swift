import Foundation
import Pipeline

/// What `quicketl workflow run --json` prints.
struct WorkflowResult: Encodable {
    struct Stage: Encodable {
        var name: String
        var status: RunResult.Status
        var dependsOn: [String]
        var parallel: Bool
        var startTime: Date?
        var endTime: Date?
        var durationMs: Double?
        var pipelinesSucceeded: Int
        var pipelinesFailed: Int
        var pipelinesSkipped: Int
        /// Names; the results stand in `pipelines` of the workflow.
        var pipelines: [String]
    }

    /// One pipeline: what its own `run --json` would print, and where it stands in the workflow.
    struct Entry: Encodable {
        var name: String
        var stage: String
        var file: String
        var result: RunResult

        private enum CodingKeys: String, CodingKey { case name, stage, file }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(name, forKey: .name)
            try container.encode(stage, forKey: .stage)
            try container.encode(file, forKey: .file)
            try result.encode(to: encoder)
        }
    }

    var workflowName = ""
    let startTime: Date
    var endTime: Date
    private(set) var stages: [Stage] = []
    private(set) var pipelines: [Entry] = []
    var isDryRun = false
    /// What kept the workflow from running, or interrupted it.
    private(set) var cause: (any Error)?

    init(startTime: Date) {
        self.startTime = startTime
        endTime = startTime
    }

    mutating func fail(_ error: any Error) { cause = error }

    /// In the order of the file. A pipeline without a result that was not interrupted was skipped.
    mutating func record(_ workflow: WorkflowLoader.Loaded, _ log: WorkflowLog) {
        pipelines = workflow.pipelines.indices.map { index in
            let pipeline = workflow.pipelines[index]
            return Entry(
                name: workflow.name(of: index), stage: workflow.spec.stages[pipeline.stage].name.text,
                file: pipeline.file,
                result: log.result(ofPipeline: index)
                    ?? RunResult(pipeline: pipeline.loaded.spec, startedAt: nil, status: .skipped))
        }
        stages = workflow.spec.stages.enumerated().map { index, stage in
            let entries = zip(workflow.pipelines, pipelines).filter { $0.0.stage == index }.map(\.1)
            let span = log.span(ofStage: index)
            let counts = Counts(entries)
            return Stage(
                name: stage.name.text, status: span == nil ? .skipped : counts.status,
                dependsOn: stage.dependsOn.map(\.text), parallel: stage.isParallel, startTime: span?.start,
                endTime: span?.end, durationMs: span?.seconds.map { $0 * 1000 },
                pipelinesSucceeded: counts.succeeded, pipelinesFailed: counts.failed,
                pipelinesSkipped: counts.skipped, pipelines: entries.map(\.name))
        }
    }

    struct Counts {
        var succeeded: Int
        var failed: Int
        var skipped: Int

        init(_ entries: [Entry]) {
            succeeded = entries.count { $0.result.status == .success }
            failed = entries.count { $0.result.status == .failed }
            skipped = entries.count - succeeded - failed
        }

        var status: RunResult.Status {
            if failed + skipped == 0 { return .success }
            return succeeded > 0 ? .partial : .failed
        }
    }

    var counts: Counts { Counts(pipelines) }

    var status: RunResult.Status {
        // A workflow without pipelines does not load.
        cause == nil ? counts.status : counts.succeeded > 0 ? .partial : .failed
    }

    /// One line; nil when all went well.
    var error: String? {
        if let cause { return Ending(of: cause).message ?? "\(cause)" }
        guard let failed = pipelines.first(where: { $0.result.status == .failed }) else { return nil }
        let others = counts.failed > 1 ? " and \(counts.failed - 1) more" : ""
        return "pipeline \"\(failed.name)\" of stage \"\(failed.stage)\"\(others) failed: "
            + (failed.result.error ?? "")
    }

    private enum Key: String, CodingKey {
        case workflowName = "workflow_name"
        case status
        case startTime = "start_time"
        case endTime = "end_time"
        case duration = "duration_ms"
        case total = "total_pipelines"
        case succeeded = "pipelines_succeeded"
        case failed = "pipelines_failed"
        case skipped = "pipelines_skipped"
        case stages, pipelines, error, metadata
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(workflowName, forKey: .workflowName)
        try container.encode(status, forKey: .status)
        try container.encode(startTime, forKey: .startTime)
        try container.encode(endTime, forKey: .endTime)
        try container.encode(endTime.timeIntervalSince(startTime) * 1000, forKey: .duration)
        try container.encode(pipelines.count, forKey: .total)
        try container.encode(counts.succeeded, forKey: .succeeded)
        try container.encode(counts.failed, forKey: .failed)
        try container.encode(counts.skipped, forKey: .skipped)
        try container.encode(stages, forKey: .stages)
        try container.encode(pipelines, forKey: .pipelines)
        try container.encode(error, forKey: .error)
        try container.encode(["dry_run": isDryRun], forKey: .metadata)
    }
}
