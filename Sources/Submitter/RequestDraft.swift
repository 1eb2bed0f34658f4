import Fleet
import Foundation
import Pipeline

/// What the command line says of a request, beside the pipeline.
struct RequestDraft {
    /// As people named it.
    var file: String
    var yaml: String
    var project: Project
    var key: String?
    var engine: PipelineSpec.EngineChoice?
    var priority: Priority?
    var retries: Int?
    var timeout: Duration?
    var failOnChecks = true
    var maxRunning: Int?
    var trigger: String?
    /// Where the file stands in version control.
    var sourceCode: SourceCode?

    func request(_ loaded: PipelineLoader.Loaded) throws -> RunRequest {
        try refuseSecrets(of: loaded)
        let spec = loaded.spec
        let directory = FileManager.default.currentDirectoryPath
        guard let sinkKey = spec.sink?.concurrencyKey(baseDirectory: directory) else {
            throw Stop(
                .failed, "\(file): sink: a run of the fleet needs a sink; add one with \"type: file\" and a path")
        }
        let options = spec.options
        let part = project.part(for: loaded)
        return RunRequest(
            runID: key.map(RunID.derived(fromKey:)) ?? .random(),
            pipelineName: spec.name, pipelineYAML: yaml, variables: loaded.variables, projectYAML: part.yaml,
            profile: part.profile, baseDirectory: directory, engine: engine ?? spec.engine ?? .auto,
            priority: priority ?? options.priority ?? .normal,
            concurrencyKey: options.concurrencyKey ?? sinkKey, retries: retries ?? options.retries ?? 2,
            timeoutSeconds: (timeout ?? options.timeout).map { $0 / .seconds(1) }, failOnChecks: failOnChecks,
            maxRunning: maxRunning ?? options.maxRunning, idempotencyKey: key, submittedAt: Date(),
            submittedBy: Submission.submitter, trigger: trigger, sourceCode: sourceCode)
    }

    /// A request is kept by the broker and the store: a password must not be in it.
    private func refuseSecrets(of loaded: PipelineLoader.Loaded) throws {
        let advice = "a request would carry it; write ${secret:NAME}, which is looked up where the run executes"
        if let place = loaded.writtenPasswords.first {
            throw Stop(.failed, "\(file): \(place.path) holds a password: \(advice)")
        }
        if let name = loaded.sensitiveVariables.sorted().first {
            throw Stop(.failed, "\(file): variable \(name) is part of a connection: \(advice)")
        }
    }
}
