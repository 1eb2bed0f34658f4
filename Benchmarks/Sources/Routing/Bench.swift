import Foundation

/// Runs one pipeline over one dataset.
struct Bench {
    let tools: Tools
    /// nil: DuckDB alone is measured.
    let spark: WarmSpark?

    func measure(_ workload: Workload, _ dataset: Dataset, memory: String?) throws -> Measurement {
        let pipeline = try write(workload, dataset)
        let limits = memory.map { ["--memory", $0] } ?? []
        let explained = run(["explain", pipeline, "--json"] + limits)
        let duckdb = run(["run", pipeline, "--engine", "duckdb", "--json"] + limits)
        let onSpark =
            spark == nil
            ? Measurement.Outcome(seconds: 0, error: "not measured", metrics: [:], bytesRead: 0)
            : run(["run", pipeline, "--engine", "spark", "--json"] + limits).outcome
        let outcome = duckdb.outcome
        // What is spilled is read as well.
        let isRead = outcome.error == nil && memory == nil && outcome.bytesRead > 0
        return Measurement(
            workload: workload.name, dataset: dataset.name, memory: memory, duckdb: outcome, spark: onSpark,
            bytesRead: isRead ? max(0, outcome.bytesRead - explained.bytesRead) : nil,
            decision: explained.answer["decision"] as? [String: Any])
    }

    /// Unmeasured: Spark compiles what it does often.
    func warmUp(_ workload: Workload, _ dataset: Dataset) throws {
        _ = run(["run", try write(workload, dataset), "--engine", "spark", "--json"])
    }

    /// What would be decided now; nil: this `quicketl` says nothing.
    func decision(_ workload: Workload, _ dataset: Dataset, memory: String?) throws -> [String: Any]? {
        let limits = memory.map { ["--memory", $0] } ?? []
        return run(["explain", try write(workload, dataset), "--json"] + limits).answer["decision"] as? [String: Any]
    }

    private func write(_ workload: Workload, _ dataset: Dataset) throws -> String {
        let folder = "runs/\(dataset.name)"
        try FileManager.default.createDirectory(
            atPath: "\(tools.folder)/\(folder)", withIntermediateDirectories: true)
        let path = "\(folder)/\(workload.name).yml"
        try workload.yaml(dataset, sink: "\(folder)/out-\(workload.name)").write(
            toFile: "\(tools.folder)/\(path)", atomically: true, encoding: .utf8)
        return path
    }

    private struct Ended {
        var status: Int32
        var seconds: Double
        var bytesRead: Int
        var answer: [String: Any]

        var outcome: Measurement.Outcome {
            let metadata = answer["metadata"] as? [String: Any]
            return Measurement.Outcome(
                seconds: seconds,
                error: status == 0 ? nil : answer["error"] as? String ?? "it ended with status \(status)",
                metrics: metadata?["metrics"] as? [String: Any] ?? [:], bytesRead: bytesRead)
        }
    }

    private func run(_ arguments: [String]) -> Ended {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: tools.quicketl)
        process.arguments = arguments
        process.currentDirectoryURL = URL(fileURLWithPath: tools.folder)
        process.environment = tools.environment.merging(spark.map { ["SPARK_REMOTE": $0.remote] } ?? [:]) { $1 }
        let output = tools.folder + "/output"
        // Without it there is no output to read, which counts as a failed run.
        _ = FileManager.default.createFile(atPath: output, contents: nil)
        process.standardOutput = FileHandle(forWritingAtPath: output)
        process.standardError = FileHandle.nullDevice
        let start = ContinuousClock.now
        guard (try? process.run()) != nil else { return Ended(status: -1, seconds: 0, bytesRead: 0, answer: [:]) }
        var reads = DuckDBReads(below: process.processIdentifier)
        while process.isRunning {
            reads.look()
            usleep(2_000)
        }
        process.waitUntilExit()
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        let answer =
            FileManager.default.contents(atPath: output).flatMap { try? JSONSerialization.jsonObject(with: $0) }
            as? [String: Any]
        return Ended(
            status: process.terminationStatus, seconds: seconds, bytesRead: reads.bytes, answer: answer ?? [:])
    }
}
