import ArgumentParser
import Pipeline

/// A workflow file, its variables and its project.
struct WorkflowOptions: ParsableArguments {
    @Argument(help: "The workflow file (YAML).", completion: .file(extensions: ["yml", "yaml"]))
    var file: String

    @OptionGroup var scope: ScopeOptions

    /// Reads and checks the workflow and every pipeline that it names; warnings go to stderr.
    func load(isQuiet: Bool = false) throws -> WorkflowLoader.Loaded {
        let yaml: String
        do {
            yaml = try TextFile.read(file)
        } catch {
            throw Stop(.failed, "\(file) could not be read: \(error.reason)")
        }
        let project = try scope.project()
        var loaded = try WorkflowLoader.load(
            yaml: yaml, file: file, variables: project.scope(given: scope.given), profiles: project.profiles,
            read: TextFile.read)
        for index in loaded.pipelines.indices {
            loaded.pipelines[index].loaded.spec = project.placing(loaded.pipelines[index].loaded.spec)
        }
        loaded.warnings = project.warnings + loaded.warnings
        if !isQuiet { for warning in loaded.warnings { Console.note(warning.description) } }
        return loaded
    }
}
