import ArgumentParser
import Pipeline

struct SchemaCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schema",
        abstract: "Print a JSON Schema (draft 2020-12) of pipeline files, for editors.",
        discussion: """
            In VS Code with the YAML extension: save it, and name it in the first line of a pipeline:
              # yaml-language-server: $schema=./quicketl.schema.json
            """)

    @Flag(help: "The schema of workflow files instead.")
    var workflow = false

    func run() { Console.say(workflow ? PipelineSchema.workflowSchema() : PipelineSchema.schema()) }
}
