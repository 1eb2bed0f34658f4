/// The transitions of a run that others are told of, as OpenLineage names them.
public enum EventKind: String, Sendable, CaseIterable {
    case start = "START"
    case running = "RUNNING"
    case complete = "COMPLETE"
    case fail = "FAIL"
    case abort = "ABORT"

    /// One of these, and only one, ends a run.
    public var isFinal: Bool { self == .complete || self == .fail || self == .abort }

    /// Of the state that a run has ended in; nil for a run that goes on, or that never started.
    public init?(endingIn state: RunState) {
        switch state {
        case .succeeded: self = .complete
        case .failed, .dead: self = .fail
        case .cancelled: self = .abort
        case .skipped, .held, .submitted, .queued, .blocked, .waiting, .running, .publishing: return nil
        }
    }

    /// Of the state that a workflow has ended in; nil for one that goes on.
    public init?(endingIn state: WorkflowState) {
        switch state {
        case .succeeded: self = .complete
        case .failed: self = .fail
        case .cancelled: self = .abort
        case .running: return nil
        }
    }
}
