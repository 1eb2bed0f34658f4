extension PostgresRunStore {
    /// Runs of one count: its transaction is short.
    private static let countBatch = 2000
    /// So long ahead that a fleet may stand still for a while.
    private static let monthsAhead = 2

    /// Adds runs that have ended to the totals, up to a batch, and answers whether there may be more. Repeated, or after
    /// a lost answer: counts what has not been counted.
    public func countEndedRuns() async throws(StoreError) -> Bool {
        let call = HistoryKeepingStatements.countEnded(.int(Self.countBatch))
        return try await attempting("counting ended runs") { (on) throws(StoreError) in
            try on.execute(call).first?.int("counted") ?? 0
        } == Self.countBatch
    }

    /// Makes the tables of this month and the next ones where they are missing.
    public func makeMonths() async throws(StoreError) {
        let call = HistoryKeepingStatements.makeMonth(.int(Self.monthsAhead))
        while try await attempting(
            "making the tables of a month",
            { (on) throws(StoreError) in
                try on.execute(call).first?.bool("is_made") ?? false
            }), !Task.isCancelled
        {}
    }
}
