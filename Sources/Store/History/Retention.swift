/// Removes runs that ended long ago, with their attempts. Their steps, checks and datasets read and written lie in
/// tables of a month, which no view shows without their runs, and which are dropped when no run of that time is left. A
/// run that has not ended is never touched. Rows that many runs share (definitions, datasets, lineages) stay: they are
/// small, and workers remember their numbers.
public struct Retention: Sendable {
    private let pool: Pool
    private let batch: Int
    /// Below it a message that is still in its topic could come again as a new run.
    public static let shortest = Duration.seconds(86_400)

    /// `batch`: runs of one transaction.
    public init(_ store: PostgresStore, batch: Int = 1000) {
        pool = store.history.pool
        self.batch = max(1, batch)
    }

    /// How many runs ended longer ago than `age`.
    public func count(olderThan age: Duration) async throws(StoreError) -> Int {
        let call = RetentionStatements.count(.int(age.wholeMilliseconds))
        return try await pool.use("counting old runs") { (on) throws(StoreError) in
            try on.execute(call).first?.int("old") ?? 0
        }
    }

    /// Answers how many were removed. Repeated, or after a lost answer: removes what is left. `progress` hears how many
    /// so far.
    @discardableResult
    public func remove(
        olderThan age: Duration, progress: @Sendable (Int) -> Void = { _ in }
    ) async throws(StoreError) -> Int {
        let call = RetentionStatements.remove(.int(age.wholeMilliseconds), .int(batch))
        var removed = 0
        while true {
            let count = try await pool.use("removing old runs") { (on) throws(StoreError) in
                try on.execute(call).first?.int("removed") ?? 0
            }
            removed += count
            progress(removed)
            if count < batch || Task.isCancelled { break }
        }
        try await removeWorkflows(olderThan: age)
        while !Task.isCancelled, try await dropMonth(olderThan: age) {}
        return removed
    }

    private func removeWorkflows(olderThan age: Duration) async throws(StoreError) {
        let call = RetentionStatements.removeWorkflows(.int(age.wholeMilliseconds), .int(batch))
        while !Task.isCancelled {
            let count = try await pool.use("removing old workflows") { (on) throws(StoreError) in
                try on.execute(call).count
            }
            if count < batch { return }
        }
    }

    /// Whether there was a table to drop. A transaction for each: it waits for nothing while it holds one.
    private func dropMonth(olderThan age: Duration) async throws(StoreError) -> Bool {
        let call = RetentionStatements.dropMonth(.int(age.wholeMilliseconds))
        return try await pool.use("dropping an old month") { (on) throws(StoreError) in
            try on.execute(call).first?.textIfAny("dropped") != nil
        }
    }
}
