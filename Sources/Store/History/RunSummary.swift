public import Fleet
public import Foundation
public import Pipeline

/// A run in one line. The JSON keys are part of the interface of the command line.
public struct RunSummary: Sendable, Hashable, Codable {
    public var runID: RunID
    public var pipeline: String
    public var state: RunState
    public var engine: String?
    public var attempts: Int
    public var priority: Priority
    public var submittedAt: Date
    public var startedAt: Date?
    public var finishedAt: Date?
    /// From the first start to the end, waits between attempts included.
    public var durationMilliseconds: Int64?
    public var rowsIn: Int64?
    public var rowsOut: Int64?
    public var bytesIn: Int64?
    public var bytesOut: Int64?
    public var error: String?

    enum CodingKeys: String, CodingKey {
        case runID = "run_id"
        case pipeline, state, engine, attempts, priority, error
        case submittedAt = "submitted_at"
        case startedAt = "started_at"
        case finishedAt = "finished_at"
        case durationMilliseconds = "duration_ms"
        case rowsIn = "rows_in"
        case rowsOut = "rows_out"
        case bytesIn = "bytes_in"
        case bytesOut = "bytes_out"
    }
}

/// Where a run stands, for those who wait for it.
public struct RunStatus: Sendable, Hashable, Codable {
    public var runID: RunID
    public var state: RunState
    public var attempts: Int
    /// 0 to 1, where the engine tells.
    public var progress: Double?
    public var phase: String?
    public var error: String?
    /// What the last attempt has said so far.
    public var messages: Int

    enum CodingKeys: String, CodingKey {
        case runID = "run_id"
        case state, attempts, progress, phase, error, messages
    }
}

/// A worker, and how many runs it has.
public struct WorkerSummary: Sendable, Hashable, Codable {
    public var workerID: String
    public var host: String
    public var processID: Int
    /// `live`, `lost`, `retired`.
    public var state: String
    public var slots: Int
    public var runs: Int
    public var version: String
    public var startedAt: Date
    public var renewedAt: Date
    public var endedAt: Date?

    enum CodingKeys: String, CodingKey {
        case workerID = "worker_id"
        case host, state, slots, runs, version
        case processID = "process_id"
        case startedAt = "started_at"
        case renewedAt = "renewed_at"
        case endedAt = "ended_at"
    }
}

/// A message that could not become a run.
public struct DeadLetterSummary: Sendable, Hashable, Codable {
    public var id: Int64
    public var topic: String
    public var partition: Int
    public var offset: Int64
    public var reason: String
    public var detail: String
    public var key: Data?
    public var payload: Data
    public var receivedAt: Date
    /// When its message was last sent again.
    public var replayedAt: Date?

    enum CodingKeys: String, CodingKey {
        case id, topic, partition, offset, reason, detail, key, payload
        case receivedAt = "received_at"
        case replayedAt = "replayed_at"
    }
}
