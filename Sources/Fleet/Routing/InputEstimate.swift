/// What an attempt will read, as far as it can be known before it runs: one entry for each source of the plan, joins' right
/// sides included.
public struct InputEstimate: Sendable, Hashable, Codable {
    public var sources: [SourceEstimate]
    /// What estimating took, in milliseconds.
    public var milliseconds: Double

    public init(sources: [SourceEstimate], milliseconds: Double = 0) {
        (self.sources, self.milliseconds) = (sources, milliseconds)
    }

    /// Bytes read from all sources; nil as soon as one of them is unknown.
    public var readBytes: Int64? { total(\.readBytes) }
    /// Bytes of all sources once they are uncompressed and decoded; nil as soon as one of them is unknown.
    public var expandedBytes: Int64? { total(\.expandedBytes) }
    /// Rows of all sources; nil as soon as one of them is unknown.
    public var rows: Int64? { total(\.rows) }
    /// Files of all sources that are files.
    public var files: Int { sources.reduce(0) { $0 + ($1.files ?? 0) } }

    private func total(_ part: KeyPath<SourceEstimate, Int64?>) -> Int64? {
        var sum: Int64 = 0
        for source in sources {
            guard let value = source[keyPath: part] else { return nil }
            let (next, overflow) = sum.addingReportingOverflow(value)
            sum = overflow ? .max : next
        }
        return sum
    }
}

/// What will be read of one source. A nil is what could not be known: it is never a zero.
public struct SourceEstimate: Sendable, Hashable, Codable {
    /// How the figures were got, from the surest to none.
    public enum Basis: String, Sendable, Codable {
        /// Every file was listed with its size.
        case listed
        /// Every Parquet footer was read: only the columns that the plan uses count.
        case footers
        /// Some footers were read and stand for the others.
        case sampled
        /// A database's own statistics.
        case statistics
        /// The listing met its limit of time or entries; the rest is taken to be like what was seen.
        case extrapolated
        case unknown
    }

    /// The source as the pipeline names it: its name where it has one, else its path or table.
    public var source: String
    /// Bytes as they are stored, of the files that the plan's partition conditions leave over.
    public var storedBytes: Int64?
    /// Bytes that an engine will read of them.
    public var readBytes: Int64?
    /// `readBytes` uncompressed and decoded.
    public var expandedBytes: Int64?
    public var rows: Int64?
    public var files: Int?
    /// About how many different values columns hold, by their places in the source's schema; only what is known.
    public var distinctValues: [Int: Int64]?
    public var basis: Basis
    /// What a reader should know beside the figures, such as the limit that was met or why nothing is known.
    public var note: String?

    public init(
        source: String, storedBytes: Int64? = nil, readBytes: Int64? = nil, expandedBytes: Int64? = nil,
        rows: Int64? = nil, files: Int? = nil, basis: Basis, note: String? = nil
    ) {
        (self.source, self.storedBytes, self.readBytes) = (source, storedBytes, readBytes)
        (self.expandedBytes, self.rows, self.files) = (expandedBytes, rows, files)
        (self.basis, self.note) = (basis, note)
    }
}
