import Fleet
import Foundation
import Pipeline

/// The result of one run for people.
struct ShownResult {
    private let result: RunResult
    private let isVerbose: Bool

    init(_ result: RunResult, isVerbose: Bool) {
        self.result = result
        self.isVerbose = isVerbose
    }

    func show() {
        guard let report = result.report else { return }
        for check in report.checks {
            let mark = check.passed ? Console.coloured("passed", .green) : Console.coloured("failed", .red)
            Console.say("check \(check.type) \(check.subject): \(mark)\(check.passed ? "" : " (\(check.message))")")
            if !check.samples.isEmpty { Console.say("  such as \(check.samples.joined(separator: "; "))") }
        }
        if isVerbose {
            for step in report.steps {
                Console.say("step \(step.name): rows \(Amount.count(step.rowsOut)), \(Moment.span(step.seconds))")
            }
            Console.say("engine \(report.engine)\(report.decision == nil ? ": \(report.engineReason)" : "")")
            if let decision = report.decision { ShownDecision(decision).show("  ") }
            Console.say("peak memory \(Amount.bytes(report.metrics.peakMemoryBytes))")
        }
        if result.error == nil { Console.say(Self.line(of: result)) }
    }

    /// `cities: 2 rows to /data/out.parquet in 83 ms`
    static func line(of result: RunResult) -> String {
        let rows = Amount.count(result.report?.metrics.rowsOut)
        let target = result.report?.outputs.first.map { " to \($0.name)" } ?? ""
        let duration = Moment.span(result.seconds)
        return result.isDryRun
            ? "\(result.name): \(rows) rows in \(duration); nothing written (dry run)"
            : "\(result.name): \(rows) rows\(target) in \(duration)"
    }
}
