import ArgumentParser
import Engines
import Fleet
import Foundation
import Pipeline

struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Run a pipeline here and now; needs no services.",
        discussion: """
            The output is staged beside the sink, checked, and then put in place at once: a reader sees the old result
            or the new one. When a check fails nothing is published (see --no-fail-on-checks).
            """)

    @OptionGroup var pipeline: PipelineOptions
    @OptionGroup var engine: LocalEngineOptions
    @OptionGroup var output: OutputOptions

    @Flag(help: "Do everything but the write.")
    var dryRun = false

    @Flag(inversion: .prefixedNo, help: "Whether a failed check fails the run and keeps its output back.")
    var failOnChecks = true

    @Flag(name: [.long, .customShort("V")], help: "Also show steps and metrics.")
    var verbose = false

    func run() async throws {
        let started = Date()
        var result = RunResult(startedAt: started)
        do {
            let loaded = try pipeline.load(isQuiet: output.json).loaded
            result.pipelineName = loaded.spec.name
            let attempt = LocalAttempt.make(
                of: loaded.spec, publishesFailedChecks: !failOnChecks, isDryRun: dryRun, acceptedAt: started)
            result.runID = attempt.lease.runID.description
            let report = try await execute(attempt)
            result.record(report, isDryRun: dryRun)
            if failOnChecks, !report.failedChecks.isEmpty {
                let names = report.failedChecks.map { "\($0.type) \($0.subject): \($0.message)" }
                throw Failure(.checksFailed, names.joined(separator: "; "), step: "quality_checks")
            }
        } catch {
            result.fail(error)
            result.finishedAt = Date()
            try show(result)
            // In JSON the object on stdout has said it already.
            guard output.json else { throw error }
            throw Stop(Ending(of: error).code ?? .failed)
        }
        result.finishedAt = Date()
        try show(result)
    }

    private func execute(_ attempt: Attempt) async throws -> AttemptReport {
        let line = ProgressLine(label: attempt.pipeline.name, isQuiet: output.json)
        let failOnChecks = failOnChecks
        defer { line.finish() }
        return try await engine.withEngine { local in
            var report = try await local.execute(attempt) { line.show($0) }
            guard let manifest = report.manifest else { return report }
            let publisher = local.publisher
            guard report.failedChecks.isEmpty || !failOnChecks else {
                await publisher.discard(manifest)
                return report
            }
            let moving = ContinuousClock.now
            do {
                try await publisher.move(manifest)
            } catch {
                // Of a table there is nothing half done, and nobody who would go on.
                if manifest.move == .loadTable { await publisher.discard(manifest) }
                throw error
            }
            report.metrics.phaseSeconds["publish"] = (ContinuousClock.now - moving) / .seconds(1)
            return report
        }
    }

    private func show(_ result: RunResult) throws {
        if output.json { return try JSONText.show(result) }
        guard let report = result.report else { return }
        for check in report.checks {
            let mark = check.passed ? Console.coloured("passed", .green) : Console.coloured("failed", .red)
            Console.say("check \(check.type) \(check.subject): \(mark)\(check.passed ? "" : " (\(check.message))")")
            if !check.samples.isEmpty { Console.say("  such as \(check.samples.joined(separator: "; "))") }
        }
        if verbose {
            for step in report.steps {
                Console.say("step \(step.name): rows \(Amount.count(step.rowsOut)), \(Moment.span(step.seconds))")
            }
            Console.say("peak memory \(Amount.bytes(report.metrics.peakMemoryBytes))")
        }
        guard result.error == nil else { return }
        let duration = Moment.span((result.finishedAt ?? Date()).timeIntervalSince(result.startedAt))
        let rows = Amount.count(report.metrics.rowsOut)
        let target = report.outputs.first.map { " to \($0.name)" } ?? ""
        Console.say(
            dryRun
                ? "\(result.pipelineName): \(rows) rows in \(duration); nothing written (dry run)"
                : "\(result.pipelineName): \(rows) rows\(target) in \(duration)")
    }
}

/// An attempt that belongs to no fleet.
enum LocalAttempt {
    static func make(
        of spec: PipelineSpec, publishesFailedChecks: Bool = false, isDryRun: Bool = false, acceptedAt: Date = Date()
    ) -> Attempt {
        Attempt(
            lease: Lease(runID: .random(), attempt: 1, token: LeaseToken(sequence: 1, nonce: UUID())), pipeline: spec,
            baseDirectory: FileManager.default.currentDirectoryPath, acceptedAt: acceptedAt,
            publishesFailedChecks: publishesFailedChecks, isDryRun: isDryRun)
    }
}
