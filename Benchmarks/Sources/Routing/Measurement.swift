import Foundation

/// One pipeline over one dataset on both engines.
struct Measurement: Codable {
    struct Seconds: Codable {
        /// nil: the run failed.
        var duckdb: Double?
        var spark: Double?

        /// Of an engine by its name; one that failed costs as much as both: it is run there, fails, and goes to the other.
        func of(_ engine: String) -> Double {
            let chosen = engine == "spark" ? spark : duckdb
            return chosen ?? 2 * best
        }

        var best: Double { min(duckdb ?? .infinity, spark ?? .infinity) }
    }

    struct Decision: Codable {
        var engine: String
        var estimatedBytes: Int?
    }

    var workload: String
    var dataset: String
    var pipeline: String
    var seconds: Seconds
    var duckdbPeakBytes: Int?
    /// By DuckDB for computing, without what describing the sources took.
    var bytesRead: Int?
    /// Before any of these runs, and after all.
    var cold: Decision?
    var learnt: Decision?

    /// How many times too large, or too small, the estimate was.
    var factor: Double? {
        guard let estimated = cold?.estimatedBytes, let bytesRead, bytesRead > 0, estimated > 0 else { return nil }
        let ratio = Double(estimated) / Double(bytesRead)
        return max(ratio, 1 / ratio)
    }

    var line: String {
        func text(_ value: Double?) -> String { value.map { String(format: "%7.2f s", $0) } ?? "   failed" }
        let read = bytesRead.map { String(format: "%8.2f MB", Double($0) / 1e6) } ?? "       ?"
        let estimated = cold?.estimatedBytes.map { String(format: "%8.2f MB", Double($0) / 1e6) } ?? "       ?"
        return "\(dataset) \(workload)".padding(toLength: 40, withPad: " ", startingAt: 0)
            + "duckdb \(text(seconds.duckdb))  spark \(text(seconds.spark))  read \(read)  estimated \(estimated)"
    }
}
