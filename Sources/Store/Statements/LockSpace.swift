/// The first halves of this program's advisory locks, apart from what others may lock in the same database.
///
/// Order of taking, which keeps transactions from waiting for each other in a circle: a worker's row, then a workflow, then the intake, then
/// the lanes of keys (ascending), then rows of the queue, then rows of runs.
enum LockSpace {
    /// Session-level, one per worker: held while the worker lives.
    static let worker = 1_903_523_841
    /// Whoever changes which run of a concurrency key comes first: exclusive for the key and for the paths around it that
    /// runs wait at, shared for the other paths around it. Keys share 256 lanes, so that a batch of any size holds a bounded number of locks. Taken by the
    /// function `lock_lanes`.
    static let lane = 1_903_523_842
    /// Shared by whoever takes requests in; exclusive for a cancel that finds no run.
    static let intake = 1_903_523_843
    static let migration = 1_903_523_844
    /// Claims that count what runs of a pipeline with a limit; after the worker's row, before rows of the queue. Taken
    /// by the function `claim_runs`.
    static let limits = 1_903_523_845
    /// Whoever makes tables of months; alone in its transaction. Taken by the function `make_month`.
    static let months = 1_903_523_846
    /// Whoever changes the totals of ended runs; first and alone in its transaction. Taken by the functions
    /// `count_ended_runs` and `remove_runs`.
    static let totals = 1_903_523_847
    /// Whoever decides what comes next in a workflow.
    static let workflow = 1_903_523_848
}

/// Turns of phrase that statements share.
enum SQL {
    /// An instant as whole microseconds since 1970, as `Row.date` reads it.
    static func micros(_ expression: String) -> String { "(extract(epoch FROM \(expression)) * 1000000)::bigint" }

    /// The instant of a parameter in whole microseconds since 1970.
    static func instant(_ expression: String) -> String {
        "(timestamptz 'epoch' + \(expression) * interval '1 microsecond')"
    }
}
