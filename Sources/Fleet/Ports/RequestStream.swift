public import Foundation
public import Pipeline

/// Kafka's consuming side as the worker sees it.
public protocol RequestStream: Sendable {
    /// Hands batches to `accept` in offset order until the task is cancelled, and commits their offsets after it
    /// returns. Keeps polling while `accept` works, so that the consumer is never put out of its group. An error
    /// thrown by `accept` ends the stream.
    func consume(_ accept: @escaping @Sendable ([IncomingMessage]) async throws -> Void) async throws
}

/// Kafka's producing side. Each call returns when the broker has acknowledged the message.
public protocol RequestSink: Sendable {
    func publish(_ request: RunRequest) async throws
    func publish(_ workflow: WorkflowRequest) async throws
    func publish(_ letter: DeadLetter) async throws
}

public struct IncomingMessage: Sendable {
    public var topic: String
    public var partition: Int32
    public var offset: Int64
    public var key: Data?
    public var headers: [(name: String, value: Data)]
    public var payload: Data

    public init(
        topic: String, partition: Int32, offset: Int64, key: Data? = nil, headers: [(name: String, value: Data)] = [],
        payload: Data
    ) {
        self.topic = topic
        self.partition = partition
        self.offset = offset
        self.key = key
        self.headers = headers
        self.payload = payload
    }
}

/// A message that could not become a run, kept with the reason.
public struct DeadLetter: Sendable {
    public enum Reason: String, Sendable, Codable, CaseIterable {
        case undecodable
        case unsupportedVersion = "unsupported_version"
        case tooLarge = "too_large"
        case conflict
        /// The request can be read, its pipeline cannot: made by a newer version, perhaps, or by hand.
        case invalidPipeline = "invalid_pipeline"
    }

    public var topic: String
    public var partition: Int32
    public var offset: Int64
    public var reason: Reason
    /// What is wrong, for people.
    public var detail: String
    public var key: Data?
    public var payload: Data

    public init(
        topic: String, partition: Int32, offset: Int64, reason: Reason, detail: String, key: Data? = nil, payload: Data
    ) {
        self.topic = topic
        self.partition = partition
        self.offset = offset
        self.reason = reason
        self.detail = detail
        self.key = key
        self.payload = payload
    }
}
