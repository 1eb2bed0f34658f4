public import Fleet
public import Pipeline

/// What went wrong with the store: attempted what, on which run, why, and whether trying again can help.
///
/// Holds the server's primary message only, which names tables and constraints; never parameters, rows, or the
/// connection string.
public struct StoreError: TransientError, Hashable, CustomStringConvertible {
    public enum Kind: String, Sendable, CaseIterable {
        /// No connection, or it broke: whether the statement took effect is unknown. Every call may be repeated.
        case unreachable
        /// Rolled back by the server because of others (deadlock, lock or statement limit).
        case contention
        /// The caller's task was cancelled; whether the statement took effect is unknown.
        case interrupted
        /// The schema refused a state that must not be: a mistake in this program.
        case constraint
        /// An answer that the program can't read, or a value that the server can't.
        case undecodable
        /// Login, permission, settings or version: somebody has to change something.
        case refused
        case unclassified
    }

    public var kind: Kind
    /// What was attempted: `claim`, `settling`.
    public var operation: String
    public var run: RunID?
    public var sqlState: SQLState?
    public var message: String

    public init(
        _ kind: Kind, operation: String, run: RunID? = nil, sqlState: SQLState? = nil, message: String
    ) {
        self.kind = kind
        self.operation = operation
        self.run = run
        self.sqlState = sqlState
        self.message = message
    }

    public var isTransient: Bool {
        switch kind {
        case .unreachable, .contention, .interrupted, .unclassified: true
        case .constraint, .undecodable, .refused: false
        }
    }

    public var description: String {
        var text = operation
        if let run { text += " of run \(run)" }
        text += " failed: \(message)"
        if let sqlState { text += " (SQLSTATE \(sqlState.code))" }
        return text
    }

    func naming(_ operation: String, _ run: RunID?) -> StoreError {
        var error = self
        error.operation = operation
        error.run = error.run ?? run
        return error
    }
}
