import CRdKafka
import Fleet
import Foundation
import Pipeline
import Testing

@testable import Queue

/// Faults that only an embedded broker can be asked for. With QUICKETL_TEST_KAFKA they still run against their own.
@Suite struct BrokerFaultTests {
    private let prefix = "faults"

    private func start() async throws -> EmbeddedBroker {
        try await EmbeddedBroker.start(topics: Topics(prefix: prefix), partitions: 2, logger: TestBroker.logger)
    }

    /// What is published between the loss and the consumer's return to its group may be skipped here: this broker
    /// takes commits of members it does not know, where a real one refuses them, after which all is read again.
    @Test("a broker that comes back without its log: producer and consumer go on")
    func lostLog() async throws {
        let first = try await start()
        let forwarder = try Forwarder(to: first.address)
        defer { forwarder.close() }
        let settings = TestBroker.quick(forwarder.address, prefix)
        let received = Recorder<IncomingMessage>()
        let events = Recorder<StreamEvent>()
        try await publishing(settings) { sink in
            try await consuming(
                settings, events: events, regroupLimit: .seconds(8), accept: { received.record(contentsOf: $0) }
            ) {
                for number in 0..<10 { try await sink.publish(.sample(key: "\(number)", number: number)) }
                try await received.wait(for: "messages before the loss") { $0.count >= 10 }

                await first.stop()
                let second = try await start()
                forwarder.redirect(to: second.address)
                for number in 10..<20 { try await sink.publish(.sample(key: "\(number)", number: number)) }
                try await events.wait(for: "the consumer to be back in its group") { events in
                    events.count { if case .assigned = $0 { true } else { false } } >= 2
                }
                for number in 20..<30 { try await sink.publish(.sample(key: "\(number)", number: number)) }
                try await received.wait(for: "messages after the loss") { messages in
                    Set(messages.compactMap(\.number)).isSuperset(of: 20..<30)
                }
                await second.stop()
            }
        }
    }

    @Test("a broker that is away for a while costs nothing but time")
    func interrupted() async throws {
        let broker = try await start()
        let settings = TestBroker.quick(broker.address, prefix)
        let received = Recorder<IncomingMessage>()
        let events = Recorder<StreamEvent>()
        try await publishing(settings) { sink in
            try await consuming(settings, events: events, accept: { received.record(contentsOf: $0) }) {
                try await sink.publish(.sample(number: 0))
                try await received.wait(for: "the first message") { !$0.isEmpty }
                try broker.goDown()
                async let published: Void = sink.publish(.sample(number: 1))
                try await events.wait(for: "the consumer to notice") { events in
                    events.contains { if case .problem = $0 { true } else { false } }
                }
                try broker.comeUp()
                try await published
                try await received.wait(for: "the second message") { $0.contains { $0.number == 1 } }
            }
        }
        #expect(Set(received.elements.compactMap(\.number)) == [0, 1])
        await broker.stop()
    }

    @Test("a commit that the broker refuses for now is made later")
    func refusedCommit() async throws {
        let broker = try await start()
        let settings = TestBroker.quick(broker.address, prefix)
        let events = Recorder<StreamEvent>()
        let received = Recorder<IncomingMessage>()
        try await publishing(settings) { sink in
            try broker.fail(.offsetCommit, with: [RD_KAFKA_RESP_ERR_INVALID_COMMIT_OFFSET_SIZE])
            try await sink.publish(.sample(number: 0))
            try await consuming(settings, events: events, accept: { received.record(contentsOf: $0) }) {
                try await events.wait(for: "the refusal, then the commit") { events in
                    let refusal = events.firstIndex { if case .problem = $0 { true } else { false } }
                    let commit = events.lastIndex { if case .committed = $0 { true } else { false } }
                    return refusal.map { refusal in commit.map { $0 > refusal } ?? false } ?? false
                }
            }
        }
        await broker.stop()
    }

    @Test("what is accepted but not committed yet is committed on leaving")
    func commitOnLeaving() async throws {
        let broker = try await start()
        let settings = TestBroker.quick(broker.address, prefix)
        let events = Recorder<StreamEvent>()
        try await publishing(settings) { sink in
            // The commit after the accept fails, and so does its repetition when the stream is stopped.
            try broker.fail(
                .offsetCommit,
                with: [RD_KAFKA_RESP_ERR_INVALID_COMMIT_OFFSET_SIZE, RD_KAFKA_RESP_ERR_INVALID_COMMIT_OFFSET_SIZE])
            try await sink.publish(.sample(number: 0))
            try await consuming(settings, events: events, accept: { _ in }) {
                try await events.wait(for: "the refusal") { events in
                    events.contains { if case .problem = $0 { true } else { false } }
                }
            }
            try await sink.publish(.sample(number: 1))
            let received = Recorder<IncomingMessage>()
            try await consuming(settings, accept: { received.record(contentsOf: $0) }) {
                try await received.wait(for: "the new message") { $0.contains { $0.number == 1 } }
            }
            #expect(received.elements.map(\.number) == [1])
        }
        await broker.stop()
    }

    @Test(
        "a producer that cannot go on is replaced, and its message sent again",
        arguments: [
            RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER, RD_KAFKA_RESP_ERR_UNKNOWN_PRODUCER_ID,
            RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH,
        ])
    func fatalProducer(code: rd_kafka_resp_err_t) async throws {
        let broker = try await start()
        let settings = TestBroker.quick(broker.address, prefix)
        let received = Recorder<IncomingMessage>()
        try await publishing(settings) { sink in
            try await sink.publish(.sample(number: 0))
            try broker.fail(.produce, with: [code])
            try await sink.publish(.sample(number: 1))
            try await sink.publish(.sample(number: 2))
            try await consuming(settings, accept: { received.record(contentsOf: $0) }) {
                try await received.wait(for: "all messages") { $0.count >= 3 }
            }
        }
        #expect(Set(received.elements.compactMap(\.number)) == [0, 1, 2])
        await broker.stop()
    }

    @Test("no permission to read ends the stream with an error that names the topic")
    func noPermission() async throws {
        let broker = try await start()
        let settings = TestBroker.quick(broker.address, prefix)
        try broker.withCluster { cluster in
            rd_kafka_mock_topic_set_error(
                cluster.raw, settings.topics.runs(.normal), RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED)
        }
        let stream = try KafkaRequestStream(settings: settings, logger: TestBroker.logger)
        let error = await #expect(throws: QueueError.self) { try await stream.consume { _ in } }
        #expect(error?.kind == .unauthorized)
        #expect(error?.description.contains(settings.topics.runs(.normal)) == true)
        await broker.stop()
    }

    @Test("a stream whose broker never answers ends when it is cancelled")
    func cancelledInVain() async throws {
        let nobody = try SilentPort()
        defer { nobody.close() }
        let events = Recorder<StreamEvent>()
        var settings = TestBroker.quick(nobody.address, prefix)
        settings.closeLimit = .seconds(1)
        try await consuming(settings, events: events, accept: Recorder().record(contentsOf:)) {
            try await events.wait(for: "a problem") { !$0.isEmpty }
        }
    }

    @Test("a broker that cannot be asked for topics is left to make them by itself")
    func topicsUnsupported() async throws {
        let broker = try await EmbeddedBroker.start(topics: Topics(prefix: "other"), logger: TestBroker.logger)
        let settings = TestBroker.quick(broker.address, prefix)
        try await TopicAdmin(settings: settings, logger: TestBroker.logger).createTopicsIfMissing()
        let received = Recorder<IncomingMessage>()
        try await consuming(settings, accept: received.record(contentsOf:)) {
            try await publishing(settings) { try await $0.publish(.sample(number: 3)) }
            try await received.wait(for: "the message") { !$0.isEmpty }
        }
        await broker.stop()
    }

    @Test("a stopped broker can be stopped again and used no more")
    func stoppedTwice() async throws {
        let broker = try await start()
        await broker.stop()
        await broker.stop()
        let error = #expect(throws: QueueError.self) { try broker.withCluster { _ in } }
        #expect(error?.kind == .closed)
    }
}

extension EmbeddedBroker {
    /// Kafka's numbers of requests.
    enum Request: Int16 {
        case produce = 0
        case offsetCommit = 8
    }

    /// The next requests of this kind get these errors, one each.
    func fail(_ request: Request, with errors: [rd_kafka_resp_err_t]) throws {
        try withCluster { rd_kafka_mock_push_request_errors_array($0.raw, request.rawValue, errors.count, errors) }
    }
}
