extension RunRequest {
    /// The pipeline of this request, read with exactly what the submitter resolved: nothing of this machine's
    /// environment or project file takes part.
    public func loadPipeline() throws(InvalidPipeline) -> PipelineLoader.Loaded {
        var scope = VariableScope(given: variables)
        var profiles: ProjectProfiles?
        if let projectYAML {
            profiles = try ProjectLoader.load(yaml: projectYAML, file: nil, variables: VariableScope()).spec.profiles
        }
        if let profile {
            do {
                scope.profile = try (profiles ?? ProjectProfiles()).variables(of: profile)
            } catch {
                throw InvalidPipeline([Problem("the request's project file: \(error)")])
            }
        }
        return try PipelineLoader.load(yaml: pipelineYAML, file: nil, variables: scope, profiles: profiles)
    }
}
