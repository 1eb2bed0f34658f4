import ArgumentParser

struct WorkflowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "workflow", abstract: "Several pipelines, in stages.",
        discussion: """
            A workflow is a YAML file: stages, each of one or more pipelines, that may depend on other stages.
            Paths of pipelines are relative to the workflow file, paths of data to the working directory.
            """,
        subcommands: [
            WorkflowRunCommand.self, WorkflowValidateCommand.self, WorkflowInfoCommand.self,
            WorkflowSubmitCommand.self, WorkflowListCommand.self, WorkflowShowCommand.self,
            WorkflowCancelCommand.self, WorkflowResumeCommand.self,
        ])
}
