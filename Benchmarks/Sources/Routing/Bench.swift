import Foundation

/// Runs one pipeline over one dataset.
struct Bench {
    let tools: Tools
    let spark: WarmSpark

    func measure(_ workload: Workload, _ dataset: Dataset) throws -> Measurement {
        let pipeline = try write(workload, dataset)
        let cold = decision(pipeline)
        let describing = run(["explain", pipeline]).bytesRead
        let duckdb = run(["run", pipeline, "--engine", "duckdb", "--json"])
        let onSpark = run(["run", pipeline, "--engine", "spark", "--json"])
        return Measurement(
            workload: workload.name, dataset: dataset.name, pipeline: pipeline,
            seconds: Measurement.Seconds(
                duckdb: duckdb.status == 0 ? duckdb.seconds : nil, spark: onSpark.status == 0 ? onSpark.seconds : nil),
            duckdbPeakBytes: duckdb.metric("peak_memory_bytes"),
            bytesRead: duckdb.status == 0 && duckdb.bytesRead > 0 ? max(0, duckdb.bytesRead - describing) : nil,
            cold: cold, learnt: nil)
    }

    func seconds(_ workload: Workload, _ dataset: Dataset, engine: String) throws -> Double {
        run(["run", try write(workload, dataset), "--engine", engine, "--json"]).seconds
    }

    /// What the router would do; nil: this `quicketl` has none.
    func decision(_ pipeline: String) -> Measurement.Decision? {
        guard let answer = try? JSONSerialization.jsonObject(with: run(["explain", pipeline, "--json"]).output),
            let decision = (answer as? [String: Any])?["decision"] as? [String: Any],
            let engine = decision["engine"] as? String
        else { return nil }
        return Measurement.Decision(engine: engine, estimatedBytes: decision["estimated_bytes"] as? Int)
    }

    private func write(_ workload: Workload, _ dataset: Dataset) throws -> String {
        let folder = "\(tools.folder)/runs/\(dataset.name)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let path = "\(folder)/\(workload.name).yml"
        try workload.yaml(dataset, sink: "\(folder)/out-\(workload.name)").write(
            toFile: path, atomically: true, encoding: .utf8)
        return path
    }

    private struct Outcome {
        var status: Int32
        var seconds: Double
        /// By DuckDB, from files and all else.
        var bytesRead: Int
        var output: Data

        func metric(_ name: String) -> Int? {
            let answer = try? JSONSerialization.jsonObject(with: output) as? [String: Any]
            let metadata = answer?["metadata"] as? [String: Any]
            return (metadata?["metrics"] as? [String: Any])?[name] as? Int
        }
    }

    private func run(_ arguments: [String]) -> Outcome {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: tools.quicketl)
        process.arguments = arguments
        process.currentDirectoryURL = URL(fileURLWithPath: tools.folder)
        process.environment = tools.environment.merging(["SPARK_REMOTE": spark.remote]) { $1 }
        let output = tools.folder + "/output"
        // Without it there is no output to read, which counts as a failed run.
        _ = FileManager.default.createFile(atPath: output, contents: nil)
        process.standardOutput = FileHandle(forWritingAtPath: output)
        process.standardError = FileHandle.nullDevice
        let start = ContinuousClock.now
        guard (try? process.run()) != nil else { return Outcome(status: -1, seconds: 0, bytesRead: 0, output: Data()) }
        var reads = DuckDBReads(below: process.processIdentifier)
        while process.isRunning {
            reads.look()
            usleep(2_000)
        }
        process.waitUntilExit()
        return Outcome(
            status: process.terminationStatus, seconds: (ContinuousClock.now - start) / .seconds(1),
            bytesRead: reads.bytes,
            output: FileManager.default.contents(atPath: output) ?? Data())
    }
}
