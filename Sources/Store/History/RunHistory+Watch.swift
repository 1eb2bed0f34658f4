import Fleet
public import Pipeline

extension RunHistory {
    /// Each change of a run's state and progress, until it is final; the first element is what it is now. Nothing comes
    /// while the run is not known, or while the store can't be reached: both may still change, and the caller
    /// decides how long to wait.
    ///
    /// Driven by notices, with a slow poll behind them, which also brings progress.
    public func watch(_ id: RunID, pollingEvery interval: Duration = .seconds(1)) -> AsyncStream<RunStatus> {
        let (stream, continuation) = AsyncStream.makeStream(
            of: RunStatus.self, bufferingPolicy: .bufferingNewest(64))
        // Unstructured: it ends with the stream, whose consumer may leave at any time.
        let watcher = Task {
            let (signals, signal) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
            let name = id.description
            let subscription = await standing.subscribe(to: Notices.runsChannel) { event in
                switch event {
                case .resync: signal.yield()
                case .notification(let payload): if payload.isEmpty || payload == name { signal.yield() }
                }
            }
            await withTaskGroup(of: Void.self) { group in
                group.addTask {
                    while !Task.isCancelled {
                        signal.yield()
                        // Cancelled: the loop's condition ends it.
                        try? await Task.sleep(for: interval)
                    }
                    signal.finish()
                }
                var last: RunStatus?
                for await _ in signals {
                    // `try?`: while the store can't be reached there is nothing to tell; the next signal asks again.
                    guard let status = try? await status(id) else { continue }
                    if status != last { continuation.yield(status) }
                    last = status
                    if status.state.isFinal { break }
                }
                group.cancelAll()
            }
            await standing.unsubscribe(subscription)
            continuation.finish()
        }
        continuation.onTermination = { _ in watcher.cancel() }
        return stream
    }
}
