import ArgumentParser
import Foundation

struct InitCommand: ParsableCommand, AnswersInJSON {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Make a project that runs at once, or one pipeline file.",
        discussion: """
            quicketl init my_project     a folder with quicketl.yml, pipelines, a workflow and sample data
            quicketl init                the same in this folder; a README.md and .gitignore that exist stay as they are
            quicketl init sales -p       one file, sales.yml, to begin with
            Nothing that exists is overwritten, unless --force is given. Exit codes: 0 made, 1 something is in the way.
            """)

    @Argument(help: "The name of the project and its folder, or of the pipeline.")
    var name: String?

    @Flag(name: [.long, .customShort("p")], help: "Only a pipeline file; needs a name.")
    var pipeline = false

    @Option(
        name: [.customLong("output"), .customShort("o")],
        help: ArgumentHelp("The folder to make it in (this one).", valueName: "folder"))
    var folder = "."

    @Flag(name: [.long, .customShort("f")], help: "Overwrite files that exist.")
    var force = false

    @OptionGroup var output: OutputOptions

    func validate() throws {
        if pipeline, name == nil { throw ValidationError("--pipeline needs the name of the pipeline") }
        guard let name else { return }
        let isPlain =
            !name.isEmpty && name != "." && name != ".." && !name.contains("/") && name.utf8.count <= 200
            && name.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F }
        guard isPlain else {
            throw ValidationError("\"\(name)\" can't be the name of a file; use --output for another folder")
        }
    }

    func run() throws {
        let template: ProjectTemplate
        let root: String
        let base = folder.hasSuffix("/") ? String(folder.dropLast()) : folder
        if pipeline, let name {
            (template, root) = (.pipeline(name), base)
        } else if let name {
            (template, root) = (.project(name), base == "." ? name : "\(base)/\(name)")
        } else {
            let here = URL(fileURLWithPath: base).standardizedFileURL.lastPathComponent
            (template, root) = (.project(here == "/" ? "project" : here), base)
        }
        let made = try template.write(below: root, overwriting: force, keepingReadme: name == nil)
        if output.json {
            try JSONText.show(Made(name: name, path: URL(fileURLWithPath: root).standardizedFileURL.path, files: made))
            return
        }
        for file in made { Console.say("made \(root == "." ? file : "\(root)/\(file)")") }
        if !pipeline { Console.say("\nNext:\n\(name == nil ? "" : "  cd \(root)\n")\(ProjectTemplate.nextSteps)") }
    }

    private struct Made: Encodable {
        var name: String?
        var path: String
        var files: [String]
    }
}
