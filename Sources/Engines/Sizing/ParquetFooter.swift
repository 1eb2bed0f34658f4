/// What the footer of a Parquet file says of the sizes of its columns.
struct ParquetFooter: Sendable, Equatable {
    struct Sizes: Sendable, Equatable {
        /// As they are stored, and read.
        var compressed: Int64 = 0
        /// As an engine holds them: what the footer calls uncompressed is still encoded, often by a dictionary, so that
        /// at least the width of a value counts for each.
        var decoded: Int64 = 0
        /// nil: of no chunk yet.
        var values: ChunkValues?

        static func + (left: Sizes, right: Sizes) -> Sizes {
            Sizes(
                compressed: ParquetFooter.sum(left.compressed, right.compressed),
                decoded: ParquetFooter.sum(left.decoded, right.decoded),
                values: left.values.map { one in right.values.map { one + $0 } ?? one } ?? right.values)
        }
    }

    var rows: Int64 = 0
    /// By the bytes of the names at the root; what lies below one is added up.
    var columns: [[UInt8]: Sizes] = [:]

    /// "PAR1" stands at the end, behind the footer's length in four bytes.
    static let tailBytes = 8

    /// The footer's length, from the last bytes of a file; throws for what is no Parquet file that can be read.
    static func length(tail: ArraySlice<UInt8>) throws(ThriftReader.Malformed) -> Int {
        let last = Array(tail.suffix(tailBytes))
        guard last.count == tailBytes else { throw ThriftReader.Malformed(reason: "the file is too short") }
        let mark = last[4...]
        if mark.elementsEqual("PARE".utf8) { throw ThriftReader.Malformed(reason: "it is encrypted") }
        guard mark.elementsEqual("PAR1".utf8) else {
            throw ThriftReader.Malformed(reason: "the file does not end like a Parquet file")
        }
        return last[..<4].reversed().reduce(0) { $0 << 8 | Int($1) }
    }

    /// `bytes`: the footer alone.
    init(_ bytes: ArraySlice<UInt8>) throws(ThriftReader.Malformed) {
        var reader = ThriftReader(bytes)
        var rows: Int64?
        var columns: [[UInt8]: Sizes] = [:]
        try reader.structure { (number, kind, reader) throws(ThriftReader.Malformed) in
            switch (number, kind) {
            case (3, .int64):
                rows = try reader.integer()
                return true
            case (4, .list):
                let (count, element) = try reader.list()
                guard element == .structure || count == 0 else { throw Self.odd("row groups") }
                for _ in 0..<count { try Self.readGroup(&reader, &columns) }
                return true
            default: return false
            }
        }
        guard let rows, rows >= 0 else { throw Self.odd("rows") }
        (self.rows, self.columns) = (rows, columns)
    }

    private static func odd(_ what: String) -> ThriftReader.Malformed {
        ThriftReader.Malformed(reason: "it does not say its \(what)")
    }

    fileprivate static func sum(_ left: Int64, _ right: Int64) -> Int64 {
        let (sum, overflow) = left.addingReportingOverflow(right)
        return overflow ? .max : sum
    }

    private static func readGroup(
        _ reader: inout ThriftReader, _ columns: inout [[UInt8]: Sizes]
    ) throws(ThriftReader.Malformed) {
        try reader.structure { (number, kind, reader) throws(ThriftReader.Malformed) in
            guard number == 1, kind == .list else { return false }
            let (count, element) = try reader.list()
            guard element == .structure || count == 0 else { throw odd("columns") }
            for _ in 0..<count {
                try reader.structure { (number, kind, reader) throws(ThriftReader.Malformed) in
                    guard number == 3, kind == .structure else { return false }
                    let (name, sizes) = try chunk(&reader)
                    columns[name] = (columns[name] ?? Sizes()) + sizes
                    return true
                }
            }
            return true
        }
    }

    /// One column of one row group.
    private static func chunk(_ reader: inout ThriftReader) throws(ThriftReader.Malformed) -> ([UInt8], Sizes) {
        var name: [UInt8]?
        var (type, values, uncompressed, compressed) = (Int64(-1), Int64(0), Int64(0), Int64(0))
        var (isNested, hasDictionary) = (false, false)
        var ends = ChunkValues.Ends()
        try reader.structure { (number, kind, reader) throws(ThriftReader.Malformed) in
            switch (number, kind) {
            case (1, .int32): type = try reader.integer()
            case (2, .list):
                let (count, element) = try reader.list()
                guard element == .int32 || count == 0 else { throw odd("columns' encodings") }
                for _ in 0..<count where ChunkValues.dictionaryEncodings.contains(try reader.integer()) {
                    hasDictionary = true
                }
            case (3, .list):
                let (count, element) = try reader.list()
                guard element == .binary, count > 0 else { throw odd("columns' names") }
                isNested = count > 1
                for place in 0..<count {
                    let part = try reader.binary()
                    if place == 0 { name = Array(part) }
                }
            case (5, .int64): values = try reader.integer()
            case (6, .int64): uncompressed = try reader.integer()
            case (7, .int64): compressed = try reader.integer()
            case (12, .structure): ends = try ChunkValues.Ends(&reader)
            default: return false
            }
            return true
        }
        guard let name else { throw odd("columns' names") }
        guard values >= 0, uncompressed >= 0, compressed >= 0 else { throw odd("columns' sizes") }
        let (wide, overflow) = values.multipliedReportingOverflow(by: width(ofType: type))
        return (
            name,
            Sizes(
                compressed: compressed, decoded: max(uncompressed, overflow ? .max : wide),
                values: isNested
                    ? ChunkValues()
                    : ChunkValues(
                        count: values, bytes: uncompressed, valueBytes: width(ofType: type),
                        hasDictionary: hasDictionary,
                        range: ends.range(ofType: type)))
        )
    }

    /// Bytes of a value in an engine's memory, by Parquet's number of its physical type.
    private static func width(ofType type: Int64) -> Int64 {
        switch type {
        case 0: 1
        case 1, 4: 4
        case 2, 5: 8
        // Moments of old, texts, and bytes of any length.
        default: 16
        }
    }
}
