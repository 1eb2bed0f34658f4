/// Where a run is in its life. The table of transitions below is repeated as a constraint in the schema.
public enum RunState: String, Sendable, Codable, CaseIterable {
    /// Waits for other runs of its workflow.
    case held
    /// Recorded by its submitter; its message has not been accepted yet. Claimable after a grace period regardless.
    case submitted
    /// Due, and nothing stands before it.
    case queued
    /// Another run with the same concurrency key stands before it.
    case blocked
    /// Waits for the due time of a retry.
    case waiting
    case running
    /// Decided: it is not executed again and not cancelled; its output is being moved into place. It fails only when the
    /// target has refused that for good, and every attempt's with it.
    case publishing
    case succeeded
    case failed
    case cancelled
    /// Set aside: its workers died too often.
    case dead
    /// Never started, because of how other runs of its workflow ended.
    case skipped

    public var isFinal: Bool { allowedNext.isEmpty }

    /// The states that may follow this one.
    public var allowedNext: Set<RunState> {
        switch self {
        case .held: [.submitted, .cancelled, .skipped]
        case .submitted: [.queued, .blocked, .cancelled]
        case .queued: [.running, .cancelled]
        case .blocked: [.queued, .cancelled]
        case .waiting: [.running, .queued, .cancelled]
        case .running: [.publishing, .succeeded, .failed, .cancelled, .waiting, .queued, .dead]
        case .publishing: [.succeeded, .failed]
        case .succeeded, .failed, .cancelled, .dead, .skipped: []
        }
    }
}
