/// What a Parquet footer lets us guess of how many different values a column holds: by its range, and by how small the
/// writer's dictionary has made it. What is nil says nothing.
struct ChunkValues: Sendable, Equatable {
    /// Of whole numbers and dates.
    var range: ClosedRange<Int64>?
    /// By the size that the dictionary and the places in it take.
    var dictionary: Int64?
    /// Too many different values for one, then: writers use dictionaries unless they are told not to.
    var hasNoDictionary = false

    /// `PLAIN_DICTIONARY` and `RLE_DICTIONARY`.
    static let dictionaryEncodings: Set<Int64> = [2, 8]

    init() {}

    /// Of one column of one row group.
    init(count: Int64, bytes: Int64, valueBytes: Int64, hasDictionary: Bool, range: ClosedRange<Int64>?) {
        self.range = range
        hasNoDictionary = !hasDictionary
        guard hasDictionary, count > 0 else { return }
        // The fewest bits for a place in a dictionary with which so many bytes come about.
        let width = Double(max(1, valueBytes))
        for bits in 0..<32 {
            let entries = Double(Int64(1) << Int64(bits))
            if entries >= Double(count) { break }
            guard Double(count) * Double(bits) / 8 + entries * width >= Double(bytes) else { continue }
            dictionary = Int64(entries)
            return
        }
        hasNoDictionary = true
    }

    /// Of both together: row groups tend to hold the same few values, and different ones of many.
    static func + (left: ChunkValues, right: ChunkValues) -> ChunkValues {
        var both = ChunkValues()
        if let one = left.range, let other = right.range {
            both.range = min(one.lowerBound, other.lowerBound)...max(one.upperBound, other.upperBound)
        }
        if let one = left.dictionary, let other = right.dictionary { both.dictionary = max(one, other) }
        both.hasNoDictionary = left.hasNoDictionary || right.hasNoDictionary
        return both
    }

    /// How many different values there are among so many rows; nil: nothing is known.
    func distinct(rows: Int64) -> Int64? {
        var least: Int64?
        if let range {
            let (span, overflow) = range.upperBound.subtractingReportingOverflow(range.lowerBound)
            if !overflow, span < rows { least = span + 1 }
        }
        if let dictionary { least = min(least ?? .max, dictionary) }
        if hasNoDictionary { least = min(least ?? .max, max(1, rows / 4)) }
        return least
    }

    /// The least and the greatest value, as the footer's statistics hold them.
    struct Ends {
        private var least: ArraySlice<UInt8>?
        private var greatest: ArraySlice<UInt8>?

        init() {}

        init(_ reader: inout ThriftReader) throws(ThriftReader.Malformed) {
            var ends = Ends()
            try reader.structure { (number, kind, reader) throws(ThriftReader.Malformed) in
                switch (number, kind) {
                case (5, .binary): ends.greatest = try reader.binary()
                case (6, .binary): ends.least = try reader.binary()
                default: return false
                }
                return true
            }
            self = ends
        }

        /// nil: not told, or of a physical type that has no whole numbers.
        func range(ofType type: Int64) -> ClosedRange<Int64>? {
            let width = [1: 4, 2: 8][type] ?? 0
            guard let least, let greatest, width > 0, least.count == width, greatest.count == width else { return nil }
            let (low, high) = (Self.number(least), Self.number(greatest))
            return low <= high ? low...high : nil
        }

        private static func number(_ bytes: ArraySlice<UInt8>) -> Int64 {
            let bits = bytes.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            return bytes.count == 4 ? Int64(Int32(truncatingIfNeeded: bits)) : Int64(bitPattern: bits)
        }
    }
}
