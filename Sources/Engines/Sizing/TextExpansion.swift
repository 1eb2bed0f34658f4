import Pipeline

/// How much larger the texts of CSV and JSON files become in an engine's memory.
///
/// Measured on the tables of nycflights13 (flights, weather, planes, airports; 33.7 MB of CSV, 112 MB as lines of JSON) with
/// `gzip -6` and `zstd -3`, and the memory of their columns at the widths that `ParquetFooter` counts. TPC-H's lineitem, whose
/// comments are drawn at random, shrinks a little less: gzip 3.4 as CSV, 7.5 as JSON.
struct TextExpansion: Sendable, Equatable {
    /// Uncompressed bytes for a stored one; nil: not known for this compression.
    var uncompressed: Double?
    /// Bytes of all columns in memory for one of uncompressed text. (lineitem: 1.2 and 0.43.)
    var decoded: Double

    init(_ format: FileFormat, path: String) {
        let name = path.utf8.split(separator: UInt8(ascii: "/")).last ?? path.utf8[...]
        let suffix = String(name.split(separator: UInt8(ascii: ".")).last ?? name)?.lowercased() ?? ""
        let isJSON = format == .json
        decoded = isJSON ? 0.7 : 2.4
        switch suffix {
        case "gz", "gzip": uncompressed = isJSON ? 9.2 : 3.9
        case "zst", "zstd": uncompressed = isJSON ? 9.7 : 4.3
        case "bz2", "xz", "lz4", "snappy", "br", "zip": uncompressed = nil
        default: uncompressed = 1
        }
    }
}
