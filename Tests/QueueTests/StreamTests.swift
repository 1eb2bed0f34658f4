import CRdKafka
import Fleet
import Foundation
import Pipeline
import ServiceLifecycle
import Testing

@testable import Queue

@Suite struct StreamTests {
    @Test("what is published is consumed, whole and in order per key")
    func orderPerKey() async throws {
        try await TestBroker.with { broker in
            let received = Recorder<IncomingMessage>()
            let first = RunRequest.sample(key: "a", number: 0)
            try await publishing(broker.settings) { sink in
                try await sink.publish(first)
                for number in 1..<50 {
                    for key in ["a", "b", "c"] { try await sink.publish(.sample(key: key, number: number)) }
                }
            }
            try await consuming(broker.settings, accept: { received.record(contentsOf: $0) }) {
                try await received.wait(for: "all messages") { $0.count >= 148 }
            }
            for key in ["a", "b", "c"] {
                let numbers = received.elements.filter { $0.keyText == key }.map(\.number)
                #expect(numbers == Array((key == "a" ? 0 : 1)..<50))
            }
            let message = try #require(received.elements.first { $0.keyText == "a" })
            #expect(try RunRequest.decode(message.payload).runID == first.runID)
            let headers = Dictionary(
                uniqueKeysWithValues: message.headers.map { ($0.name, String(decoding: $0.value, as: UTF8.self)) })
            let trace = first.runID.description.replacing("-", with: "")
            #expect(
                headers == [
                    "schema-version": "1", "content-type": "application/json",
                    "traceparent": "00-\(trace)-\(trace.suffix(16))-01",
                ])
        }
    }

    @Test("a batch holds the higher priorities first, and no more than its limit")
    func priorities() async throws {
        try await TestBroker.with { broker in
            try await publishing(broker.settings) { sink in
                for number in 0..<4 {
                    for priority in [Priority.low, .normal, .high] {
                        try await sink.publish(.sample(number: number, priority: priority))
                    }
                }
            }
            let batches = Recorder<[IncomingMessage]>()
            try await consuming(
                broker.settings, limits: BatchLimits(messages: 5), accept: { batches.record($0) }
            ) {
                try await batches.wait(for: "twelve messages") { $0.joined().count >= 12 }
            }
            let order = broker.settings.topics.requests
            for batch in batches.elements {
                #expect(batch.count <= 5)
                let ranks = batch.compactMap { order.firstIndex(of: $0.topic) }
                #expect(ranks == ranks.sorted())
            }
        }
    }

    @Test("a batch whose accept threw is not committed: the next consumer gets it again")
    func acceptThrows() async throws {
        struct Refused: Error {}
        try await TestBroker.with { broker in
            try await publishing(broker.settings) { try await $0.publish(.sample(number: 7)) }
            let stream = try KafkaRequestStream(settings: broker.settings, logger: TestBroker.logger)
            await #expect(throws: Refused.self) { try await stream.consume { _ in throw Refused() } }
            let received = Recorder<IncomingMessage>()
            try await consuming(broker.settings, accept: { received.record(contentsOf: $0) }) {
                try await received.wait(for: "the message again") { !$0.isEmpty }
            }
            #expect(received.elements.map(\.number) == [7])
        }
    }

    @Test("what was accepted is committed: the next consumer gets only what is new")
    func acceptedOnce() async throws {
        try await TestBroker.with { broker in
            let first = Recorder<IncomingMessage>()
            try await publishing(broker.settings) { sink in
                for number in 0..<20 { try await sink.publish(.sample(key: "\(number)", number: number)) }
                try await consuming(broker.settings, accept: { first.record(contentsOf: $0) }) {
                    try await first.wait(for: "the old messages") { $0.count >= 20 }
                }
                try await sink.publish(.sample(number: 100))
            }
            let second = Recorder<IncomingMessage>()
            try await consuming(broker.settings, accept: { second.record(contentsOf: $0) }) {
                try await second.wait(for: "the new message") { $0.contains { $0.number == 100 } }
            }
            #expect(second.elements.map(\.number) == [100])
        }
    }

    @Test("a message accepted while the stream is being stopped is committed too")
    func acceptedWhileStopping() async throws {
        try await TestBroker.with { broker in
            try await publishing(broker.settings) { try await $0.publish(.sample(number: 1)) }
            let started = Recorder<Int>()
            let stopped = Recorder<Int>()
            let stream = try KafkaRequestStream(settings: broker.settings, logger: TestBroker.logger)
            let task = Task {
                try await stream.consume { messages in
                    started.record(messages.count)
                    // A store that finishes its statement although the task was cancelled.
                    await Task { try? await stopped.wait(for: "the stop") { !$0.isEmpty } }.value
                }
            }
            try await started.wait(for: "the message") { !$0.isEmpty }
            task.cancel()
            stopped.record(1)
            try await task.value
            try await publishing(broker.settings) { try await $0.publish(.sample(number: 2)) }
            let second = Recorder<IncomingMessage>()
            try await consuming(broker.settings, accept: { second.record(contentsOf: $0) }) {
                try await second.wait(for: "the second message") { $0.contains { $0.number == 2 } }
            }
            #expect(second.elements.map(\.number) == [2])
        }
    }

    @Test("payloads that are no requests, and messages without key or headers, arrive as they are")
    func undecodable() async throws {
        try await TestBroker.with { broker in
            let payloads = [
                Data(), Data([0xFF, 0x00, 0xFE]), Data("no json".utf8), Data(repeating: 0x20, count: 999_000),
            ]
            let producer = try ProducerHandle(broker.settings, logger: TestBroker.logger)
            for payload in payloads {
                try await producer.publish(
                    topic: broker.settings.topics.runs(.normal), key: nil, headers: [], payload: payload)
            }
            try await producer.publish(
                topic: broker.settings.topics.runs(.normal), key: Data(), headers: [("empty", Data())], payload: Data())
            await producer.close()
            let received = Recorder<IncomingMessage>()
            try await consuming(broker.settings, accept: { received.record(contentsOf: $0) }) {
                try await received.wait(for: "all messages") { $0.count >= 5 }
            }
            #expect(Set(received.elements.filter { $0.key == nil }.map(\.payload)) == Set(payloads))
            let last = try #require(received.elements.first { $0.key != nil })
            #expect(last.key == Data() && last.headers.map(\.name) == ["empty"])
        }
    }

    @Test("a consumer whose accept is slow stays in its group")
    func slowAccept() async throws {
        try await TestBroker.with { broker in
            // The shortest that the broker allows; accepting takes half as long again.
            let interval = broker.embedded == nil ? 6_000 : 4_000
            let settings = broker.changed([
                "max.poll.interval.ms": "\(interval)", "session.timeout.ms": "\(interval)",
            ])
            let events = Recorder<StreamEvent>()
            let received = Recorder<IncomingMessage>()
            try await publishing(settings) { sink in
                try await sink.publish(.sample(number: 1))
                try await consuming(
                    settings, events: events,
                    accept: { messages in
                        received.record(contentsOf: messages)
                        if messages.contains(where: { $0.number == 1 }) {
                            try await Task.sleep(for: .milliseconds(interval * 3 / 2))
                        }
                    }
                ) {
                    try await received.wait(for: "the slow message") { !$0.isEmpty }
                    for number in 2..<40 { try await sink.publish(.sample(key: "\(number)", number: number)) }
                    try await received.wait(for: "the messages behind it") { $0.count >= 39 }
                    #expect(events.elements.assigned.count == 12)
                }
            }
            #expect(events.elements.contains(.paused))
            #expect(events.elements.contains(.resumed))
            #expect(received.elements.compactMap(\.number).sorted() == Array(1..<40))
            let problems = events.elements.filter { if case .problem = $0 { true } else { false } }
            #expect(problems.isEmpty, "\(problems)")
        }
    }

    @Test("graceful shutdown ends the stream and leaves what is running in its group alone")
    func gracefulShutdown() async throws {
        try await TestBroker.with { broker in
            let received = Recorder<IncomingMessage>()
            let stream = try KafkaRequestStream(settings: broker.settings, logger: TestBroker.logger)
            let sink = try KafkaRequestSink(settings: broker.settings, logger: TestBroker.logger)
            let group = ServiceGroup(
                configuration: .init(
                    services: [
                        .init(service: sink, successTerminationBehavior: .ignore),
                        .init(
                            service: StreamService(stream: stream) { received.record(contentsOf: $0) },
                            successTerminationBehavior: .ignore),
                    ], logger: TestBroker.logger))
            let task = Task { try await group.run() }
            try await sink.publish(.sample(number: 5))
            try await received.wait(for: "the message") { !$0.isEmpty }
            await group.triggerGracefulShutdown()
            try await task.value
            let error = await #expect(throws: QueueError.self) { try await sink.publish(.sample()) }
            #expect(error?.kind == .closed)
        }
    }

    private struct StreamService: Service {
        var stream: KafkaRequestStream
        var accept: @Sendable ([IncomingMessage]) async throws -> Void

        func run() async throws { try await stream.consume(accept) }
    }

    @Test("ten thousand messages come through, each once, in order per key")
    func tenThousand() async throws {
        try await TestBroker.with { broker in
            let received = Recorder<IncomingMessage>()
            try await consuming(broker.settings, accept: { received.record(contentsOf: $0) }) {
                try await publishing(broker.settings) { sink in
                    try await withThrowingTaskGroup(of: Void.self) { group in
                        for key in 0..<100 {
                            group.addTask {
                                for number in 0..<100 { try await sink.publish(.sample(key: "\(key)", number: number)) }
                            }
                        }
                        try await group.waitForAll()
                    }
                }
                try await received.wait(for: "all messages") { $0.count >= 10_000 }
            }
            #expect(received.elements.count == 10_000)
            let byKey = Dictionary(grouping: received.elements, by: \.keyText)
            #expect(byKey.count == 100)
            for messages in byKey.values { #expect(messages.map(\.number) == Array(0..<100)) }
        }
    }
}
