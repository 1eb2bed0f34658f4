public import Foundation
public import Pipeline

/// The events that transactions left for others to hear of, as the worker that delivers them sees them. One worker of a
/// fleet delivers at a time.
public protocol EventOutbox: Sendable {
    /// Asks for events to be kept, and gives the oldest ones that are due, if this worker is the one that delivers. Of
    /// each run an event comes only together with those before it. What is not noted as delivered comes again.
    func takeEvents(_ worker: WorkerID, limit: Int) async throws -> [PendingEvent]
    /// Delivered, or refused for good: they do not come again.
    func removeEvents(_ ids: [Int64]) async throws
    /// They, and later ones of their runs, come again after a while that grows with every try.
    func postponeEvents(_ postponed: [PostponedEvent]) async throws
    /// Makes RUNNING events of runs that have been running for a while, and forgets the oldest of too many. Answers how
    /// many were forgotten.
    func tendEvents(_ worker: WorkerID, runningEvery interval: Duration, most: Int) async throws -> Int
}

public struct PendingEvent: Sendable {
    public var id: Int64
    public var kind: EventKind
    public var occurredAt: Date
    public var tries: Int
    public var facts: EventFacts

    public init(id: Int64, kind: EventKind, occurredAt: Date, tries: Int, facts: EventFacts) {
        self.id = id
        self.kind = kind
        self.occurredAt = occurredAt
        self.tries = tries
        self.facts = facts
    }
}

public struct PostponedEvent: Sendable {
    public var id: Int64
    public var delay: Duration
    /// Without what was sent, and without credentials.
    public var reason: String

    public init(id: Int64, delay: Duration, reason: String) {
        self.id = id
        self.delay = delay
        self.reason = reason
    }
}

/// Where events go. Errors that conform to `TransientError` say whether sending again can help; others are taken as
/// passing.
public protocol EventReceiver: Sendable {
    /// Returns when the receiver has it. May be called again with an event that it has.
    func deliver(_ event: OutgoingEvent) async throws
}

public struct OutgoingEvent: Sendable {
    public var runID: RunID
    public var kind: EventKind
    /// One line of JSON.
    public var json: String

    public init(runID: RunID, kind: EventKind, json: String) {
        self.runID = runID
        self.kind = kind
        self.json = json
    }
}
