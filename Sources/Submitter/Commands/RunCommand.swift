import ArgumentParser
import Engines
import Foundation
import Pipeline

struct RunCommand: AsyncParsableCommand, AnswersInJSON {
    static let configuration = CommandConfiguration(
        commandName: "run",
        // It is also understood without the others (see `Quicketl`): then nobody asks it for completion scripts, and the
        // parser need not look whether somebody does.
        _superCommandName: "quicketl",
        abstract: "Run a pipeline here and now; needs no services.",
        discussion: """
            The output is staged beside the sink, checked, and then put in place at once: a reader sees the old result
            or the new one. When a check fails nothing is published (see --no-fail-on-checks).
            Exit codes: 0 succeeded; 1 the run or a check failed, or the pipeline is invalid; 130 interrupted.
            """)

    @OptionGroup var pipeline: PipelineOptions
    @OptionGroup var engine: LocalEngineOptions
    @OptionGroup var options: LocalRunOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let started = Date()
        var result = RunResult(startedAt: started)
        do {
            let spec = try pipeline.load(isQuiet: output.json).loaded.spec
            let run = LocalRun(
                pipeline: spec, file: pipeline.file, isDryRun: options.dryRun, failOnChecks: options.failOnChecks)
            result = RunResult(pipeline: spec, runID: run.runID, startedAt: started)
            let line = ProgressLine(label: spec.name, isQuiet: output.json)
            defer { line.finish() }
            result = try await engine.withEngines { local in await run.execute(on: local) { line.show($0) } }
        } catch {
            result.fail(error)
            result.finishedAt = Date()
        }
        if output.json {
            try JSONText.show(result)
        } else {
            ShownResult(result, isVerbose: options.verbose).show()
        }
        guard let cause = result.cause else { return }
        // In JSON the object on stdout has said it already.
        throw output.json ? Stop(Ending(of: cause).code ?? .failed) : cause
    }
}
