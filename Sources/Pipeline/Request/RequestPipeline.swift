extension RunRequest {
    /// The pipeline of this request, read with exactly what the submitter resolved: nothing of this machine's
    /// environment or project file takes part.
    public func loadPipeline() throws(InvalidPipeline) -> PipelineLoader.Loaded {
        var scope = VariableScope(given: variables)
        var project: ProjectSpec?
        if let projectYAML {
            project = try ProjectLoader.load(yaml: projectYAML, file: nil, variables: VariableScope()).spec
        }
        let profiles = project?.profiles
        if let profile {
            do {
                scope.profile = try (profiles ?? ProjectProfiles()).variables(of: profile)
            } catch {
                throw InvalidPipeline([Problem("the request's project file: \(error)")])
            }
        }
        var loaded = try PipelineLoader.load(yaml: pipelineYAML, file: nil, variables: scope, profiles: profiles)
        // The project's other settings are fields of the request.
        loaded.spec.options.prefer = loaded.spec.options.prefer ?? project?.defaults.options.prefer
        return loaded
    }
}
