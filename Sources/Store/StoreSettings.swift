/// How to reach the store, and the limits of talking to it.
public struct StoreSettings: Sendable {
    /// A libpq connection string or URI, TLS options included. May hold a password: never printed.
    public var connectionString: String
    /// Shown by PostgreSQL in `pg_stat_activity`.
    public var applicationName: String
    /// Connections for statements. One more listens and holds the liveness lock.
    public var poolSize: Int
    /// How long a caller waits for a free connection.
    public var acquireLimit: Duration
    /// Unless the connection string says otherwise; per host.
    public var connectLimit: Duration
    /// Longest statement, on the server; the client gives up a connection two seconds after it.
    public var statementLimit: Duration
    /// Longest wait for a lock; shorter than `statementLimit`.
    public var lockLimit: Duration
    /// How long a submitted run waits for its message before it is accepted without it; by the database's clock.
    public var submissionGrace: Duration
    /// Landings of datasets that may wait in the outbox: beyond it those of further runs are not announced.
    public var mostWaitingLandings: Int

    public init(
        _ connectionString: String, applicationName: String = "quicketl", poolSize: Int = 4,
        acquireLimit: Duration = .seconds(10), connectLimit: Duration = .seconds(5),
        statementLimit: Duration = .seconds(15), lockLimit: Duration = .seconds(10),
        submissionGrace: Duration = .seconds(2), mostWaitingLandings: Int = 100_000
    ) {
        self.connectionString = connectionString
        self.applicationName = applicationName
        self.poolSize = max(1, poolSize)
        self.acquireLimit = acquireLimit
        self.connectLimit = connectLimit
        self.statementLimit = statementLimit
        self.lockLimit = lockLimit
        self.submissionGrace = submissionGrace
        self.mostWaitingLandings = mostWaitingLandings
    }
}

extension StoreSettings: CustomStringConvertible, CustomDebugStringConvertible {
    /// Where the store is, without the password: `postgresql://user@host:5432/name`. For people.
    public var description: String {
        // `try?`: an unreadable string has no place to show; connecting says what is wrong with it.
        guard let options = try? ConnectionOptions(self) else { return "not a connection string" }
        let user = options["user"].map { "\($0)@" } ?? ""
        let port = options["port"].map { ":\($0)" } ?? ""
        return "postgresql://\(user)\(options["host"] ?? "localhost")\(port)/\(options["dbname"] ?? "")"
    }

    public var debugDescription: String { description }
}

extension StoreSettings: CustomReflectable {
    /// Keeps the password out of `dump` and of test failures, too.
    public var customMirror: Mirror { Mirror(self, children: ["store": description]) }
}

extension Duration {
    /// Rounded down; at least 0.
    var wholeMilliseconds: Int64 {
        let (seconds, attoseconds) = components
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1000)
        return overflow ? .max / 2 : max(0, product + attoseconds / 1_000_000_000_000_000)
    }
}
