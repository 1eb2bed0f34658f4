import ArgumentParser
import Pipeline

struct WorkflowValidateCommand: AsyncParsableCommand, AnswersInJSON {
    static let configuration = CommandConfiguration(
        commandName: "validate",
        abstract: "Check a workflow and every pipeline in it without running anything.",
        discussion: """
            Finds circles and unknown names among stages, missing files, and every mistake in the pipelines.
            Exit codes: 0 valid, 1 invalid.
            """)

    @OptionGroup var workflow: WorkflowOptions
    @OptionGroup var output: OutputOptions

    @Flag(name: [.long, .customShort("V")], help: "Also show stages and pipelines.")
    var verbose = false

    func run() async throws {
        var loaded: WorkflowLoader.Loaded?
        let verdict = try await Verdict(.workflow, of: workflow.file) { verdict in
            let valid = try workflow.load(isQuiet: true)
            verdict.name = valid.spec.name
            loaded = valid
            return valid.warnings
        }
        try verdict.show(asJSON: output.json)
        if verbose, !output.json, let loaded { WorkflowOutline(loaded).show() }
    }
}
