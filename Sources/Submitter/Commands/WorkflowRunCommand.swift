import ArgumentParser
import Engines
import Fleet
import Foundation
import Pipeline

struct WorkflowRunCommand: AsyncParsableCommand, AnswersInJSON {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Run a workflow here and now; needs no services.",
        discussion: """
            Every pipeline is read and checked before the first one runs. Each is published by itself: what succeeded
            before a failure stays.
            Exit codes: 0 all pipelines succeeded; 1 one failed or was skipped, or the workflow is invalid;
            130 interrupted.
            """)

    @OptionGroup var workflow: WorkflowOptions
    @OptionGroup var engine: LocalEngineOptions
    @OptionGroup var options: LocalRunOptions
    @OptionGroup var output: OutputOptions

    @Option(
        name: [.long, .customShort("w")],
        help: ArgumentHelp("Pipelines of a parallel stage that run at a time (the number of cores).", valueName: "n"))
    var workers: Int?

    func validate() throws {
        if let workers, !(1...256).contains(workers) { throw ValidationError("--workers must be between 1 and 256") }
    }

    func run() async throws {
        var result = WorkflowResult(startTime: Date())
        result.isDryRun = options.dryRun
        do {
            let loaded = try workflow.load(isQuiet: output.json)
            result.workflowName = loaded.spec.name
            try await execute(loaded, into: &result)
        } catch {
            result.fail(error)
        }
        result.endTime = Date()
        if output.json {
            try JSONText.show(result)
        } else {
            ShownWorkflow(result).show()
        }
        if let cause = result.cause { throw output.json ? Stop(Ending(of: cause).code ?? .failed) : cause }
        guard result.status != .success else { return }
        throw Stop(.failed, output.json ? nil : result.error)
    }

    private func execute(_ loaded: WorkflowLoader.Loaded, into result: inout WorkflowResult) async throws {
        let log = WorkflowLog()
        let progress = WorkflowProgress(total: loaded.pipelines.count, isQuiet: output.json)
        defer {
            progress.finish()
            result.record(loaded, log)
        }
        let limit = min(
            workers ?? ProcessInfo.processInfo.activeProcessorCount, WorkflowRun.width(of: loaded.spec))
        let run = WorkflowRun(
            workflow: loaded, isDryRun: options.dryRun, failOnChecks: options.failOnChecks, limit: limit, log: log,
            progress: progress)
        try await engine.withEngines(slots: limit) { await run.execute(on: $0) }
    }
}

/// The result of a workflow for people.
private struct ShownWorkflow {
    private let result: WorkflowResult

    init(_ result: WorkflowResult) { self.result = result }

    func show() {
        guard !result.pipelines.isEmpty else { return }
        var table = TextTable(["stage", "pipeline", "status", "rows", "took"])
        for entry in result.pipelines {
            table.add([
                .init(entry.stage), .init(entry.name), .init(entry.result.status.rawValue, colour(entry.result.status)),
                .init(Amount.count(entry.result.report?.metrics.rowsOut), isNumber: true),
                .init(Moment.span(entry.result.seconds), isNumber: true),
            ])
        }
        table.show()
        let counts = result.counts
        var parts = ["\(counts.succeeded) of \(result.pipelines.count) pipelines succeeded"]
        if counts.failed > 0 { parts.append("\(counts.failed) failed") }
        if counts.skipped > 0 { parts.append("\(counts.skipped) skipped") }
        let dry = result.isDryRun ? "; nothing written (dry run)" : ""
        let took = Moment.span(result.endTime.timeIntervalSince(result.startTime))
        Console.say("\(result.workflowName): \(parts.joined(separator: ", ")) in \(took)\(dry)")
    }

    private func colour(_ status: RunResult.Status) -> Console.Colour {
        switch status {
        case .success: .green
        case .failed: .red
        case .partial: .yellow
        case .skipped: .grey
        }
    }
}
