public import Foundation
public import Pipeline

/// The right to work on a run, as the store granted it.
public struct Lease: Hashable, Sendable, Codable {
    public var runID: RunID
    /// Counts executions from 1; for people. Only the token decides.
    public var attempt: Int
    public var token: LeaseToken

    public init(runID: RunID, attempt: Int, token: LeaseToken) {
        self.runID = runID
        self.attempt = attempt
        self.token = token
    }
}

/// Fences off stale workers: grows with every claim of the run, and holds a nonce so that a store that was set
/// back to an older state cannot grant the same token twice.
public struct LeaseToken: Hashable, Sendable, Codable, CustomStringConvertible {
    public var sequence: Int64
    public var nonce: UUID

    public init(sequence: Int64, nonce: UUID) {
        self.sequence = sequence
        self.nonce = nonce
    }

    /// Sorts and compares as text by sequence; safe in a file name.
    public var description: String {
        let digits = String(sequence)
        return String(repeating: "0", count: max(0, 8 - digits.count)) + digits + "-"
            + nonce.uuidString.lowercased().prefix(8)
    }
}

/// What a claim hands out.
public struct ClaimedRun: Sendable {
    public var lease: Lease
    public var request: RunRequest
    /// When the fleet accepted the run: `current_timestamp` of its pipeline.
    public var acceptedAt: Date
    /// Set when an earlier attempt had already decided: only move and settle remain.
    public var decided: AttemptReport?
    /// Attempts that ended in a transient failure so far.
    public var failures: Int
    /// Set when an earlier attempt ended as `moved`.
    public var correction: EngineCorrection?

    public init(
        lease: Lease, request: RunRequest, acceptedAt: Date, decided: AttemptReport? = nil, failures: Int = 0,
        correction: EngineCorrection? = nil
    ) {
        self.correction = correction
        self.lease = lease
        self.request = request
        self.acceptedAt = acceptedAt
        self.decided = decided
        self.failures = failures
    }
}

public struct WorkerID: Hashable, Sendable, Codable, CustomStringConvertible {
    public var rawValue: UUID

    public init(_ rawValue: UUID = UUID()) { self.rawValue = rawValue }

    public var description: String { rawValue.uuidString.lowercased() }
}

/// What a worker tells the store about itself when it starts.
public struct WorkerRegistration: Sendable {
    public var id: WorkerID
    public var host: String
    public var processID: Int32
    public var slots: Int
    public var version: String

    public init(id: WorkerID, host: String, processID: Int32, slots: Int, version: String) {
        self.id = id
        self.host = host
        self.processID = processID
        self.slots = slots
        self.version = version
    }
}
