import ArgumentParser
import Engines
import Pipeline

struct ValidateCommand: AsyncParsableCommand, AnswersInJSON {
    static let configuration = CommandConfiguration(
        commandName: "validate",
        abstract: "Check a pipeline without running it; reports every problem at once.",
        discussion: """
            Checks fields, variables, expressions and what can be known without the data. With --with-data the sources'
            real columns are read too, and every column and type is checked against them.
            Exit codes: 0 valid, 1 invalid.
            """)

    @OptionGroup var pipeline: PipelineOptions
    @OptionGroup var engine: LocalEngineOptions
    @OptionGroup var output: OutputOptions

    @Flag(help: "Read the sources' columns and check names and types against them.")
    var withData = false

    @Flag(name: [.long, .customShort("V")], help: "Also say what the pipeline consists of.")
    var verbose = false

    func run() async throws {
        var spec: PipelineSpec?
        let verdict = try await Verdict(.pipeline, of: pipeline.file) { verdict in
            let loaded = try pipeline.load(isQuiet: true).loaded
            verdict.name = loaded.spec.name
            spec = loaded.spec
            guard withData else { return loaded.warnings }
            let attempt = LocalAttempt.make(of: loaded.spec, file: pipeline.file)
            return loaded.warnings
                + (try await engine.withEngines { try await $0.explain(attempt) }.explanation.plan.warnings)
        }
        try verdict.show(asJSON: output.json)
        if verbose, !output.json, let spec { say(spec) }
    }

    private func say(_ spec: PipelineSpec) {
        Console.say("  engine      \(spec.engine?.rawValue ?? "duckdb")")
        for source in spec.sources { Console.say("  source      \(source.name)") }
        for transform in spec.transforms { Console.say("  transform   \(transform.operation)") }
        Console.say("  checks      \(spec.checks.count)")
        switch spec.sink {
        case .file(let file)?: Console.say("  sink        \(file.path.text)")
        case .database?: Console.say("  sink        a database")
        case nil: Console.say("  sink        none")
        }
    }
}
