import ArgumentParser

struct WorkflowInfoCommand: AsyncParsableCommand, AnswersInJSON {
    static let configuration = CommandConfiguration(
        commandName: "info",
        abstract: "Show a workflow: its stages in the order in which they run, and their pipelines.")

    @OptionGroup var workflow: WorkflowOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let outline = WorkflowOutline(try workflow.load(isQuiet: output.json))
        if output.json { try JSONText.show(outline) } else { outline.show() }
    }
}
