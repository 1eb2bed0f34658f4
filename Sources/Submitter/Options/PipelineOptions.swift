import ArgumentParser
import Pipeline

/// A pipeline file, its variables and its project.
struct PipelineOptions: ParsableArguments {
    @Argument(help: "The pipeline file (YAML).", completion: .file(extensions: ["yml", "yaml"]))
    var file: String

    @OptionGroup var scope: ScopeOptions

    struct Read {
        var yaml: String
        /// The spec stands in its project: what that says where the pipeline says nothing is filled in.
        var loaded: PipelineLoader.Loaded
        var project: Project
    }

    /// Reads, substitutes and checks the pipeline; warnings go to stderr.
    func load(isQuiet: Bool = false) throws -> Read {
        let yaml: String
        do {
            yaml = try TextFile.read(file)
        } catch {
            throw Stop(.failed, "\(file) could not be read: \(error.reason)")
        }
        let project = try scope.project()
        var loaded = try PipelineLoader.load(
            yaml: yaml, file: file, variables: project.scope(given: scope.given), profiles: project.profiles)
        loaded.spec = project.placing(loaded.spec)
        loaded.warnings = project.warnings + loaded.warnings
        if !isQuiet { for warning in loaded.warnings { Console.note(warning.description) } }
        return Read(yaml: yaml, loaded: loaded, project: project)
    }
}
