/// Why a private server could not be started, and what to do about it.
public struct PrivatePostgresError: Error, Sendable, Hashable, CustomStringConvertible {
    public enum Kind: Sendable, Hashable {
        /// PostgreSQL's programs are not installed.
        case missing
        /// The directory can't be used.
        case directory
        /// A program of PostgreSQL failed.
        case failed
    }

    public var kind: Kind
    public var message: String

    init(_ kind: Kind, _ message: String) {
        self.kind = kind
        self.message = message
    }

    public var description: String { message }
}
