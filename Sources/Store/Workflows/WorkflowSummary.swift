public import Fleet
public import Foundation
public import Pipeline

/// A workflow of the fleet in one line. The JSON keys are part of the interface of the command line.
public struct WorkflowSummary: Sendable, Hashable, Codable {
    public var workflowID: RunID
    public var workflow: String
    public var state: WorkflowState
    public var runs: Int
    /// Those of the workflow that it resumes as well.
    public var succeeded: Int
    /// Those set aside as well.
    public var failed: Int
    public var cancelled: Int
    public var skipped: Int
    /// Held ones as well.
    public var unfinished: Int
    public var rowsOut: Int64?
    public var isCancelRequested: Bool
    public var resumeOf: RunID?
    public var trigger: String?
    public var submittedAt: Date
    public var submittedBy: String
    public var startedAt: Date?
    public var finishedAt: Date?

    enum CodingKeys: String, CodingKey {
        case workflow, state, runs, succeeded, failed, cancelled, skipped, unfinished, trigger
        case workflowID = "workflow_id"
        case rowsOut = "rows_out"
        case isCancelRequested = "cancel_requested"
        case resumeOf = "resume_of"
        case submittedAt = "submitted_at"
        case submittedBy = "submitted_by"
        case startedAt = "started_at"
        case finishedAt = "finished_at"
    }
}

/// A workflow with its runs, stage by stage.
public struct WorkflowDetail: Sendable, Hashable, Encodable {
    public struct Step: Sendable, Hashable, Codable {
        public var stage: String
        public var step: String
        public var runID: RunID
        /// It succeeded in the workflow that this one resumes.
        public var wasDoneBefore: Bool
        public var pipeline: String?
        /// nil: history has forgotten the run.
        public var state: RunState?
        public var engine: String?
        public var attempts: Int?
        public var rowsOut: Int64?
        public var startedAt: Date?
        public var finishedAt: Date?
        public var error: String?

        enum CodingKeys: String, CodingKey {
            case stage, step, pipeline, state, engine, attempts, error
            case runID = "run_id"
            case wasDoneBefore = "was_done_before"
            case rowsOut = "rows_out"
            case startedAt = "started_at"
            case finishedAt = "finished_at"
        }
    }

    public var summary: WorkflowSummary
    public var plan: WorkflowPlan
    public var yaml: String
    /// What was given for the whole.
    public var variables: [String: String]
    public var steps: [Step]

    private enum Key: String, CodingKey { case plan, yaml, variables, steps }

    /// One flat object: the summary's fields beside these.
    public func encode(to encoder: any Encoder) throws {
        try summary.encode(to: encoder)
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(plan, forKey: .plan)
        try container.encode(yaml, forKey: .yaml)
        try container.encode(variables, forKey: .variables)
        try container.encode(steps, forKey: .steps)
    }
}
