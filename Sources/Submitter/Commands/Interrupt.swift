import UnixSignals

/// Turns SIGINT and SIGTERM into cancellation of the work at hand, and waits for it to clean up.
enum Interrupt {
    static func ends<Result: Sendable>(_ body: @escaping @Sendable () async throws -> Result) async throws -> Result {
        let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm)
        return try await withThrowingTaskGroup(of: Result?.self) { group in
            group.addTask { try await body() }
            group.addTask {
                for await _ in signals { throw CancellationError() }
                return nil
            }
            // Whichever comes first; a signal cancels the body, and the group waits until it has ended.
            defer { group.cancelAll() }
            while let result = try await group.next() { if let result { return result } }
            throw CancellationError()
        }
    }
}
