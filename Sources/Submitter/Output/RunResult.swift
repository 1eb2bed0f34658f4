import Fleet
import Foundation
import Pipeline

/// What `quicketl run --json` prints: the fields are those of the language reference, section 10. Every field is there
/// in every result; what is not known is null.
struct RunResult: Encodable, Sendable {
    enum Status: String, Encodable, Sendable {
        case success, failed
        /// Of a workflow: some of its pipelines succeeded.
        case partial
        /// In a workflow: did not run, because something before it had failed.
        case skipped
    }

    private(set) var pipeline: PipelineSpec?
    var runID: RunID?
    private(set) var status: Status
    var startedAt: Date?
    var finishedAt: Date?
    private(set) var report: AttemptReport?
    /// What kept the run from succeeding.
    private(set) var cause: (any Error)?
    private(set) var isDryRun = false

    init(pipeline: PipelineSpec? = nil, runID: RunID? = nil, startedAt: Date?, status: Status = .failed) {
        self.pipeline = pipeline
        self.runID = runID
        self.startedAt = startedAt
        self.status = status
    }

    mutating func record(_ report: AttemptReport, isDryRun: Bool) {
        self.report = report
        self.isDryRun = isDryRun
        status = .success
    }

    mutating func fail(_ error: any Error) {
        status = .failed
        cause = error
    }

    var name: String { pipeline?.name ?? "" }

    var error: String? { cause.map { Ending(of: $0).message ?? "\($0)" } }

    var seconds: Double? {
        guard let startedAt else { return nil }
        return (finishedAt ?? startedAt).timeIntervalSince(startedAt)
    }

    var rowsWritten: Int64 {
        status == .success && !isDryRun ? report?.metrics.rowsOut ?? 0 : 0
    }

    private enum Key: String, CodingKey {
        case runID = "run_id"
        case pipelineName = "pipeline_name"
        case status, engine
        case startTime = "start_time"
        case endTime = "end_time"
        case duration = "duration_ms"
        case rowsProcessed = "rows_processed"
        case rowsWritten = "rows_written"
        case stepsSucceeded = "steps_succeeded"
        case stepsFailed = "steps_failed"
        case stepResults = "step_results"
        case checkResults = "check_results"
        case error, metadata
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        let steps = StepResult.all(of: self)
        try container.encode(runID?.description, forKey: .runID)
        try container.encode(name, forKey: .pipelineName)
        try container.encode(status, forKey: .status)
        try container.encode(report?.engine ?? (pipeline?.engine == .spark ? "spark" : "duckdb"), forKey: .engine)
        try container.encode(startedAt, forKey: .startTime)
        try container.encode(finishedAt ?? startedAt, forKey: .endTime)
        try container.encode((seconds ?? 0) * 1000, forKey: .duration)
        try container.encode(report?.metrics.rowsOut ?? 0, forKey: .rowsProcessed)
        try container.encode(rowsWritten, forKey: .rowsWritten)
        try container.encode(steps.count { $0.status == .success }, forKey: .stepsSucceeded)
        try container.encode(steps.count { $0.status == .failed }, forKey: .stepsFailed)
        try container.encode(steps, forKey: .stepResults)
        try container.encode(
            report.flatMap { $0.checks.isEmpty ? nil : CheckResults($0.checks) }, forKey: .checkResults)
        try container.encode(error, forKey: .error)
        try container.encode(Metadata(self), forKey: .metadata)
    }

    private struct Metadata: Encodable {
        var dryRun: Bool
        /// Why this engine.
        var engineReason: String?
        var decision: Decision?
        var metrics: AttemptMetrics?
        var inputs: [DatasetUse]
        var outputs: [DatasetUse]

        init(_ result: RunResult) {
            dryRun = result.isDryRun
            decision = result.report?.decision ?? (result.cause as? Failure)?.decision
            engineReason = result.report?.engineReason ?? decision?.reason
            metrics = result.report?.metrics
            inputs = result.report?.inputs ?? []
            outputs = result.report?.outputs ?? []
        }
    }
}
