/// Workflow file to values, with every problem of it and of its pipelines reported at once. Files are read through a
/// closure, so that this stays pure.
public enum WorkflowLoader {
    public struct Loaded: Sendable {
        public var spec: WorkflowSpec
        /// In the order of stages and references.
        public var pipelines: [LoadedPipeline]
        public var warnings: [Problem]

        public init(spec: WorkflowSpec, pipelines: [LoadedPipeline], warnings: [Problem]) {
            self.spec = spec
            self.pipelines = pipelines
            self.warnings = warnings
        }
    }

    public struct LoadedPipeline: Sendable {
        /// Indices into the workflow's stages and the stage's pipelines.
        public var stage: Int
        public var index: Int
        /// As it was read: the workflow's folder and the reference's path.
        public var file: String
        public var yaml: String
        public var loaded: PipelineLoader.Loaded

        public init(stage: Int, index: Int, file: String, yaml: String, loaded: PipelineLoader.Loaded) {
            self.stage = stage
            self.index = index
            self.file = file
            self.yaml = yaml
            self.loaded = loaded
        }
    }

    /// What the closure throws when a file cannot be read: why, in words (`no such file`).
    public struct Unreadable: Error, Hashable, Sendable {
        public var reason: String

        public init(_ reason: String) { self.reason = reason }
    }

    public static let stageLimit = 200
    public static let pipelineLimit = 1_000

    /// Whether a file is meant to be a workflow and not a pipeline, however wrong it may be otherwise.
    public static func isWorkflow(_ yaml: String) -> Bool {
        // `try?`: what is no YAML is neither; whoever loads it says so.
        guard case .mapping(let entries)? = try? YAMLDocument.read(yaml).root.content else { return false }
        return entries.contains { $0.key == "stages" }
    }

    /// `read` is called with the path of a pipeline file: absolute, or relative as `file` is.
    public static func load(
        yaml: String, file: String, variables: VariableScope, profiles: ProjectProfiles? = nil,
        read: (String) throws(Unreadable) -> String
    ) throws(InvalidPipeline) -> Loaded {
        let document = try YAMLDocument.read(yaml, file: file, needs: "a workflow needs at least name and stages")
        let context = LoadContext(file: file, text: document.text, scope: variables)
        document.problems.forEach(context.report)
        let spec = WorkflowReading(context: context).workflow(document.root)
        var problems = context.sortedProblems
        var pipelines: [LoadedPipeline] = []
        if let spec {
            let outcome = PipelinesOfWorkflow(spec: spec, file: file, scope: variables, profiles: profiles).load(read)
            pipelines = outcome.pipelines
            problems += outcome.problems + SharedSinks.problems(spec, pipelines, file: file)
        }
        guard let spec, !problems.contains(where: { $0.severity == .error }) else { throw InvalidPipeline(problems) }
        return Loaded(spec: spec, pipelines: pipelines, warnings: problems)
    }
}

/// Loads the pipelines that a workflow refers to.
private struct PipelinesOfWorkflow {
    let spec: WorkflowSpec
    let file: String
    let scope: VariableScope
    let profiles: ProjectProfiles?

    func load(_ read: (String) throws(WorkflowLoader.Unreadable) -> String) -> (
        pipelines: [WorkflowLoader.LoadedPipeline], problems: [Problem]
    ) {
        var pipelines: [WorkflowLoader.LoadedPipeline] = []
        var problems: [Problem] = []
        for (stage, value) in spec.stages.enumerated() {
            for (index, reference) in value.pipelines.enumerated() {
                let path = ResolvedPath.beside(file, reference.path.text)
                do {
                    let yaml = try read(path)
                    var scope = scope
                    scope.given = spec.variables(for: reference, given: scope.given)
                    let loaded = try PipelineLoader.load(yaml: yaml, file: path, variables: scope, profiles: profiles)
                    problems += loaded.warnings
                    pipelines.append(
                        WorkflowLoader.LoadedPipeline(
                            stage: stage, index: index, file: path, yaml: yaml, loaded: loaded))
                } catch let unreadable as WorkflowLoader.Unreadable {
                    problems.append(
                        Problem(
                            "pipeline \(path) could not be read: \(unreadable.reason)", file: file,
                            position: reference.path.place.position, path: reference.path.place.path))
                } catch let invalid as InvalidPipeline {
                    problems += invalid.problems
                } catch {
                    // The compiler cannot see that the two above are all.
                    problems.append(Problem("pipeline \(path) could not be loaded: \(error)", file: file))
                }
            }
        }
        return (pipelines, problems)
    }
}
