public import Foundation

/// Data that arrived somewhere: an object in a store, a file in a folder, or a dataset that a run has written.
///
/// A place (`uri`) and a revision of what stands there name one landing, however often it is told of.
public struct Landing: Sendable {
    public enum Kind: String, Sendable, CaseIterable {
        /// A file or an object.
        case file
        /// What a succeeded run wrote: a file, a folder or a table.
        case dataset
    }

    public var kind: Kind
    /// `s3://lake/raw/a.parquet`; of local files the absolute path.
    public var uri: String
    /// Tells this landing from others at the same place: a version, a sequencer, a generation, a run.
    public var revision: String
    /// Bytes, where known.
    public var size: Int64?
    public var landedAt: Date?

    public init(kind: Kind = .file, uri: String, revision: String, size: Int64? = nil, landedAt: Date? = nil) {
        self.kind = kind
        self.uri = Self.canonical(uri)
        self.revision = revision
        self.size = size
        self.landedAt = landedAt
    }

    /// Equal for every notification of this landing, and for no other landing. A `#` in the place cannot be mistaken:
    /// its length stands before it.
    public var identity: String { "\(kind.rawValue) \(uri.utf8.count):\(uri)#\(revision)" }

    /// The last part of the place.
    public var name: String { uri.split(separator: "/").last.map(String.init) ?? uri }

    /// The place without its last part, no slash at the end.
    public var folder: String {
        guard let slash = uri.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "" }
        return String(uri[..<slash])
    }

    /// `file:///data/a.csv` and `/data//a.csv` are `/data/a.csv`.
    public static func canonical(_ uri: String) -> String {
        let path = withoutFileScheme(uri)
        return path.hasPrefix("/") ? ResolvedPath.absolute(path, in: "/") : uri
    }

    static func withoutFileScheme(_ uri: String) -> String {
        uri.hasPrefix("file:///") ? String(uri.dropFirst(7)) : uri
    }
}

/// What a landing, and a message about landings, may hold.
public enum LandingLimits {
    /// As a request.
    public static let messageBytes = RequestLimits.messageBytes
    public static let uriBytes = 4_096
    public static let revisionBytes = 1_024
    /// Landings of one message.
    public static let landings = 10_000
}
