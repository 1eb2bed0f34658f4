import Foundation

/// One pipeline over one dataset with one amount of memory, on both engines: a line of the file that the regret is told from.
struct Measurement {
    /// Of one run on one engine.
    struct Outcome {
        /// Wall clock of the whole process, described and published; of a failed run until it gave up.
        var seconds: Double
        /// nil: it went well.
        var error: String?
        /// As `quicketl run --json` tells them.
        var metrics: [String: Any]
        /// By DuckDB, from files and all else.
        var bytesRead: Int

        var object: [String: Any] {
            var object: [String: Any] = ["seconds": seconds, "metrics": metrics]
            object["error"] = error
            return object
        }
    }

    var workload: String
    var dataset: String
    /// nil: all that an engine takes by itself.
    var memory: String?
    var duckdb: Outcome
    var spark: Outcome
    /// Bytes that DuckDB read for computing, without what describing the sources took; nil: not known.
    var bytesRead: Int?
    /// What `quicketl explain` would have done before; nil: this `quicketl` says nothing.
    var decision: [String: Any]?

    var object: [String: Any] {
        var object: [String: Any] = [
            "workload": workload, "dataset": dataset, "duckdb": duckdb.object, "spark": spark.object,
        ]
        object["memory"] = memory
        object["bytes_read"] = bytesRead
        object["decision"] = decision
        return object
    }

    var line: String {
        func text(_ outcome: Outcome) -> String {
            let seconds = String(format: "%7.2f s", outcome.seconds)
            return outcome.error == nil ? seconds + "       " : seconds + " failed"
        }
        func megabytes(_ bytes: Int?) -> String {
            bytes.map { String(format: "%8.2f MB", Double($0) / 1e6) } ?? "          ?"
        }
        return "\(dataset) \(workload) \(memory ?? "")".padding(toLength: 46, withPad: " ", startingAt: 0)
            + "duckdb \(text(duckdb))  spark \(text(spark))  read \(megabytes(bytesRead))  "
            + "estimated \(megabytes(decision?["estimated_bytes"] as? Int))  cold: \(decision?["engine"] as? String ?? "?")"
    }
}
