import Foundation
import Support
import Synchronization

@testable import Engines

/// Many seeds, several at a time, on the one Spark server of the tests.
enum SparkSeeds {
    enum Outcome: Sendable { case same, different, pinned }

    /// What a lane lends to those who try a seed.
    struct Lane: Sendable {
        /// Where the seed's files go.
        var folder: String
        var child: RenewedChild
    }

    /// Has `body` try each seed. `QUICKETL_SPARK_SEEDS` says how many, `QUICKETL_SPARK_SEED` which alone (or the first
    /// of them), `QUICKETL_SPARK_LANES` how many at a time. Says on the way from which seed one would go on, and at the
    /// end which were tried and what came of them.
    static func each(
        _ name: String, standard: UInt64, _ body: @escaping @Sendable (UInt64, Lane) async throws -> Outcome
    ) async throws -> Tally {
        let environment = ProcessInfo.processInfo.environment
        func number(_ name: String) -> UInt64? { environment[name].flatMap { UInt64($0) } }
        let given = number("QUICKETL_SPARK_SEED")
        // The same ones each time, so that a change is answerable for what it breaks; others are asked for.
        let first = given ?? 1
        let count = number("QUICKETL_SPARK_SEEDS") ?? (given == nil ? standard : 1)
        let lanes = max(1, min(number("QUICKETL_SPARK_LANES") ?? 3, count))
        let course = SeedCourse(first..<first + count)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<lanes {
                group.addTask {
                    try await withTemporaryFolder { folder in
                        let child = RenewedChild(in: folder)
                        do {
                            while let seed = course.next() {
                                let place = "\(folder)/\(seed)"
                                try FileManager.default.createDirectory(
                                    atPath: place, withIntermediateDirectories: true)
                                let outcome = try await body(seed, Lane(folder: place, child: child))
                                try FileManager.default.removeItem(atPath: place)
                                if let line = course.note(seed, outcome) { say("spark \(name): \(line)") }
                            }
                        } catch {
                            await child.close()
                            throw error
                        }
                        await child.close()
                    }
                }
            }
            try await group.waitForAll()
        }
        say("spark \(name): seeds \(first)..<\(first + count): \(course.tally)")
        return course.tally
    }

    /// At once, also into a file, for a long course is watched.
    private static func say(_ line: String) {
        FileHandle.standardOutput.write(Data((line + "\n").utf8))
    }

    struct Tally: Sendable, CustomStringConvertible {
        var same = 0
        var different = 0
        var pinned = 0

        var description: String { "\(same) the same, \(different) different, \(pinned) pinned to DuckDB" }
    }
}

/// Gives out seeds in order, and keeps account of them.
private final class SeedCourse: Sendable {
    private struct State {
        var next: UInt64
        var tried: Set<UInt64> = []
        /// All before it have been tried.
        var mark: UInt64
        var tally = SparkSeeds.Tally()
    }

    private let seeds: Range<UInt64>
    private let state: Mutex<State>
    private let start = ContinuousClock.now

    private static let interval: UInt64 = 100

    init(_ seeds: Range<UInt64>) {
        self.seeds = seeds
        state = Mutex(State(next: seeds.lowerBound, mark: seeds.lowerBound))
    }

    var tally: SparkSeeds.Tally { state.withLock { $0.tally } }

    func next() -> UInt64? {
        state.withLock { state in
            guard state.next < seeds.upperBound else { return nil }
            defer { state.next += 1 }
            return state.next
        }
    }

    /// Now and then a line of how far it has come.
    func note(_ seed: UInt64, _ outcome: SparkSeeds.Outcome) -> String? {
        state.withLock { state in
            switch outcome {
            case .same: state.tally.same += 1
            case .different: state.tally.different += 1
            case .pinned: state.tally.pinned += 1
            }
            state.tried.insert(seed)
            let before = (state.mark - seeds.lowerBound) / Self.interval
            while state.tried.remove(state.mark) != nil { state.mark += 1 }
            guard (state.mark - seeds.lowerBound) / Self.interval > before else { return nil }
            let seconds = Int((ContinuousClock.now - start) / .seconds(1))
            return "seeds \(seeds.lowerBound)..<\(state.mark) tried: \(state.tally); \(seconds) s"
        }
    }
}
