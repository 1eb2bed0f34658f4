/// What a project file says about its pipelines, under `defaults` or for an environment.
public struct ProjectSettings: Hashable, Sendable {
    public var engine: PipelineSpec.EngineChoice?
    /// Values for variables that neither the command line nor the process environment sets.
    public var variables: [String: String]
    public var options: RunOptions

    public init(
        engine: PipelineSpec.EngineChoice? = nil, variables: [String: String] = [:], options: RunOptions = RunOptions()
    ) {
        self.engine = engine
        self.variables = variables
        self.options = options
    }

    /// What a pipeline in its project prefers because the project does; nil: its own wish, or none.
    public func preference(of pipeline: PipelineSpec) -> RunOptions.Preference? {
        options.prefer == pipeline.options.prefer ? options.prefer : nil
    }

    /// These, and where they say nothing, those below.
    public func over(_ below: ProjectSettings) -> ProjectSettings {
        ProjectSettings(
            engine: engine ?? below.engine, variables: below.variables.merging(variables) { $1 },
            options: options.over(below.options))
    }
}

extension RunOptions {
    /// These, and where they say nothing, those below. Tags add up.
    public func over(_ below: RunOptions) -> RunOptions {
        var result = self
        result.retries = retries ?? below.retries
        result.timeout = timeout ?? below.timeout
        result.concurrencyKey = concurrencyKey ?? below.concurrencyKey
        result.priority = priority ?? below.priority
        result.maxRunning = maxRunning ?? below.maxRunning
        result.prefer = prefer ?? below.prefer
        result.tags += below.tags.filter { tag in !tags.contains { $0.utf8.elementsEqual(tag.utf8) } }
        return result
    }
}

extension PipelineSpec {
    /// The pipeline in its project. The engine of an environment that was asked for wins over the pipeline's own;
    /// everything else only fills gaps.
    public func inProject(defaults: ProjectSettings, environment: ProjectSettings? = nil) -> PipelineSpec {
        var result = self
        result.engine = environment?.engine ?? engine ?? defaults.engine
        let below = environment.map { $0.over(defaults) } ?? defaults
        result.options = options.over(below.options)
        return result
    }
}
