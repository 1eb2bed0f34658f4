import ArgumentParser
import Foundation
import Pipeline

struct SchemaCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schema",
        abstract: "Print a JSON Schema (draft 2020-12) of pipeline, workflow or project files, for editors.",
        discussion: """
            In VS Code with the YAML extension: save it, and name it in the first line of a file:
              # yaml-language-server: $schema=../pipeline.schema.json
            or in .vscode/settings.json, for all files of a folder:
              {"yaml.schemas": {"./pipeline.schema.json": "pipelines/*.yml"}}
            """)

    enum Kind: String, ExpressibleByArgument, CaseIterable { case pipeline, workflow, project }

    @Argument(help: "pipeline, workflow or project.")
    var kind = Kind.pipeline

    @Option(name: [.long, .customShort("o")], help: ArgumentHelp("Write it to a file.", valueName: "file"))
    var output: String?

    @Option(name: [.long, .customShort("i")], help: ArgumentHelp("Blanks per level.", valueName: "n"))
    var indent = 2

    func validate() throws {
        guard (0...8).contains(indent) else { throw ValidationError("--indent must be between 0 and 8") }
    }

    func run() throws {
        let schema =
            switch kind {
            case .pipeline: PipelineSchema.schema(indent: indent)
            case .workflow: PipelineSchema.workflowSchema(indent: indent)
            case .project: PipelineSchema.projectSchema(indent: indent)
            }
        guard let output else { return Console.say(String(schema.dropLast())) }
        do {
            try Data(schema.utf8).write(to: URL(fileURLWithPath: output), options: .atomic)
        } catch {
            throw Stop(.failed, "the schema could not be written to \(output): \(error.localizedDescription)")
        }
        Console.note("wrote \(output)")
    }
}
