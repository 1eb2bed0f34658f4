import Fleet
import Foundation
import Pipeline

/// What `quicketl run --json` prints: the fields are those of the language reference, section 10.
struct RunResult: Encodable {
    enum Status: String, Encodable { case success, failed, partial }

    var runID: String?
    var pipelineName = ""
    var status = Status.failed
    var startedAt: Date
    var finishedAt: Date?
    var report: AttemptReport?
    var error: String?
    private var isDryRun = false

    init(startedAt: Date) { self.startedAt = startedAt }

    mutating func record(_ report: AttemptReport, isDryRun: Bool) {
        self.report = report
        self.isDryRun = isDryRun
        status = .success
    }

    mutating func fail(_ error: any Error) {
        status = .failed
        self.error = Ending(of: error).message ?? "\(error)"
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
        let end = finishedAt ?? startedAt
        let isPublished = status == .success && !isDryRun
        let steps = (report?.steps ?? []).map { StepResult($0, failedChecks: report?.failedChecks ?? [], error: error) }
        try container.encode(runID, forKey: .runID)
        try container.encode(pipelineName, forKey: .pipelineName)
        try container.encode(status, forKey: .status)
        try container.encode(report?.engine ?? "duckdb", forKey: .engine)
        try container.encode(startedAt, forKey: .startTime)
        try container.encode(end, forKey: .endTime)
        try container.encode(end.timeIntervalSince(startedAt) * 1000, forKey: .duration)
        try container.encode(report?.metrics.rowsOut ?? 0, forKey: .rowsProcessed)
        try container.encode(isPublished ? report?.metrics.rowsOut ?? 0 : 0, forKey: .rowsWritten)
        try container.encode(steps.count { $0.status == "success" }, forKey: .stepsSucceeded)
        try container.encode(steps.count { $0.status == "failed" }, forKey: .stepsFailed)
        try container.encode(steps, forKey: .stepResults)
        try container.encode(
            report.flatMap { $0.checks.isEmpty ? nil : CheckResults($0.checks) }, forKey: .checkResults)
        try container.encode(error, forKey: .error)
        try container.encode(Metadata(report), forKey: .metadata)
    }

    private struct StepResult: Encodable {
        var stepName: String
        var stepType: String
        var status: String
        var durationMs: Double?
        var rows: Int64?
        var error: String?

        init(_ step: StepReport, failedChecks: [CheckReport], error runError: String?) {
            stepName = step.name
            stepType = step.type
            rows = step.rowsOut
            durationMs = step.seconds.map { $0 * 1000 }
            let failed = step.name == "quality_checks" && !failedChecks.isEmpty && runError != nil
            status = failed ? "failed" : "success"
            error = failed ? runError : nil
        }
    }

    private struct CheckResults: Encodable {
        struct Result: Encodable {
            var type: String
            var passed: Bool
            var message: String
            var failedRows: Int64
            /// Up to five keys or values of rows that failed.
            var samples: [String]
        }

        var allPassed: Bool
        var total: Int
        var passed: Int
        var failed: Int
        var results: [Result]

        init(_ checks: [CheckReport]) {
            allPassed = checks.allSatisfy(\.passed)
            total = checks.count
            passed = checks.count(where: \.passed)
            failed = total - passed
            results = checks.map {
                Result(
                    type: $0.type, passed: $0.passed, message: $0.message, failedRows: $0.failedRows,
                    samples: $0.samples)
            }
        }
    }

    private struct Metadata: Encodable {
        var metrics: AttemptMetrics?
        var inputs: [DatasetUse]
        var outputs: [DatasetUse]

        init(_ report: AttemptReport?) {
            metrics = report?.metrics
            inputs = report?.inputs ?? []
            outputs = report?.outputs ?? []
        }
    }
}
