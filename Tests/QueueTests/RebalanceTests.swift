import Fleet
import Pipeline
import Testing

@testable import Queue

@Suite struct RebalanceTests {
    @Test("consumers that join and leave share the partitions and lose nothing")
    func joinAndLeave() async throws {
        let first = Recorder<StreamEvent>()
        try await TestBroker.with { broker in
            let received = Recorder<IncomingMessage>()
            let second = Recorder<StreamEvent>()
            let bySecond = Recorder<Int>()
            try await publishing(broker.settings) { sink in
                try await consuming(broker.settings, events: first, accept: { received.record(contentsOf: $0) }) {
                    try await first.wait(for: "all partitions at the first") { $0.assigned.count == 12 }
                    try await publish(0..<100, sink)
                    try await consuming(
                        broker.settings, events: second,
                        accept: {
                            received.record(contentsOf: $0)
                            bySecond.record($0.count)
                        }
                    ) {
                        try await second.wait(for: "half of the partitions at the second") { $0.assigned.count == 6 }
                        try await first.wait(for: "half of the partitions at the first") { $0.assigned.count == 6 }
                        try await publish(100..<300, sink)
                        try await received.wait(for: "what both got") { numbers($0).isSuperset(of: 0..<300) }
                    }
                    try await first.wait(for: "all partitions back at the first") { $0.assigned.count == 12 }
                    try await publish(300..<400, sink)
                    try await received.wait(for: "everything") { numbers($0).isSuperset(of: 0..<400) }
                }
            }
            #expect(!bySecond.elements.isEmpty)
            #expect(numbers(received.elements) == Set(0..<400))
        }
    }

    @Test("what was accepted before a partition moves is not consumed again by its next owner")
    func acceptedBeforeMove() async throws {
        try await TestBroker.with { broker in
            let received = Recorder<(bySecond: Bool, number: Int)>()
            let firstEvents = Recorder<StreamEvent>()
            let secondEvents = Recorder<StreamEvent>()
            try await publishing(broker.settings) { sink in
                try await consuming(
                    broker.settings, events: firstEvents,
                    accept: { messages in
                        received.record(contentsOf: messages.compactMap(\.number).map { (false, $0) })
                    }
                ) {
                    try await publish(0..<100, sink)
                    try await received.wait(for: "the old messages") { $0.count >= 100 }
                    try await consuming(
                        broker.settings, events: secondEvents,
                        accept: { messages in
                            received.record(contentsOf: messages.compactMap(\.number).map { (true, $0) })
                        }
                    ) {
                        try await secondEvents.wait(for: "partitions at the second") { !$0.assigned.isEmpty }
                        try await publish(100..<200, sink)
                        try await received.wait(for: "the new messages, some of them at the second") {
                            Set($0.map(\.number)).count >= 200 && $0.contains { $0.bySecond }
                        }
                    }
                }
            }
            #expect(received.elements.allSatisfy { !$0.bySecond || $0.number >= 100 })
        }
    }

    @Test("a batch whose partitions moved while it was being accepted is not committed")
    func movedWhileAccepting() async throws {
        try await TestBroker.with { broker in
            let firstEvents = Recorder<StreamEvent>()
            let secondEvents = Recorder<StreamEvent>()
            let second = Recorder<IncomingMessage>()
            let release = Recorder<Int>()
            try await publishing(broker.settings) { sink in
                // Of every priority: a rebalance may move whole topics.
                for number in 0..<90 {
                    let priority = Priority.allCases[number % 3]
                    try await sink.publish(.sample(key: "\(number)", number: number, priority: priority))
                }
            }
            try await consuming(
                broker.settings, events: firstEvents,
                accept: { _ in try await release.wait(for: "the end of accepting") { !$0.isEmpty } }
            ) {
                try await firstEvents.wait(for: "a pause") { $0.contains(.paused) }
                try await consuming(
                    broker.settings, events: secondEvents, accept: { second.record(contentsOf: $0) }
                ) {
                    try await secondEvents.wait(for: "half of the partitions at the second") { $0.assigned.count == 6 }
                    try await second.wait(for: "messages that the first has not accepted") { !$0.isEmpty }
                    release.record(1)
                    try await firstEvents.wait(for: "a commit of what the first kept") {
                        $0.contains { if case .committed = $0 { true } else { false } }
                    }
                }
            }
            let moved = secondEvents.elements.compactMap { event -> Set<TopicPartition>? in
                if case .assigned(let partitions) = event { partitions } else { nil }
            }
            let committed = firstEvents.elements.compactMap { event -> Set<TopicPartition>? in
                if case .committed(let partitions) = event { partitions } else { nil }
            }
            #expect(committed.first?.isDisjoint(with: moved.first ?? []) == true)
        }
    }

    @Test("partitions that were taken away while they were paused are consumed when they come back")
    func pausedWhenTakenAway() async throws {
        try await TestBroker.with { broker in
            let firstEvents = Recorder<StreamEvent>()
            let release = Recorder<Int>()
            let received = Recorder<IncomingMessage>()
            try await publishing(broker.settings) { sink in
                try await publish(0..<90, sink)
                try await consuming(
                    broker.settings, events: firstEvents,
                    accept: { messages in
                        try await release.wait(for: "the end of accepting") { !$0.isEmpty }
                        received.record(contentsOf: messages)
                    }
                ) {
                    try await firstEvents.wait(for: "a pause") { $0.contains(.paused) }
                    try await consuming(
                        broker.settings, events: Recorder<StreamEvent>(), accept: { received.record(contentsOf: $0) }
                    ) {
                        try await firstEvents.wait(for: "a revocation") {
                            $0.contains { if case .revoked = $0 { true } else { false } }
                        }
                        // Nothing is assigned now: there is nothing to resume either.
                        release.record(1)
                        try await firstEvents.wait(for: "half of the partitions at the first") {
                            $0.assigned.count == 6
                        }
                        try await publish(100..<200, sink)
                        try await received.wait(for: "messages of all partitions") {
                            numbers($0).isSuperset(of: 100..<200)
                        }
                    }
                }
            }
        }
    }

    private func publish(_ numbers: Range<Int>, _ sink: KafkaRequestSink) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in numbers {
                group.addTask { try await sink.publish(.sample(key: "\(number)", number: number)) }
            }
            try await group.waitForAll()
        }
    }
}

private func numbers(_ messages: [IncomingMessage]) -> Set<Int> { Set(messages.compactMap(\.number)) }
