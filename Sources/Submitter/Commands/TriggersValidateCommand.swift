import ArgumentParser
import Pipeline

struct TriggersValidateCommand: AsyncParsableCommand, AnswersInJSON {
    static let configuration = CommandConfiguration(
        commandName: "validate",
        abstract: "Check triggers and the pipelines that they start, without starting anything.",
        discussion: """
            Finds every mistake in the files, variables that no capture brings, and triggers that would start each
            other for ever. Exit codes: 0 valid, 1 invalid.
            """)

    @OptionGroup var folder: TriggerFolder
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let verdict = try await Verdict(.triggers, of: folder.path) { verdict in
            let loaded = try folder.load()
            verdict.triggers = loaded.triggers.map(\.spec.name.text)
            verdict.name = loaded.triggers.map(\.spec.name.text).joined(separator: ", ")
            return loaded.warnings
        }
        try verdict.show(asJSON: output.json)
    }
}
