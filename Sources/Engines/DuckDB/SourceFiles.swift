import Fleet
import Foundation
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
            // A wildcard in brackets stands for itself.
            let bracketed = #/\[([*?\[])\]/#.matchingSemantics(.unicodeScalar)
            let text = String(Substring(part))
            if text.replacing(bracketed, with: "").contains(where: { "*?[".contains($0) }) { break }
            if text.firstMatch(of: #/^[^=]+=/#) != nil { break }
            names.append(text.replacing(bracketed) { $0.1 })
        }
        return ("file", "/" + names.joined(separator: "/"))
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
