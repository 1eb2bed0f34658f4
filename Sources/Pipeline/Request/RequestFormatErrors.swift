/// Why a message is not a run request that this program can read.
public struct RequestDecodingError: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Reason: String, Sendable, CaseIterable {
        /// Not JSON, not an object, a field missing, or a value that the format does not allow.
        case undecodable
        /// A run request, but of a version that this program does not know.
        case unsupportedVersion = "unsupported_version"
        /// More bytes than `RequestLimits.messageBytes`.
        case tooLarge = "too_large"
    }

    public var reason: Reason
    /// All that is wrong, each with the path of its field (`variables.DATE`); never a value.
    public var detail: String

    public init(_ reason: Reason, _ detail: String) {
        self.reason = reason
        self.detail = detail
    }

    public var description: String { "the message is no run request that can be read: \(detail)" }
}

/// Why a run request cannot be written as a message: no worker would accept it.
public struct RequestEncodingError: Error, Hashable, Sendable, CustomStringConvertible {
    /// All that is wrong, each with the path of its field; never a value.
    public var detail: String

    public init(_ detail: String) { self.detail = detail }

    public var description: String { "the run request cannot be sent: \(detail)" }
}
