import CRdKafka
import Fleet
import Foundation
import Pipeline
import Testing

@testable import Queue

@Suite struct SinkTests {
    @Test("a dead letter keeps key and payload, and says why and where from")
    func deadLetter() async throws {
        try await TestBroker.with { broker in
            let letter = DeadLetter(
                topic: "quicketl.runs", partition: 3, offset: 42, reason: .unsupportedVersion, detail: "version: is 2",
                key: Data("k".utf8), payload: Data([0xFF, 0x00]))
            try await publishing(broker.settings) { try await $0.publish(letter) }
            let message = try #require(try await firstDead(broker))
            #expect(message.key == letter.key && message.payload == letter.payload)
            let headers = Dictionary(
                uniqueKeysWithValues: message.headers.map { ($0.name, String(decoding: $0.value, as: UTF8.self)) })
            #expect(
                headers == [
                    "dead-reason": "unsupported_version", "dead-topic": "quicketl.runs", "dead-partition": "3",
                    "dead-offset": "42", "dead-detail": "version: is 2",
                ])
        }
    }

    @Test("a dead letter that is refused for its size is cut and says so")
    func largeDeadLetter() async throws {
        try await TestBroker.with { broker in
            let letter = DeadLetter(
                topic: "t", partition: 0, offset: 0, reason: .tooLarge,
                detail: String(repeating: "\u{E9}", count: 5_000), payload: Data(repeating: 7, count: 9_000_000))
            try await publishing(broker.settings) { try await $0.publish(letter) }
            let message = try #require(try await firstDead(broker))
            #expect(message.payload == letter.payload.prefix(65_536))
            let headers = Dictionary(uniqueKeysWithValues: message.headers.map { ($0.name, $0.value) })
            #expect(headers["dead-payload-bytes"] == Data("9000000".utf8))
            #expect(headers["dead-detail"].flatMap { String(validating: $0, as: UTF8.self) }?.utf8.count == 4_096)
        }
    }

    @Test("a lineage event is one message, keyed by its run")
    func lineageEvent() async throws {
        try await TestBroker.with { broker in
            let event = OutgoingEvent(
                runID: .random(), kind: .complete, json: #"{"eventType":"COMPLETE","a":"\u{E9}"}"#)
            // Any topic that is there.
            let topic = broker.settings.topics.dead
            try await publishing(broker.settings) { sink in
                try await KafkaEventReceiver(sink: sink, topic: topic).deliver(event)
            }
            let message = try #require(try await firstDead(broker))
            #expect(message.key == Data(event.runID.description.utf8))
            #expect(message.payload == Data(event.json.utf8))
            #expect(message.headers.map(\.name) == ["content-type"])
        }
    }

    /// The first message of the topic of dead letters.
    private func firstDead(_ broker: TestBroker) async throws -> IncomingMessage? {
        // A consumer reads request topics; the loop takes any.
        let received = Recorder<IncomingMessage>()
        let mailbox = Mailbox<ConsumerCommand>()
        let settings = broker.settings
        Lane.start("dead") {
            ConsumerLoop(
                settings: settings, topics: [settings.topics.dead], mailbox: mailbox,
                logger: TestBroker.logger, observe: { _ in }
            ).run()
        }
        let answer = await withCheckedContinuation { _ = mailbox.post(.next(accepted: [:], $0)) }
        received.record(contentsOf: try answer.get()?.messages ?? [])
        await withCheckedContinuation { _ = mailbox.post(.close(accepted: [:], $0)) }
        return received.elements.first
    }

    @Test("publication to a broker that cannot be reached fails within its limit, and may be tried again")
    func unreachable() async throws {
        let nobody = try SilentPort()
        defer { nobody.close() }
        let settings = KafkaSettings(brokers: nobody.address, deliveryLimit: .seconds(1), closeLimit: .zero)
        try await publishing(settings) { sink in
            let error = await #expect(throws: QueueError.self) { try await sink.publish(.sample()) }
            #expect(error?.kind == .unreachable)
            #expect(error?.isTransient == true)
        }
    }

    @Test("closing fails what the broker does not take, and every loan is reclaimed")
    func closingReclaims() async throws {
        let nobody = try SilentPort()
        defer { nobody.close() }
        let settings = KafkaSettings(brokers: nobody.address, deliveryLimit: .seconds(600), closeLimit: .zero)
        let producer = try ProducerHandle(settings, logger: TestBroker.logger)
        let lent = Recorder<Int>()
        try await withThrowingTaskGroup(of: QueueError?.self) { group in
            for _ in 0..<20 {
                group.addTask {
                    do {
                        lent.record(1)
                        try await producer.publish(topic: "t", key: nil, headers: [], payload: Data([1]))
                        return nil
                    } catch let error as QueueError {
                        return error
                    }
                }
            }
            // Cancelled publications give up their wait; their loans stay with librdkafka.
            let cancelled = Task { try await producer.publish(topic: "t", key: nil, headers: [], payload: Data([2])) }
            cancelled.cancel()
            await #expect(throws: CancellationError.self) { try await cancelled.value }
            try await lent.wait(for: "all publications to begin") { $0.count == 20 }
            await producer.close()
            for try await error in group { #expect(error?.kind == .closed) }
        }
        #expect(producer.loans.outstanding == 0)
    }

    @Test("delivered messages leave no loan behind")
    func deliveredReclaims() async throws {
        try await TestBroker.with { broker in
            let producer = try ProducerHandle(broker.settings, logger: TestBroker.logger)
            let topic = broker.settings.topics.runs(.normal)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<200 {
                    group.addTask {
                        try await producer.publish(
                            topic: topic, key: nil, headers: [("a", Data([1]))], payload: Data([1]))
                    }
                }
                try await group.waitForAll()
            }
            #expect(producer.loans.outstanding == 0)
            await producer.close()
            let late = await #expect(throws: QueueError.self) {
                try await producer.publish(topic: topic, key: nil, headers: [], payload: Data())
            }
            #expect(late?.kind == .closed)
            #expect(producer.loans.outstanding == 0)
        }
    }

    @Test("a request beyond the format's limits is refused before it is sent")
    func unencodable() async throws {
        let nobody = try SilentPort()
        defer { nobody.close() }
        try await publishing(KafkaSettings(brokers: nobody.address, closeLimit: .zero)) { sink in
            var request = RunRequest.sample()
            request.baseDirectory = "relative"
            let refused = request
            await #expect(throws: RequestEncodingError.self) { try await sink.publish(refused) }
        }
    }
}

/// A port of 127.0.0.1 that is taken and on which nobody listens: connections are refused.
struct SilentPort {
    let address: String
    private let socket: Int32

    init() throws {
        (socket, address) = try Loopback.bind()
    }

    func close() { Loopback.close(socket) }
}
