public enum SinkSpec: Hashable, Sendable {
    case file(FileSink)
    case database(DatabaseSink)

    /// Runs with equal keys run one at a time; here: those that write to the same place.
    public func concurrencyKey(baseDirectory: String) -> String {
        switch self {
        case .file(let sink): ResolvedPath.absolute(sink.path.text, in: baseDirectory)
        case .database(let sink): sink.concurrencyKey(baseDirectory: baseDirectory)
        }
    }
}

public struct FileSink: Hashable, Sendable {
    public enum Mode: String, Hashable, Sendable, Codable, CaseIterable {
        case overwrite, append
        case overwritePartitions = "overwrite_partitions"
    }

    /// Of the pages of a Parquet file.
    public enum Compression: String, Hashable, Sendable, Codable, CaseIterable {
        case snappy, gzip, zstd, lz4
        case none = "uncompressed"
    }

    public enum Shape: String, Hashable, Sendable, Codable {
        /// The path is one file.
        case file
        /// The path is a folder of part files, with Hive names below it when partitioned.
        case folder
    }

    public var path: PlacedText
    public var format: FileFormat
    public var partitionBy: [PlacedText]
    public var mode: Mode
    /// nil: as the engine likes best (snappy).
    public var compression: Compression?
    public var place: FieldPlace

    public init(
        path: PlacedText, format: FileFormat, partitionBy: [PlacedText] = [], mode: Mode = .overwrite,
        compression: Compression? = nil, place: FieldPlace = FieldPlace(path: "sink")
    ) {
        self.path = path
        self.format = format
        self.partitionBy = partitionBy
        self.mode = mode
        self.compression = compression
        self.place = place
    }

    /// One file when the path ends like one and nothing partitions it (language reference, section 7).
    public var shape: Shape {
        guard partitionBy.isEmpty else { return .folder }
        var name = path.text.split(separator: "/", omittingEmptySubsequences: false).last.map(String.init) ?? ""
        for compression in [".gz", ".zst"] where name.hasSuffix(compression) { name.removeLast(compression.count) }
        let endings = [".parquet", ".csv", ".tsv", ".json", ".jsonl", ".ndjson", ".orc"]
        return endings.contains { name.hasSuffix($0) && name.count > $0.count } ? .file : .folder
    }
}
