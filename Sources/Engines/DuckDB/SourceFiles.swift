import Fleet
import Pipeline

/// The files that a source's pattern stands for: how they are named in lineage, and the statement that counts them.
struct SourceFiles: Sendable, Hashable {
    /// As the compiled statement scans it.
    var pattern: String
    var format: FileFormat

    /// OpenLineage's name for a local dataset: the file, or the folder above the first wildcard. A partition's folder
    /// (`date=2025-01-01`) belongs to the dataset above it.
    var dataset: (namespace: String, name: String) {
        var names: [String] = []
        for part in pattern.utf8.split(separator: UInt8(ascii: "/")) {
            guard let name = Self.plainName(part) else { break }
            let isPartition = part.dropFirst().contains(UInt8(ascii: "=")) && part.first != UInt8(ascii: "=")
            if isPartition { break }
            names.append(name)
        }
        return ("file", "/" + names.joined(separator: "/"))
    }

    /// What a part of a pattern names; nil when that is more than one thing. A wildcard in brackets stands for itself.
    static func plainName(_ part: Substring.UTF8View) -> String? {
        let wildcards = "*?[".utf8
        var name: [UInt8] = []
        var rest = part[...]
        while let byte = rest.first {
            var length = 1
            if wildcards.contains(byte) {
                length = 3
                let bracketed = Array(rest.prefix(length))
                guard bracketed.count == length, byte == UInt8(ascii: "["), wildcards.contains(bracketed[1]),
                    bracketed[2] == UInt8(ascii: "]")
                else { return nil }
                name.append(bracketed[1])
            } else {
                name.append(byte)
            }
            rest = rest.dropFirst(length)
        }
        return String(decoding: name, as: UTF8.self)
    }

    /// Rows of paths.
    var listStatement: String { "SELECT file FROM glob(\(DuckDBText.literal(pattern))) ORDER BY file LIMIT 10000" }

    /// One row: files, bytes and, where footers tell, rows. Reads no data.
    var countStatement: String {
        let paths = DuckDBText.literal(pattern)
        let sizes = "SELECT count(*) AS files, sum(size) AS bytes FROM read_blob(\(paths))"
        guard format == .parquet else { return "SELECT *, NULL AS rows FROM (\(sizes))" }
        return "SELECT *, (SELECT sum(num_rows) FROM parquet_file_metadata(\(paths))) AS rows FROM (\(sizes))"
    }
}

extension DatasetUse.Column {
    init(_ column: Schema.Column) { self.init(name: column.name, type: column.type.description) }
}
