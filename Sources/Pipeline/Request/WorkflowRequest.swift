public import Foundation

/// A message asking to run a workflow: everything that its runs need, decided by the submitter, so that whoever accepts
/// it knows all runs at once. What it looks like on the wire: `docs/messages.md`.
public struct WorkflowRequest: Hashable, Sendable {
    /// Of its messages. Programs that do not know workflows set it aside as a version that they do not read.
    public static let version = 2

    /// What becomes of a step.
    public enum Work: Hashable, Sendable {
        /// A run of this workflow.
        case run(RunRequest)
        /// A run of the workflow that this one resumes: it has succeeded and is not repeated.
        case done(RunID)

        public var runID: RunID {
            switch self {
            case .run(let request): request.runID
            case .done(let run): run
            }
        }
    }

    public var workflowID: RunID
    public var name: String
    /// The workflow file as its author wrote it, for history.
    public var yaml: String
    public var plan: WorkflowPlan
    /// In the order of the plan's steps.
    public var work: [Work]
    /// What was given for the whole, for history; its runs hold what they use of it.
    public var variables: [String: String]
    /// The workflow that this one goes on with.
    public var resumeOf: RunID?
    /// As the submitter gave it; the id was derived from it.
    public var idempotencyKey: String?
    public var submittedAt: Date
    /// `user@host`.
    public var submittedBy: String
    /// Of a workflow that a trigger or a backfill started.
    public var trigger: String?

    public init(
        workflowID: RunID, name: String, yaml: String, plan: WorkflowPlan, work: [Work],
        variables: [String: String] = [:], resumeOf: RunID? = nil, idempotencyKey: String? = nil, submittedAt: Date,
        submittedBy: String, trigger: String? = nil
    ) {
        self.workflowID = workflowID
        self.name = name
        self.yaml = yaml
        self.plan = plan
        self.work = work
        self.variables = variables
        self.resumeOf = resumeOf
        self.idempotencyKey = idempotencyKey
        self.submittedAt = submittedAt
        self.submittedBy = submittedBy
        self.trigger = trigger
    }

    /// Each pipeline of a loaded workflow becomes the run that `makeRun` says, under an id that comes from the
    /// workflow's.
    public init<Refusal: Error>(
        _ loaded: WorkflowLoader.Loaded, yaml: String, workflowID: RunID, idempotencyKey: String?, submittedAt: Date,
        submittedBy: String, variables: [String: String] = [:], trigger: String? = nil,
        makeRun: (WorkflowLoader.LoadedPipeline) throws(Refusal) -> RunRequest
    ) throws(Refusal) {
        let (plan, places) = loaded.spec.plan
        self.init(
            workflowID: workflowID, name: loaded.spec.name, yaml: yaml, plan: plan, work: [],
            variables: variables, idempotencyKey: idempotencyKey, submittedAt: submittedAt, submittedBy: submittedBy,
            trigger: trigger)
        for (step, place) in places.enumerated() {
            // Every reference of a workflow that loads has its pipeline.
            guard
                let pipeline = loaded.pipelines.first(where: { $0.stage == place.stage && $0.index == place.pipeline })
            else { continue }
            var run = try makeRun(pipeline)
            run.runID = plan.runID(ofStep: step, workflow: workflowID)
            run.idempotencyKey = nil
            work.append(.run(run))
        }
    }

    public var runs: [RunRequest] {
        work.compactMap { if case .run(let request) = $0 { request } else { nil } }
    }

    /// The runs that have not succeeded, once more, in a workflow of its own: the same one, however often this is asked.
    ///
    /// `request`: of this workflow's step. Throws what it throws.
    public static func resuming<Refusal: Error>(
        _ earlier: RunID, name: String, yaml: String, plan: WorkflowPlan, runs: [RunID], succeeded: [Bool],
        variables: [String: String] = [:], submittedAt: Date, submittedBy: String,
        request: (RunID) throws(Refusal) -> RunRequest
    ) throws(Refusal) -> WorkflowRequest {
        let key = resumptionKey(of: earlier)
        var resumption = WorkflowRequest(
            workflowID: .derived(fromKey: key), name: name, yaml: yaml, plan: plan, work: [], variables: variables,
            resumeOf: earlier,
            idempotencyKey: key, submittedAt: submittedAt, submittedBy: submittedBy)
        for (step, run) in runs.enumerated() {
            if succeeded[step] {
                resumption.work.append(.done(run))
            } else {
                var again = try request(run)
                again.runID = plan.runID(ofStep: step, workflow: resumption.workflowID)
                again.retryOf = run
                again.idempotencyKey = nil
                again.submittedAt = submittedAt
                again.submittedBy = submittedBy
                resumption.work.append(.run(again))
            }
        }
        return resumption
    }

    public static func resumptionKey(of workflow: RunID) -> String { "resumption of workflow \(workflow)" }

    /// Equal for requests that ask for the same work: everything but who or what asked, when, and under which id.
    public var contentDigest: ContentDigest {
        var parts = [name, plan.failFast ? "fail fast" : "go on"]
        for stage in plan.stages {
            parts += [
                stage.name, stage.dependsOn.map { String($0) }.joined(separator: ","),
                stage.isParallel ? "parallel" : "", stage.continuesOnFailure ? "continues" : "",
            ]
        }
        for (step, work) in zip(plan.steps, work) {
            parts += [String(step.stage), step.name]
            switch work {
            case .run(let request): parts.append(request.contentDigest.description)
            case .done(let run): parts.append("done \(run)")
            }
        }
        // Lengths keep parts apart, whatever they hold.
        return ContentDigest(of: parts.map { "\($0.utf8.count):\($0)" }.joined())
    }

    /// What keeps this request from being a message, each with the path of its field; empty when it is one.
    var formatProblems: [String] {
        var problems = plan.problems
        func check(_ path: String, _ text: String, limit: Int, mayBeEmpty: Bool = false) {
            if text.isEmpty && !mayBeEmpty { problems.append("\(path): is empty") }
            if text.utf8.count > limit {
                problems.append("\(path): has \(text.utf8.count) bytes; the limit is \(limit)")
            }
            if text.utf8.contains(0) { problems.append("\(path): must not hold the character U+0000") }
        }
        check("workflow_name", name, limit: RequestLimits.workflowNameBytes)
        check("workflow_yaml", yaml, limit: RequestLimits.pipelineBytes, mayBeEmpty: true)
        if variables.count > RequestLimits.variables {
            problems.append("variables: has \(variables.count) entries; the limit is \(RequestLimits.variables)")
        }
        for (name, value) in variables {
            check("variables", name, limit: RequestLimits.variableNameBytes)
            check("variables", value, limit: RequestLimits.variableValueBytes, mayBeEmpty: true)
        }
        if let idempotencyKey { check("idempotency_key", idempotencyKey, limit: RequestLimits.keyBytes) }
        check("submitted_by", submittedBy, limit: RequestLimits.submitterBytes)
        if let trigger { check("trigger", trigger, limit: RequestLimits.triggerBytes) }
        if RFC3339.text(of: submittedAt) == nil { problems.append("submitted_at: must lie in the years 1 to 9999") }
        if work.count != plan.steps.count { problems.append("steps: each needs a run") }
        var seen: Set<RunID> = [workflowID]
        for (index, work) in work.enumerated() {
            if !seen.insert(work.runID).inserted { problems.append("steps[\(index)]: its run stands here twice") }
            if case .run(let request) = work {
                problems += request.formatProblems.map { "steps[\(index)].run.\($0)" }
            } else if resumeOf == nil {
                problems.append("steps[\(index)].done: only a workflow that goes on with another has such steps")
            }
        }
        return problems
    }
}
