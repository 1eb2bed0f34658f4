import Foundation

/// Tables of one origin, size and format.
struct Dataset {
    var name: String
    /// By the table's name.
    var paths: [String: String]
}

/// TPC-H in each scale, and nycflights13, as Parquet and CSV (and flights by month, and packed); the small ones first.
struct Datasets {
    private(set) var all: [Dataset] = []

    private static let tpch = ["lineitem", "orders", "customer", "part"]
    private static let nyc = ["flights", "airlines", "planes", "weather", "airports"]

    init(_ tools: Tools, scales: [Double]) throws {
        for repeats in [1, 8] {
            for (format, suffix) in [("parquet", "parquet"), ("csv", "csv"), ("csv", "csv.gz"), ("json", "json")] {
                // Packed and JSON once: the larger ones say nothing new, and take long.
                if repeats > 1, suffix != "parquet", suffix != "csv" { continue }
                let name = "nyc\(repeats)-\(suffix)"
                let folder = "\(tools.folder)/\(name)"
                try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
                let packed = suffix.hasSuffix("gz") ? ", COMPRESSION gzip" : ""
                var paths: [String: String] = [:]
                var statements: [String] = []
                for table in Self.nyc {
                    paths[table] = "\(folder)/\(table).\(suffix)"
                    let times = table == "flights" ? repeats : 1
                    statements.append(
                        "COPY (SELECT t.* FROM read_csv('\(tools.flights)/\(table).csv', nullstr = 'NA') t, range(\(times))) "
                            + "TO '\(folder)/\(table).\(suffix)' (FORMAT \(format)\(packed))")
                }
                if suffix == "parquet" {
                    paths["flights_by_month"] = "\(folder)/by_month"
                    statements.append(
                        "COPY (SELECT * FROM '\(folder)/flights.parquet') TO '\(folder)/by_month' "
                            + "(FORMAT parquet, PARTITION_BY (month))")
                }
                try tools.sql(statements)
                all.append(Dataset(name: name, paths: paths))
            }
        }
        for scale in scales.sorted() {
            for format in ["parquet", "csv"] {
                let name = "tpch\(scale)-\(format)"
                let folder = "\(tools.folder)/\(name)"
                try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
                var paths: [String: String] = [:]
                for table in Self.tpch { paths[table] = "\(folder)/\(table).\(format)" }
                try tools.sql(
                    ["CALL dbgen(sf = \(scale))"]
                        + Self.tpch.map { "COPY \($0) TO '\(folder)/\($0).\(format)' (FORMAT \(format))" })
                all.append(Dataset(name: name, paths: paths))
            }
        }
    }
}
