import Fleet

extension PostgresRunStore {
    /// One element stands for any number of notices; one comes with each new connection, since notices may have been
    /// missed.
    public func wakeUps() async -> AsyncStream<Void> { await wakeUps(on: Notices.queueChannel) }

    func wakeUps(on channel: String) async -> AsyncStream<Void> {
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let subscription = await standing.subscribe(to: channel) { _ in continuation.yield() }
        continuation.onTermination = { [standing] _ in
            // Unstructured: the consumer has left and waits for nothing.
            Task { await standing.unsubscribe(subscription) }
        }
        return stream
    }
}
