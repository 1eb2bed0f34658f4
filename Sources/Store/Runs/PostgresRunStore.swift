public import Fleet
import Logging
import Pipeline

/// The rules of the fleet, kept in PostgreSQL.
///
/// Every method may be repeated when its answer was lost (`StoreError.Kind.unreachable`, `.interrupted`): each says
/// what a second call finds. Methods repeat by themselves only what the server has rolled back because of others.
public struct PostgresRunStore: RunStore {
    let settings: StoreSettings
    let pool: Pool
    let standing: StandingConnection
    let notices: Notices
    let logger: Logger
    let shared: SharedRows
    let claims: ClaimLedger

    init(
        _ settings: StoreSettings, pool: Pool, standing: StandingConnection, notices: Notices, logger: Logger
    ) {
        self.settings = settings
        self.pool = pool
        self.standing = standing
        self.notices = notices
        self.logger = logger
        shared = SharedRows(pool)
        claims = ClaimLedger()
    }

    /// Runs of a batch of one statement. Larger batches are divided.
    static let batch = 500

    /// Runs `body`, and again when the server rolled it back because of others.
    func attempting<T: Sendable>(
        _ operation: String, run: RunID? = nil,
        _ body: @escaping @Sendable (isolated Connection) throws(StoreError) -> T
    ) async throws(StoreError) -> T {
        var tries = 1
        while true {
            do {
                return try await pool.use(operation, run: run, body)
            } catch {
                guard error.isWorthRepeatingAtOnce, tries < 4 else { throw error }
                logger.debug("repeated after a rollback", metadata: ["error": "\(error)"])
                tries += 1
            }
        }
    }
}

extension StoreError {
    /// Deadlock, serialization, or statements to be prepared anew: rolled back for certain, and likely to succeed.
    var isWorthRepeatingAtOnce: Bool {
        guard let sqlState else { return false }
        return ["40001", "40P01"].contains(sqlState.code) || sqlState.spoilsPreparedStatements
    }
}
