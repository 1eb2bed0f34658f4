import Foundation
import Pipeline

/// What the command line says of a workflow that is handed to the fleet, beside the file. What it says of engine,
/// priority, retries and time holds for every run.
struct WorkflowDraft {
    /// As people named it.
    var file: String
    var key: String?
    var engine: PipelineSpec.EngineChoice?
    var priority: Priority?
    var retries: Int?
    var timeout: Duration?
    var failOnChecks = true
    var maxRunning: Int?
    var trigger: String?

    func request(_ scope: ScopeOptions, isQuiet: Bool) async throws -> WorkflowRequest {
        let yaml = try WorkflowOptions.text(file)
        let project = try scope.project()
        let loaded = try WorkflowOptions.load(file, yaml: yaml, project, given: scope.given)
        if !isQuiet { for warning in project.warnings + loaded.warnings { Console.note(warning.description) } }
        var codes = SourceCodes()
        for pipeline in loaded.pipelines { await codes.look(at: pipeline.file, yaml: pipeline.yaml) }
        return try request(loaded, yaml: yaml, project, given: scope.given, codes)
    }

    func request(
        _ loaded: WorkflowLoader.Loaded, yaml: String, _ project: Project, given: [String: String],
        _ codes: SourceCodes
    ) throws -> WorkflowRequest {
        try WorkflowRequest(
            loaded, yaml: yaml, workflowID: key.map(RunID.derived(fromKey:)) ?? .random(), idempotencyKey: key,
            submittedAt: Date(), submittedBy: Submission.submitter, variables: given, trigger: trigger
        ) { pipeline in
            let spec = pipeline.loaded.spec
            return try RequestDraft(
                file: pipeline.file, yaml: pipeline.yaml, project: project, engine: engine, priority: priority,
                retries: retries, timeout: timeout, failOnChecks: failOnChecks,
                maxRunning: maxRunning.map { min($0, spec.options.maxRunning ?? $0) }, trigger: trigger,
                sourceCode: codes[pipeline.file]
            ).request(pipeline.loaded)
        }
    }
}
