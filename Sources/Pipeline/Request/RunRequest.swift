public import Foundation

/// A message asking to run a pipeline. What it looks like on the wire: `docs/messages.md`.
public struct RunRequest: Hashable, Sendable {
    /// The version that this program writes, and the highest that it reads.
    public static let version = 1

    public var runID: RunID
    /// The pipeline's own name, for people and metrics.
    public var pipelineName: String
    /// The pipeline file as its author wrote it, variables not substituted.
    public var pipelineYAML: String
    /// Every variable that the pipeline uses and that was not left to its default, resolved by the submitter.
    public var variables: [String: String]
    /// What the pipeline takes from its project file: one that holds only the profiles it names, nothing resolved.
    public var projectYAML: String?
    /// Of these profiles, the one whose fields are variables (`PROFILE_HOST`).
    public var profile: String?
    /// Absolute; relative paths of the pipeline are relative to it.
    public var baseDirectory: String
    /// What the submitter asked for; `auto` lets the worker choose.
    public var engine: PipelineSpec.EngineChoice
    public var priority: Priority
    /// Runs with equal keys run one at a time, in the order accepted.
    public var concurrencyKey: String
    /// Attempts after the first that transient failures may cause.
    public var retries: Int
    public var timeoutSeconds: Double?
    public var failOnChecks: Bool
    /// Runs of the pipeline (by its name) that may be with workers at the same time.
    public var maxRunning: Int?
    /// The run that this one repeats.
    public var retryOf: RunID?
    /// As the submitter gave it; the run id was derived from it.
    public var idempotencyKey: String?
    public var submittedAt: Date
    /// `user@host`.
    public var submittedBy: String
    /// Of a run that a trigger started: its name and what it was that happened.
    public var trigger: String?
    /// Where the definition comes from.
    public var sourceCode: SourceCode?

    public init(
        runID: RunID, pipelineName: String, pipelineYAML: String, variables: [String: String] = [:],
        projectYAML: String? = nil, profile: String? = nil, baseDirectory: String,
        engine: PipelineSpec.EngineChoice = .auto, priority: Priority = .normal,
        concurrencyKey: String, retries: Int = 2, timeoutSeconds: Double? = nil, failOnChecks: Bool = true,
        maxRunning: Int? = nil, retryOf: RunID? = nil, idempotencyKey: String? = nil, submittedAt: Date,
        submittedBy: String, trigger: String? = nil, sourceCode: SourceCode? = nil
    ) {
        self.sourceCode = sourceCode
        self.runID = runID
        self.pipelineName = pipelineName
        self.pipelineYAML = pipelineYAML
        self.variables = variables
        self.projectYAML = projectYAML
        self.profile = profile
        self.baseDirectory = baseDirectory
        self.engine = engine
        self.priority = priority
        self.concurrencyKey = concurrencyKey
        self.retries = retries
        self.timeoutSeconds = timeoutSeconds
        self.failOnChecks = failOnChecks
        self.maxRunning = maxRunning
        self.retryOf = retryOf
        self.idempotencyKey = idempotencyKey
        self.submittedAt = submittedAt
        self.submittedBy = submittedBy
        self.trigger = trigger
    }

    /// Equal for requests that ask for the same work: everything but who or what asked, when, from where, and under
    /// which id.
    public var contentDigest: ContentDigest {
        let pairs = variables.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
        // Only where there is one, so that requests without it keep the digest that they are on record with.
        let project = projectYAML.map { ["project", $0, profile ?? ""] } ?? []
        let parts: [String] =
            [
                pipelineYAML, baseDirectory, engine.rawValue, priority.rawValue, concurrencyKey, String(retries),
                timeoutSeconds.map { String($0) } ?? "", String(failOnChecks),
            ] + (maxRunning.map { ["max_running", String($0)] } ?? []) + pairs.flatMap { [$0.key, $0.value] } + project
        // Lengths keep parts apart, whatever they hold.
        return ContentDigest(of: parts.map { "\($0.utf8.count):\($0)" }.joined())
    }
}
