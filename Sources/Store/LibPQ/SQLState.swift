/// PostgreSQL's five-character error code.
public struct SQLState: Hashable, Sendable, CustomStringConvertible {
    public let code: String

    public init(_ code: String) { self.code = code }

    public var description: String { code }

    var errorClass: String { String(code.prefix(2)) }

    /// What the code means to a caller. A code that no row knows is `unclassified`: retried within limits and logged,
    /// so that this table grows.
    var kind: StoreError.Kind {
        switch code {
        // Deadlock, serialization, lock not available, statement timeout: rolled back, the same call may succeed.
        case "40001", "40P01", "55P03", "57014": return .contention
        // A prepared statement that is gone or whose result changed under it (after a migration): prepared anew.
        case "26000", "0A000": return .contention
        // Shutting down, crashed, starting; too many connections; a standby that can't write.
        case "57P01", "57P02", "57P03", "57P05", "53300", "25006": return .unreachable
        case "42501": return .refused
        // No such table, column, function or schema: not migrated, or by another version of the program.
        case "42P01", "42703", "42883", "3F000": return .refused
        case "3D000": return .refused
        default: break
        }
        switch errorClass {
        case "08": return .unreachable
        case "22": return .undecodable
        case "23": return .constraint
        case "28": return .refused
        case "40": return .contention
        case "53": return .unreachable
        // A limit of the program: too long for an index, too many columns.
        case "54": return .undecodable
        default: return .unclassified
        }
    }

    /// Whether the schema does not fit the program.
    var meansOtherSchema: Bool { ["42P01", "42703", "42883", "3F000"].contains(code) }

    /// Whether the connection's prepared statements are no longer what the program believes.
    var spoilsPreparedStatements: Bool { ["26000", "0A000"].contains(code) }
}
