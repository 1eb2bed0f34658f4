public import Foundation
public import Pipeline

/// What an event is about: a run, or a workflow that runs belong to.
public enum EventFacts: Sendable {
    case run(RunFacts)
    case workflow(WorkflowFacts)

    /// By which events are kept in order.
    public var id: RunID {
        switch self {
        case .run(let facts): facts.request.runID
        case .workflow(let facts): facts.id
        }
    }
}

/// What history holds of a workflow, as far as events tell it. Its runs have events of their own, which name it.
public struct WorkflowFacts: Sendable {
    public var id: RunID
    public var name: String
    /// As its author wrote it.
    public var yaml: String
    /// What was given for the whole.
    public var variables: [String: String]
    /// When it was taken in: from then on its runs start.
    public var beganAt: Date
    /// nil unless it failed.
    public var error: String?
    /// The backfill that it belongs to.
    public var parent: RunFacts.Parent?

    public init(
        id: RunID, name: String, yaml: String, variables: [String: String], beganAt: Date,
        error: String? = nil, parent: RunFacts.Parent? = nil
    ) {
        self.id = id
        self.name = name
        self.yaml = yaml
        self.variables = variables
        self.beganAt = beganAt
        self.error = error
        self.parent = parent
    }
}
