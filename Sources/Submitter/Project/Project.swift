import Foundation
import Pipeline
import Settings

/// The project file (`quicketl.yml`, nearest upward from the working directory) and what the command line chose of it.
struct Project {
    static let fileName = "quicketl.yml"

    /// As people would name it; nil when there is none.
    private(set) var file: String?
    private(set) var spec = ProjectSpec()
    private(set) var warnings: [Problem] = []
    /// Of `--env`.
    private(set) var environment: ProjectSettings?
    /// Of `--profile`, with its fields as variables.
    private(set) var profile: (name: String, variables: [String: String])?

    /// Throws `InvalidPipeline` for a file with mistakes, `Stop` for a name that it does not have.
    static func nearest(given: [String: String], environment: String?, profile: String?) throws -> Project {
        var project = Project()
        let directory = FileManager.default.currentDirectoryPath
        if let path = Upward.first(fileName, from: directory) {
            let shown = path == directory + "/" + fileName ? fileName : path
            project.file = shown
            let yaml: String
            do {
                yaml = try TextFile.read(path)
            } catch {
                throw Stop(.failed, "project file \(shown) could not be read: \(error.reason)")
            }
            let scope = VariableScope(given: given, environment: ProcessInfo.processInfo.environment)
            let loaded = try ProjectLoader.load(yaml: yaml, file: shown, variables: scope)
            (project.spec, project.warnings) = (loaded.spec, loaded.warnings)
        }
        do {
            if let environment { project.environment = try project.spec.environment(environment) }
            if let profile { project.profile = (profile, try project.spec.profiles.variables(of: profile)) }
        } catch {
            let unknown: ProjectSpec.UnknownName = error
            let option = unknown.noun == "profile" ? "--profile" : "--env"
            guard let file = project.file else {
                throw Stop(
                    .wrongUse,
                    "\(option) \(unknown.name) needs a project file (\(fileName)), and there is none here or in a folder above"
                )
            }
            throw Stop(.wrongUse, "\(option): \(unknown) (\(file))")
        }
        return project
    }

    /// nil where there is no file, so that a pipeline which names a profile is told so.
    var profiles: ProjectProfiles? { file == nil ? nil : spec.profiles }

    func scope(given: [String: String]) -> VariableScope {
        let settings = environment.map { $0.over(spec.defaults) } ?? spec.defaults
        return VariableScope(
            given: given, profile: profile?.variables ?? [:], environment: ProcessInfo.processInfo.environment,
            project: settings.variables)
    }

    func placing(_ pipeline: PipelineSpec) -> PipelineSpec {
        pipeline.inProject(defaults: spec.defaults, environment: environment)
    }

    /// What a worker, which has no project file, needs of it for this pipeline.
    func part(for loaded: PipelineLoader.Loaded) -> (yaml: String?, profile: String?) {
        let chosen = loaded.usesProfileVariables ? profile?.name : nil
        let settings = environment.map { $0.over(spec.defaults) } ?? spec.defaults
        return (
            spec.profiles.projectText(
                of: loaded.profiles + [chosen].compactMap(\.self), prefer: settings.preference(of: loaded.spec)), chosen
        )
    }
}
