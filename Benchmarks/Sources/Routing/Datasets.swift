import Foundation

/// Tables of one origin, size and format.
struct Dataset {
    var name: String
    /// By the table's name; below the folder for all.
    var paths: [String: String]
}

/// TPC-H in each scale, and nycflights13, as Parquet and CSV (and flights by month, and packed); the small ones first.
struct Datasets {
    private(set) var all: [Dataset] = []

    private static let tpch = ["lineitem", "orders", "customer", "part"]
    private static let nyc = ["flights", "airlines", "planes", "weather", "airports"]

    /// Made, where they are not there: those in `wanted`, or all.
    init(_ tools: Tools, scales: [Double], wanted: [String]) throws {
        for repeats in [1, 8] {
            for (format, suffix) in [("parquet", "parquet"), ("csv", "csv"), ("csv", "csv.gz"), ("json", "json")] {
                // Packed and JSON once: the larger ones say nothing new, and take long.
                if repeats > 1, suffix != "parquet", suffix != "csv" { continue }
                let name = "nyc\(repeats)-\(suffix)"
                guard wanted.isEmpty || wanted.contains(name) else { continue }
                let folder = "\(tools.folder)/\(name)"
                let isMade = try Self.begin(folder)
                let packed = suffix.hasSuffix("gz") ? ", COMPRESSION gzip" : ""
                var paths: [String: String] = [:]
                var statements: [String] = []
                for table in Self.nyc {
                    paths[table] = "\(name)/\(table).\(suffix)"
                    let times = table == "flights" ? repeats : 1
                    statements.append(
                        "COPY (SELECT t.* FROM read_csv('\(tools.flights)/\(table).csv', nullstr = 'NA') t, range(\(times))) "
                            + "TO '\(folder)/\(table).\(suffix)' (FORMAT \(format)\(packed))")
                }
                if suffix == "parquet" {
                    paths["flights_by_month"] = "\(name)/by_month"
                    statements.append(
                        "COPY (SELECT * FROM '\(folder)/flights.parquet') TO '\(folder)/by_month' "
                            + "(FORMAT parquet, PARTITION_BY (month), OVERWRITE_OR_IGNORE)")
                }
                if !isMade { try Self.end(folder) { try tools.sql(statements) } }
                all.append(Dataset(name: name, paths: paths))
            }
        }
        for scale in scales.sorted() {
            for format in ["parquet", "csv"] {
                let name = "tpch\(scale)-\(format)"
                guard wanted.isEmpty || wanted.contains(name) else { continue }
                let folder = "\(tools.folder)/\(name)"
                let isMade = try Self.begin(folder)
                var paths: [String: String] = [:]
                for table in Self.tpch { paths[table] = "\(name)/\(table).\(format)" }
                let copies = Self.tpch.map { "COPY \($0) TO '\(folder)/\($0).\(format)' (FORMAT \(format))" }
                if !isMade { try Self.end(folder) { try tools.sql(["CALL dbgen(sf = \(scale))"] + copies) } }
                all.append(Dataset(name: name, paths: paths))
            }
        }
    }

    /// Whether the folder is there, complete, from an earlier time.
    private static func begin(_ folder: String) throws -> Bool {
        if FileManager.default.fileExists(atPath: folder + "/complete") { return true }
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        return false
    }

    private static func end(_ folder: String, _ fill: () throws -> Void) throws {
        try fill()
        try Data().write(to: URL(fileURLWithPath: folder + "/complete"))
    }
}
