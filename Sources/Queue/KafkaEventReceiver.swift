public import Fleet
import Foundation
import Pipeline

/// Publishes each event to a topic, keyed by its run, so that those of one run stay in order.
public struct KafkaEventReceiver: EventReceiver {
    private let sink: KafkaRequestSink
    private let topic: String

    /// `sink` is closed by its owner, after the last event.
    public init(sink: KafkaRequestSink, topic: String) {
        self.sink = sink
        self.topic = topic
    }

    public func deliver(_ event: OutgoingEvent) async throws {
        try await sink.send(
            to: topic, key: Data(event.runID.description.utf8),
            headers: [("content-type", Data("application/json".utf8))], payload: Data(event.json.utf8))
    }
}
