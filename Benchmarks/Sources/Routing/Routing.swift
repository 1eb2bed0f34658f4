import Foundation

/// Every pipeline over every dataset on both engines, with what was estimated and decided beside what was read and what it
/// took. Each is a line of JSON, added to the end of a file; `make regret` tells what the choices would have cost.
///
///   swift run -c release --package-path Benchmarks routing [OPTIONS]   after `make build`
@main
struct Routing {
    static func main() throws {
        let options = try Options(Array(CommandLine.arguments.dropFirst()))
        let files = FileManager.default
        let folder =
            options.folder ?? files.temporaryDirectory.appendingPathComponent("routing-\(UUID().uuidString)").path
        try files.createDirectory(atPath: folder, withIntermediateDirectories: true)
        // What the system keeps in its temporary folder is not what is measured.
        defer { if options.folder == nil { try? files.removeItem(atPath: folder) } }
        let tools = try Tools(folder: folder)
        say("writing the datasets for scales \(options.scales) …")
        let datasets = try Datasets(tools, scales: options.scales, wanted: options.datasets).all
        let workloads = Workload.all.filter { options.pipelines.isEmpty || options.pipelines.contains($0.name) }
        if let measured = options.again {
            return try Self.decideAgain(measured, Bench(tools: tools, spark: nil), datasets, to: options.out)
        }
        var spark: WarmSpark?
        if options.hasSpark {
            say("starting Spark …")
            spark = try WarmSpark(tools)
        }
        defer { spark?.stop() }

        let bench = Bench(tools: tools, spark: spark)
        let end = Date().addingTimeInterval(options.minutes * 60)
        let memories: [String?] = options.memories.isEmpty ? [nil] : options.memories
        var count = 0
        let out = try Self.opened(options.out)
        for dataset in datasets {
            for workload in workloads where workload.tables.allSatisfy({ dataset.paths[$0] != nil }) {
                if count == 0, spark != nil { for _ in 0..<2 { try bench.warmUp(workload, dataset) } }
                for memory in memories {
                    guard Date() < end else { break }
                    let one = try bench.measure(workload, dataset, memory: memory)
                    try Self.add(one.object, to: out)
                    count += 1
                    say(one.line)
                }
            }
        }
        say("\(count) measurements are in \(options.out)")
    }

    /// The same measurements, with the decisions of now.
    private static func decideAgain(_ path: String, _ bench: Bench, _ datasets: [Dataset], to: String) throws {
        let out = try opened(to)
        let lines = try String(contentsOf: URL(fileURLWithPath: path), encoding: .utf8).split(separator: "\n")
        for line in lines {
            guard var object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any],
                let workload = Workload.all.first(where: { $0.name == object["workload"] as? String }),
                let dataset = datasets.first(where: { $0.name == object["dataset"] as? String })
            else { throw Options.Wrong(description: "\(path) holds a measurement of something else") }
            object["decision"] = try bench.decision(workload, dataset, memory: object["memory"] as? String)
            try add(object, to: out)
        }
        say("\(lines.count) measurements are in \(to)")
    }

    private static func add(_ object: [String: Any], to out: FileHandle) throws {
        var line = try JSONSerialization.data(
            withJSONObject: object, options: [.sortedKeys, .withoutEscapingSlashes])
        line.append(UInt8(ascii: "\n"))
        try out.write(contentsOf: line)
    }

    /// At once, wherever it goes.
    private static func say(_ text: String) { FileHandle.standardOutput.write(Data((text + "\n").utf8)) }

    private static func opened(_ path: String) throws -> FileHandle {
        if !FileManager.default.fileExists(atPath: path) {
            guard FileManager.default.createFile(atPath: path, contents: nil) else {
                throw Options.Wrong(description: "\(path) cannot be written")
            }
        }
        let file = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
        try file.seekToEnd()
        return file
    }
}
