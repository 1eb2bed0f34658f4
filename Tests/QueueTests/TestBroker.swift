import CRdKafka
import Fleet
import Foundation
import Logging
import Pipeline
import Testing

@testable import Queue

/// The broker under test: an embedded one of its own, or topics of its own on the one that QUICKETL_TEST_KAFKA names.
struct TestBroker: Sendable {
    /// nil with a real broker.
    var embedded: EmbeddedBroker?
    var settings: KafkaSettings

    static let external = ProcessInfo.processInfo.environment["QUICKETL_TEST_KAFKA"]
    static let logger: Logger = {
        var logger = Logger(label: "queue.tests")
        logger.logLevel =
            ProcessInfo.processInfo.environment["QUICKETL_TEST_LOG"].flatMap { Logger.Level(rawValue: $0) } ?? .critical
        return logger
    }()

    /// Runs `body` with a broker; it, or its topics, are gone on every exit.
    static func with(partitions: Int = 4, _ body: (TestBroker) async throws -> Void) async throws {
        let prefix = "test-\(UUID().uuidString.lowercased())"
        let broker: TestBroker
        if let external {
            broker = TestBroker(embedded: nil, settings: KafkaSettings(brokers: external, topicPrefix: prefix))
            try await TopicAdmin(settings: broker.settings, logger: logger).createTopicsIfMissing(
                partitions: partitions)
        } else {
            let embedded = try await EmbeddedBroker.start(
                topics: Topics(prefix: prefix), partitions: partitions, logger: logger)
            broker = TestBroker(embedded: embedded, settings: quick(embedded.address, prefix))
        }
        do {
            try await body(broker)
        } catch {
            await broker.remove()
            throw error
        }
        await broker.remove()
    }

    /// An embedded broker takes three seconds for a group's first join, during which the members' sessions must not
    /// end, and a session timeout less a second for later ones.
    static func quick(_ address: String, _ prefix: String) -> KafkaSettings {
        var properties = EmbeddedBroker.clientProperties
        properties["session.timeout.ms"] = "4000"
        properties["heartbeat.interval.ms"] = "300"
        if let debug = ProcessInfo.processInfo.environment["QUICKETL_TEST_KAFKA_DEBUG"] { properties["debug"] = debug }
        return KafkaSettings(brokers: address, topicPrefix: prefix, properties: properties)
    }

    func changed(_ properties: [String: String]) -> KafkaSettings {
        var settings = settings
        settings.properties.merge(properties) { $1 }
        return settings
    }

    private func remove() async {
        await embedded?.stop()
        guard embedded == nil else { return }
        let settings = settings
        await Lane.run("delete-topics") {
            let configuration = ClientConfiguration()
            do {
                try configuration.apply(settings)
                let client = try configuration.makeClient(RD_KAFKA_PRODUCER)
                var topics = settings.topics.all.map { rd_kafka_DeleteTopic_new($0) }
                let queue = rd_kafka_queue_new(client)
                rd_kafka_DeleteTopics(client, &topics, topics.count, nil, queue)
                if let event = rd_kafka_queue_poll(queue, 10_000) { rd_kafka_event_destroy(event) }
                for topic in topics { rd_kafka_DeleteTopic_destroy(topic) }
                rd_kafka_queue_destroy(queue)
                rd_kafka_destroy(client)
            } catch {
                Issue.record("the test's topics could not be removed: \(error)")
            }
        }
    }
}

/// Consumes with `accept` while `body` runs, then cancels and waits for the end.
func consuming(
    _ settings: KafkaSettings, limits: BatchLimits = BatchLimits(), events: Recorder<StreamEvent> = Recorder(),
    regroupLimit: Duration? = nil,
    accept: @escaping @Sendable ([IncomingMessage]) async throws -> Void, _ body: () async throws -> Void
) async throws {
    let stream = try KafkaRequestStream(
        settings: settings, limits: limits, logger: TestBroker.logger, regroupLimit: regroupLimit,
        observe: { events.record($0) })
    // Unstructured so that the body decides when it ends; awaited on every path.
    let task = Task { try await stream.consume(accept) }
    do {
        try await body()
    } catch {
        task.cancel()
        _ = await task.result
        throw error
    }
    task.cancel()
    try await task.value
}

/// Publishes with a sink that is closed on every path.
func publishing(_ settings: KafkaSettings, _ body: (KafkaRequestSink) async throws -> Void) async throws {
    let sink = try KafkaRequestSink(settings: settings, logger: TestBroker.logger)
    do {
        try await body(sink)
    } catch {
        await sink.close()
        throw error
    }
    await sink.close()
}

extension RunRequest {
    static func sample(key: String = "k", number: Int = 0, priority: Priority = .normal) -> RunRequest {
        RunRequest(
            runID: .random(), pipelineName: "p", pipelineYAML: "name: p", variables: ["N": String(number)],
            baseDirectory: "/data", priority: priority, concurrencyKey: key, submittedAt: Date(), submittedBy: "a@b")
    }
}

extension IncomingMessage {
    /// The number given to `RunRequest.sample`.
    var number: Int? {
        (try? RunRequest.decode(payload)).flatMap { $0.variables["N"] }.flatMap { Int($0) }  // no request: no number
    }
    var keyText: String { key.map { String(decoding: $0, as: UTF8.self) } ?? "" }
}

extension [StreamEvent] {
    /// What the consumer holds after these events.
    var assigned: Set<TopicPartition> {
        reduce(into: []) { held, event in
            switch event {
            case .assigned(let partitions): held.formUnion(partitions)
            case .revoked(let partitions, _): held.subtract(partitions)
            case .replaced: held = []
            case .committed, .paused, .resumed, .problem: break
            }
        }
    }
}
