import Foundation
import Pipeline
import Testing

/// Every event is delivered three times in random order, while the trigger processes are killed: each is one run.
///
/// QUICKETL_TEST_LANDINGS sets how many events (10,000 is the whole test); QUICKETL_SEED repeats an order.
@Suite(.serialized, .timeLimit(.minutes(10))) struct OnceTests {
    private static let events =
        ProcessInfo.processInfo.environment["QUICKETL_TEST_LANDINGS"].flatMap { Int($0) } ?? 1_000
    private static let seed =
        ProcessInfo.processInfo.environment["QUICKETL_SEED"].flatMap { UInt64($0) } ?? .random(in: 0 ... .max)

    /// Half of them as a store would tell, half in our own form.
    private static func message(_ number: Int) -> Data {
        if number % 2 == 0 {
            return Landing(uri: "s3://lake/in/\(number).csv", revision: "sequencer=\(number)").encoded()
        }
        return Data(
            """
            {"Records":[{"eventName":"ObjectCreated:Put","eventTime":"2013-01-01T00:00:00Z","s3":{"bucket":\
            {"name":"lake"},"object":{"key":"in%2F\(number).csv","size":1,"sequencer":"\(number)"}}}]}
            """.utf8)
    }

    @Test func everyEventIsOneRunHoweverOftenItComesAndWhoeverDies() async throws {
        print("seed \(Self.seed), \(Self.events) events")
        let kills = Self.events >= 10_000 ? 10 : 3
        let folder = try TemporaryFolder()
        try folder.write(
            "name: p\nsource: {type: file, path: \"/in/${FILE}\", format: csv}\nsink: {type: file, path: \"/out/${FILE}.csv\"}\n",
            to: "p.yml")
        try folder.write(
            "name: each\non: {landing: \"s3://lake/in/{FILE}.csv\"}\npipeline: p.yml\n", to: "later/each.yml")
        try await TemporaryFleet.run(workers: 0, in: folder) { _ in
            let store = try await FleetStore(in: folder)
            var started = 0
            func start() throws -> BackgroundWorker {
                started += 1
                return try BackgroundWorker(
                    in: folder, program: "quicketl", log: "log/\(started).log", "triggers", "run", "later",
                    "--kafka-property",
                    "session.timeout.ms=4000", "--kafka-property", "heartbeat.interval.ms=300")
            }
            var processes = [try start(), try start()]
            var random = Shuffler(state: Self.seed)
            let numbers = (0..<Self.events).flatMap { [$0, $0, $0] }.shuffled(using: &random)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await Self.publish(numbers, in: folder) }
                for kill in 1...kills {
                    let mark = Self.events * kill / (kills + 1)
                    try await Self.until(store, folder, runs: mark)
                    let victim = processes.removeFirst()
                    victim.send(SIGKILL)
                    _ = await victim.ended()
                    processes.append(try start())
                }
                try await group.waitForAll()
            }
            // Published last, in every partition: once they are runs, all before them has been read.
            let last = Self.events..<Self.events + 200
            try await Self.publish(Array(last), in: folder)
            try await Self.until(store, folder, runs: last.upperBound)
            #expect(try await store.text("SELECT count(*) FROM runs") == "\(last.upperBound)")
            #expect(try await store.text("SELECT count(DISTINCT variables) FROM runs") == "\(last.upperBound)")
            #expect(try await store.text("SELECT count(*) FROM dead_letters") == "0")
            for process in processes { process.send(SIGTERM) }
            for process in processes { #expect(await process.ended() == 0) }
        }
    }

    private static func until(_ store: FleetStore, _ folder: TemporaryFolder, runs: Int) async throws {
        let end = ContinuousClock.now + .seconds(120)
        while true {
            let found = Int(try await store.text("SELECT count(*) FROM runs")) ?? 0
            if found >= runs { return }
            guard ContinuousClock.now < end else {
                let sessions = try await store.text(
                    "SELECT state, wait_event, left(query, 80) FROM pg_stat_activity WHERE application_name LIKE '%triggers'"
                )
                let logs = try folder.names(in: "log").map { name in
                    let text = try String(contentsOfFile: folder.path + "/log/" + name, encoding: .utf8)
                    return "\(name):\n" + text.split(separator: "\n").suffix(12).joined(separator: "\n")
                }
                throw Program.Unexpected(
                    "\(found) of \(runs) runs, then no more\n\(sessions)\n\(logs.joined(separator: "\n"))")
            }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    private static func publish(_ numbers: [Int], in folder: TemporaryFolder) async throws {
        let sink = try LandingSink(in: folder)
        do {
            for start in stride(from: 0, to: numbers.count, by: 500) {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for number in numbers[start..<min(start + 500, numbers.count)] {
                        group.addTask {
                            try await sink.publish(message(number), key: "\(number)")
                        }
                    }
                    try await group.waitForAll()
                }
            }
        } catch {
            await sink.close()
            throw error
        }
        await sink.close()
    }

    private struct Shuffler: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var z = state
            z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
            return z ^ (z >> 31)
        }
    }
}
