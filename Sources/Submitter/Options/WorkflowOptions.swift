import ArgumentParser
import Pipeline

/// A workflow file, its variables and its project.
struct WorkflowOptions: ParsableArguments {
    @Argument(help: "The workflow file (YAML).", completion: .file(extensions: ["yml", "yaml"]))
    var file: String

    @OptionGroup var scope: ScopeOptions

    /// Reads and checks the workflow and every pipeline that it names; warnings go to stderr.
    func load(isQuiet: Bool = false) throws -> WorkflowLoader.Loaded {
        let project = try scope.project()
        var loaded = try Self.load(file, yaml: Self.text(file), project, given: scope.given)
        loaded.warnings = project.warnings + loaded.warnings
        if !isQuiet { for warning in loaded.warnings { Console.note(warning.description) } }
        return loaded
    }

    static func text(_ file: String) throws -> String {
        do {
            return try TextFile.read(file)
        } catch {
            throw Stop(.failed, "\(file) could not be read: \(error.reason)")
        }
    }

    /// Its pipelines stand in the project.
    static func load(
        _ file: String, yaml: String, _ project: Project, given: [String: String]
    ) throws -> WorkflowLoader.Loaded {
        var loaded = try WorkflowLoader.load(
            yaml: yaml, file: file, variables: project.scope(given: given), profiles: project.profiles,
            read: TextFile.read)
        for index in loaded.pipelines.indices {
            loaded.pipelines[index].loaded.spec = project.placing(loaded.pipelines[index].loaded.spec)
        }
        return loaded
    }
}
