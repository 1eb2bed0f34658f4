import Fleet
import Pipeline

/// One step of a run as `--json` shows it.
struct StepResult: Encodable {
    var name: String
    var type: String
    var status: RunResult.Status
    var seconds: Double?
    var rows: Int64?
    var error: String?

    private enum Key: String, CodingKey {
        case name = "step_name"
        case type = "step_type"
        case status
        case duration = "duration_ms"
        case rows, error
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(name, forKey: .name)
        try container.encode(type, forKey: .type)
        try container.encode(status, forKey: .status)
        try container.encode(seconds.map { $0 * 1000 }, forKey: .duration)
        try container.encode(rows, forKey: .rows)
        try container.encode(error, forKey: .error)
    }

    /// In order. Of a run that failed in a step: those before it, which had to succeed, and that one.
    static func all(of result: RunResult) -> [StepResult] {
        let failure = result.cause as? Failure
        if let report = result.report {
            return report.steps.map { step in
                let failed = failure?.step == step.name
                return StepResult(
                    name: step.name, type: step.type, status: failed ? .failed : .success, seconds: step.seconds,
                    rows: step.rowsOut, error: failed ? failure?.text : nil)
            }
        }
        guard let failure, let failed = failure.step, let pipeline = result.pipeline else { return [] }
        let expected = expected(of: pipeline)
        let index = expected.firstIndex { $0.name.utf8.elementsEqual(failed.utf8) }
        let before = expected.prefix(index ?? 0).map {
            StepResult(name: $0.name, type: $0.type, status: .success)
        }
        let type = index.map { expected[$0].type } ?? failed
        return before + [StepResult(name: failed, type: type, status: .failed, error: failure.text)]
    }

    /// What a run of the pipeline consists of, known without running it.
    private static func expected(of pipeline: PipelineSpec) -> [(name: String, type: String)] {
        let isSingle = pipeline.sources.count == 1
        var steps = pipeline.sources.map { source in
            (name: isSingle ? "read_source" : "read_source_\(source.name)", type: "read_source")
        }
        steps += pipeline.transforms.enumerated().map { index, transform in
            (name: "transform_\(index)_\(transform.operation)", type: transform.operation)
        }
        if !pipeline.checks.isEmpty { steps.append((name: "quality_checks", type: "quality_checks")) }
        if pipeline.sink != nil { steps.append((name: "write_sink", type: "write_sink")) }
        return steps
    }
}

/// The checks of a run as `--json` shows them.
struct CheckResults: Encodable {
    struct Result: Encodable {
        var type: String
        /// What was checked: columns or expression, as written.
        var subject: String
        var severity: CheckSpec.Severity
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
                type: $0.type, subject: $0.subject, severity: $0.severity, passed: $0.passed, message: $0.message,
                failedRows: $0.failedRows, samples: $0.samples)
        }
    }
}
