import Foundation

/// Every pipeline over every dataset on both engines, with what was estimated beside what was read, and what a wrong
/// choice of engine would have cost.
///
///   swift run -c release --package-path Benchmarks routing [--minutes N] [--scale F]… [--out FILE]   after `make build`
@main
struct Routing {
    static func main() throws {
        let options = try Options(Array(CommandLine.arguments.dropFirst()))
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("routing-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        // What the system keeps in its temporary folder is not what is measured.
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let tools = try Tools(folder: folder)
        print("writing the datasets for scales \(options.scales) …")
        let datasets = try Datasets(tools, scales: options.scales)
        print("starting Spark …")
        let spark = try WarmSpark(tools)
        defer { spark.stop() }

        let bench = Bench(tools: tools, spark: spark)
        var measurements: [Measurement] = []
        // Twice, unmeasured: Spark compiles what it does often.
        for _ in 0..<2 { _ = try bench.seconds(Workload.all[0], datasets.all[0], engine: "spark") }
        let end = Date().addingTimeInterval(options.minutes * 60)
        for dataset in datasets.all {
            for workload in Workload.all where workload.tables.allSatisfy({ dataset.paths[$0] != nil }) {
                guard Date() < end else { break }
                let one = try bench.measure(workload, dataset)
                measurements.append(one)
                print(one.line)
            }
        }
        // Where a store is configured, the router has learnt from other runs by now.
        for index in measurements.indices { measurements[index].learnt = bench.decision(measurements[index].pipeline) }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        try encoder.encode(measurements).write(to: URL(fileURLWithPath: options.out))
        print("\(measurements.count) measurements are in \(options.out)\n")
        print(Summary(measurements).text)
    }
}

struct Options {
    var minutes = 20.0
    /// Of TPC-H; 1 is a gigabyte of text.
    var scales = [0.01, 0.1]
    var out = "routing.json"

    struct Wrong: Error, CustomStringConvertible { var description: String }

    init(_ arguments: [String]) throws {
        var rest = arguments[...]
        var scales: [Double] = []
        while let name = rest.popFirst() {
            guard let value = rest.popFirst() else { throw Wrong(description: "\(name) needs a value") }
            switch name {
            case "--minutes": minutes = try Self.number(value, name)
            case "--scale": scales.append(try Self.number(value, name))
            case "--out": out = value
            default: throw Wrong(description: "unknown option \(name)")
            }
        }
        if !scales.isEmpty { self.scales = scales }
    }

    private static func number(_ text: String, _ name: String) throws -> Double {
        guard let value = Double(text), value > 0 else {
            throw Wrong(description: "\(name): \(text) is no number above 0")
        }
        return value
    }
}
