public import Fleet
public import Foundation
public import Logging
public import Pipeline
public import ServiceLifecycle
import Synchronization

/// Publishes requests and dead letters. Each call returns when all in-sync replicas have the message.
///
/// A call that fails or is cancelled may have published all the same; publishing the same request again is harmless,
/// because the run id makes it the same run. To be closed; as a service it closes itself at graceful shutdown.
public final class KafkaRequestSink: RequestSink, Service {
    private let settings: KafkaSettings
    private let logger: Logger
    private let producer: Mutex<ProducerHandle>

    /// Starts connecting; that the brokers cannot be reached shows in `publish`.
    public init(settings: KafkaSettings, logger: Logger) throws(QueueError) {
        self.settings = settings
        self.logger = logger
        producer = Mutex(try ProducerHandle(settings, logger: logger))
    }

    deinit {
        // Forgotten to close: the thread still sends what is queued, then frees the client.
        producer.withLock { $0.beginClose() }
    }

    public func publish(_ request: RunRequest) async throws {
        try await publish(request, traceparent: nil)
    }

    /// Throws `RequestEncodingError` for a request that no worker would read.
    public func publish(_ request: RunRequest, traceparent: String?) async throws {
        try await send(
            to: settings.topics.runs(request.priority), key: Data(request.concurrencyKey.utf8),
            headers: MessageHeaders.request(request, traceparent: traceparent), payload: try request.encoded())
    }

    /// Throws `RequestEncodingError` for a workflow that no worker would read.
    public func publish(_ workflow: WorkflowRequest) async throws {
        try await send(
            to: settings.topics.runs(workflow.runs.first?.priority ?? .normal),
            key: Data(workflow.workflowID.description.utf8), headers: MessageHeaders.workflow(workflow),
            payload: try workflow.encoded())
    }

    /// Landings of one place stand in one partition, in order.
    public func publish(_ landing: Landing) async throws {
        try await publish(landing: landing.encoded(), key: Data(landing.uri.utf8))
    }

    /// A message of the landings topic in any of its forms.
    public func publish(landing payload: Data, key: Data) async throws {
        try await send(
            to: settings.topics.landings, key: key, headers: MessageHeaders.landing(version: Landing.version),
            payload: payload)
    }

    /// Whole, or with the first 64 KiB of its payload where the broker refuses it for its size.
    public func publish(_ letter: DeadLetter) async throws {
        do {
            try await send(
                to: settings.topics.dead, key: letter.key,
                headers: MessageHeaders.letter(letter, payloadBytes: nil), payload: letter.payload)
        } catch let error as QueueError where error.kind == .tooLarge {
            try await send(
                to: settings.topics.dead, key: letter.key.map { $0.prefix(RequestLimits.keyBytes) },
                headers: MessageHeaders.letter(letter, payloadBytes: letter.payload.count),
                payload: letter.payload.prefix(65_536))
        }
    }

    /// Sends what is queued within the closing limit and frees the client. Later calls of `publish` fail.
    public func close() async {
        await producer.withLock { $0 }.close()
    }

    /// Waits for graceful shutdown or cancellation, then closes.
    public func run() async throws {
        do {
            try await gracefulShutdown()
        } catch is CancellationError {
            // Asked to stop in a hurry; closing has its own limit.
        }
        await close()
    }

    /// A broker that came back without its log does not know an idempotent producer, which then cannot go on: a new
    /// one takes its place, and the message is sent once more.
    func send(
        to topic: String, key: Data?, headers: [(name: String, value: Data)], payload: Data
    ) async throws {
        let current = producer.withLock { $0 }
        do {
            try await current.publish(topic: topic, key: key, headers: headers, payload: payload)
        } catch let error as QueueError where error.kind == .fatal {
            logger.warning("kafka: the producer is replaced", metadata: ["error": "\(error)"])
            let next = try replace(current)
            try await next.publish(topic: topic, key: key, headers: headers, payload: payload)
        }
    }

    private func replace(_ broken: ProducerHandle) throws(QueueError) -> ProducerHandle {
        try producer.withLock { producer throws(QueueError) in
            guard producer === broken else { return producer }
            let next = try ProducerHandle(settings, logger: logger)
            producer = next
            broken.beginClose()
            return next
        }
    }
}
