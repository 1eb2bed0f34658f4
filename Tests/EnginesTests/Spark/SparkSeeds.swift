import Fleet
import Foundation
import Support
import Testing

@testable import Engines

/// Many seeds, a few at a time, on the one Spark server of the tests.
enum SparkSeeds {
    enum Outcome: Sendable { case same, different, pinned }

    /// Has `body` try each seed in a folder of its own. `QUICKETL_SPARK_SEEDS` says how many, `QUICKETL_SPARK_SEED` which
    /// alone (or the first of them). Says at the end which were tried, and what came of them.
    static func each(
        _ name: String, standard: UInt64,
        _ body: @escaping @Sendable (UInt64, String, DuckDBEngine, DuckDBProcess) async throws -> Outcome
    ) async throws {
        let environment = ProcessInfo.processInfo.environment
        let given = environment["QUICKETL_SPARK_SEED"].flatMap { UInt64($0) }
        let wanted = environment["QUICKETL_SPARK_SEEDS"].flatMap { UInt64($0) }
        // The same ones each time, so that a change is answerable for what it breaks; others are asked for.
        let first = given ?? 1
        let count = wanted ?? (given == nil ? standard : 1)
        let lanes = UInt64(2)
        let outcomes = try await withThrowingTaskGroup(of: [Outcome].self) { group in
            for lane in 0..<min(lanes, count) {
                group.addTask {
                    try await withTemporaryFolder { folder in
                        let engine = DuckDBEngine(settings: try duckDBSettings(in: folder))
                        let outcomes = try await withDuckDB(in: folder) { process in
                            var outcomes: [Outcome] = []
                            for seed in stride(from: first + lane, to: first + count, by: Int(lanes)) {
                                let place = "\(folder)/\(seed)"
                                outcomes.append(try await body(seed, place, engine, process))
                                try FileManager.default.removeItem(atPath: place)
                                if outcomes.count.isMultiple(of: 100) { print("spark \(name): seed \(seed)") }
                            }
                            return outcomes
                        }
                        await engine.pool.shutDown()
                        return outcomes
                    }
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        let different = outcomes.count { $0 == .different }
        let pinned = outcomes.count { $0 == .pinned }
        print(
            "spark \(name): seeds \(first)..<\(first + count): \(outcomes.count - different - pinned) the same, "
                + "\(different) different, \(pinned) pinned to DuckDB")
        #expect(count == 1 || pinned < outcomes.count, "all were pinned")
    }
}
