public import Logging

/// The store of a process: its connections, and what is done through them.
///
/// Connects when first used, so that making one never fails. To be closed with `close()`.
public final class PostgresStore: Sendable {
    public let settings: StoreSettings
    /// The port of the worker, and `submit` and `cancel`.
    public let runs: PostgresRunStore
    /// What people ask.
    public let history: RunHistory

    private let pool: Pool
    private let standing: StandingConnection
    private let notices: Notices

    public init(_ settings: StoreSettings, logger: Logger = Logger(label: "quicketl.store")) {
        self.settings = settings
        pool = Pool(settings)
        standing = StandingConnection(settings, logger: logger)
        notices = Notices(pool, logger: logger)
        runs = PostgresRunStore(settings, pool: pool, standing: standing, notices: notices, logger: logger)
        history = RunHistory(pool: pool, standing: standing)
    }

    /// Brings the schema up to date. Safe to call from several programs at once, and again.
    /// Answers the names of the migrations that were applied.
    @discardableResult
    public func migrate() async throws(StoreError) -> [String] {
        try await Migrator(pool).migrate().map { "\($0.version) \($0.name)" }
    }

    /// Makes the roles of owner, worker and reader, and gives each its rights. Safe to repeat; to be repeated after each
    /// migration. Takes a user who may make roles and who owns the schema's tables.
    public func grantRoles() async throws(StoreError) { try await Migrator(pool).grantRoles() }

    /// Whether `migrate` has something to do. Throws when the schema is newer than this program.
    public func needsMigration() async throws(StoreError) -> Bool { try await Migrator(pool).isNeeded() }

    /// Sends the last notices, releases the liveness lock and closes every connection. Streams end.
    public func close() async {
        await notices.close()
        await standing.close()
        await pool.close()
    }
}
