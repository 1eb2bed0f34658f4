import Foundation
import Testing

/// Kafka and PostgreSQL: one of the two is enough to hand a run in.
@Suite(.serialized, .timeLimit(.minutes(5))) struct EitherDoorTests {
    private static let pipeline = """
        name: copy
        source: {type: file, path: "in/${DAY}.csv"}
        checks:
          - {type: row_count, min: 1}
        sink: {type: file, path: "out/${DAY}.csv"}
        """
    static let noStore = ["QUICKETL_STORE": "postgresql://nobody@127.0.0.1:1/nothing?connect_timeout=2"]
    static let noBroker = ["QUICKETL_KAFKA": "127.0.0.1:1"]

    private func makeFolder() throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        for day in 1...4 { try folder.write("id,amount\n1,5\n", to: "in/\(day).csv") }
        try folder.write("id,amount\n", to: "in/empty.csv")
        try folder.write(Self.pipeline, to: "copy.yml")
        return folder
    }

    @Test func oneDoorIsEnoughAndWithoutBothTheAnswerIsThree() async throws {
        let folder = try makeFolder()
        try await TemporaryFleet.run(workers: 1, in: folder) { fleet in
            for (day, missing) in [("1", Self.noStore), ("2", Self.noBroker)] {
                let run = try await Program.run(
                    ["submit", "copy.yml", "--var", "DAY=\(day)", "--json"], in: folder.path, environment: missing
                ).submittedRun
                // With the store away the run is known only when its message has been accepted.
                let shown = try await fleet.untilKnown(run) { $0["state"]?.text == "succeeded" }
                #expect(shown["attempts"]?.list.count == 1)
            }
            let nowhere = try await Program.run(
                ["submit", "copy.yml", "--var", "DAY=3", "--key", "k", "--json"], in: folder.path,
                environment: Self.noStore.merging([
                    "QUICKETL_KAFKA": "127.0.0.1:1", "QUICKETL_KAFKA_SOCKET_CONNECTION_SETUP_TIMEOUT_MS": "1000",
                ]) { $1 })
            #expect(nowhere.code == 3)
            #expect(nowhere.errors.contains("safe with --key"))
        }
    }

    @Test func aBrokerThatLostItsLogLosesNoRun() async throws {
        let folder = try makeFolder()
        let runs = RunBoxes()
        try await TemporaryFleet.run(workers: 0, in: folder) { fleet in
            for day in 1...3 {
                runs.add(
                    try await fleet.quicketl("submit", "copy.yml", "--var", "DAY=\(day)", "--json").submittedRun)
            }
        }
        // The embedded broker keeps nothing: this one has never heard of the runs.
        try await TemporaryFleet.run(workers: 1, in: folder) { fleet in
            for run in runs.all {
                let shown = try await fleet.until(run) { $0["state"]?.text == "succeeded" }
                #expect(shown["attempts"]?.list.count == 1)
            }
        }
    }

    @Test func theStoreMayGoAwayWhileARunIsExecutedAndOthersAreHandedIn() async throws {
        let folder = try makeFolder()
        try folder.write(SlowPipeline.rows(9_000), to: "many.csv")
        try folder.write(SlowPipeline.yaml(name: "slow"), to: "slow.yml")
        try await TemporaryFleet.run(workers: 2, in: folder) { fleet in
            let slow = try await fleet.quicketl("submit", "slow.yml", "--json").submittedRun
            _ = try await fleet.until(slow) { $0["phase"]?.text == "execute" }
            let store = try await FleetStore(in: folder)
            try await store.stop()
            let handedIn = try await fleet.quicketl("submit", "copy.yml", "--var", "DAY=1", "--json")
            try await store.start()
            for run in [slow, try handedIn.submittedRun] {
                let shown = try await fleet.untilKnown(run) { $0["finished_at"]?.text != nil }
                #expect(shown["state"]?.text == "succeeded")
                // Nobody was judged dead for being cut off from a store that was away for everybody.
                #expect(shown["attempts"]?.list.count == 1)
            }
        }
    }

    @Test func aRunThatEndedIsRetriedAsANewOneThatNamesIt() async throws {
        let folder = try makeFolder()
        try await TemporaryFleet.run(workers: 1, in: folder) { fleet in
            let failed = try await fleet.quicketl("submit", "copy.yml", "--var", "DAY=empty", "--wait", "--json")
            #expect(failed.code == 1)
            let old = try #require(try failed.json["run_id"]?.text)
            try folder.write("id,amount\n1,5\n", to: "in/empty.csv")
            // What the file says by now is not what the run was asked to do.
            try folder.write("name: other\n", to: "copy.yml")
            let again = try await fleet.quicketl(
                "runs", "retry", old, "--priority", "high", "--timeout", "5m", "--wait", "--json")
            #expect(again.code == 0, "\(again.errors)")
            let shown = try again.json
            #expect(shown["retry_of"]?.text == old)
            #expect(shown["priority"]?.text == "high")
            #expect(shown["run_id"]?.text != old)
            #expect(try await fleet.show(old)["state"]?.text == "failed")
            #expect(folder.exists("out/empty.csv"))
            let first = try await fleet.quicketl("runs", "retry", old, "--key", "once", "--json")
            let second = try await fleet.quicketl("runs", "retry", old, "--key", "once", "--json")
            #expect(try first.json["run_id"] == second.json["run_id"])
        }
    }

    @Test func aMessageThatCannotBeARunIsListedShownAndReplayed() async throws {
        let folder = try makeFolder()
        try await TemporaryFleet.run(workers: 1, in: folder) { fleet in
            // Two requests with one key and other content, both through Kafka alone: nobody could tell in time.
            for day in ["1", "2"] {
                _ = try await Program.run(
                    ["submit", "copy.yml", "--var", "DAY=\(day)", "--key", "twice", "--json"], in: folder.path,
                    environment: Self.noStore
                ).submittedRun
            }
            let letter = try await fleet.untilLetter()
            #expect(letter["reason"]?.text == "conflict")
            #expect(letter["topic"]?.text == "quicketl.runs")
            #expect(letter["offset"]?.number != nil && letter["partition"]?.number != nil)
            let number = try #require(letter["id"]?.number.map { String(Int($0)) })
            let whole = try await fleet.quicketl("dead", "show", number, "--json").json
            #expect(whole["payload"]?.text?.contains("\"DAY\":\"") == true)
            // The conflict still stands.
            let refused = try await fleet.quicketl("dead", "replay", number, "--json")
            #expect(refused.code == 1)
            #expect(refused.output.contains("other content"))

            // What an older worker could not read, this one can; and what nobody can stays.
            let run = "018f3c1e-7a00-7000-8000-0000000000aa"
            let payload = (whole["payload"]?.text ?? "").replacing(
                /"run_id":"[^"]*"/, with: "\"run_id\":\"\(run)\"")
            try await Self.insertLetters([payload, "{"], folder)
            let replayed = try await fleet.quicketl("dead", "replay", "--all", "--json")
            #expect(replayed.code == 0, "\(replayed.errors)")
            let outcomes = try replayed.json["dead_letters"]?.list ?? []
            #expect(outcomes.filter { $0["problem"] == nil }.map { $0["run_id"]?.text } == [run])
            _ = try await fleet.until(run) { $0["state"]?.text == "succeeded" }
            let left = try await fleet.quicketl("dead", "list", "--json").json["dead_letters"]?.list ?? []
            #expect(left.count == 2)
            let every = try await fleet.quicketl("dead", "list", "--all", "--json").json["dead_letters"]?.list ?? []
            #expect(every.count == 3)
        }
    }

    /// Letters as a worker would have recorded them.
    private static func insertLetters(_ payloads: [String], _ folder: TemporaryFolder) async throws {
        let values = payloads.enumerated().map { number, payload in
            "('quicketl.runs', 0, \(900 + number), 'unsupported_version', 'a test', "
                + "convert_to($text$\(payload)$text$, 'UTF8'))"
        }
        let sql = """
            INSERT INTO dead_letters (topic, partition, message_offset, reason, detail, payload)
            VALUES \(values.joined(separator: ", "))
            """
        try await FleetStore(in: folder).run(sql)
    }
}

extension RunningFleet {
    /// As `until`, of a run that may not be known yet.
    func untilKnown(
        _ run: String, within limit: Duration = .seconds(60), _ condition: ([String: JSONValue]) -> Bool
    ) async throws -> [String: JSONValue] {
        let end = ContinuousClock.now + limit
        while true {
            let ended = try await quicketl("runs", "show", run, "--json")
            if ended.code == 0 { break }
            guard ContinuousClock.now < end else { throw Program.Unexpected("run \(run) never came: \(ended.errors)") }
        }
        return try await until(run, within: limit, condition)
    }

    /// The first dead letter.
    func untilLetter(within limit: Duration = .seconds(60)) async throws -> JSONValue {
        let end = ContinuousClock.now + limit
        while true {
            if let letter = try await quicketl("dead", "list", "--json").json["dead_letters"]?.list.first {
                return letter
            }
            guard ContinuousClock.now < end else { throw Program.Unexpected("no dead letter came") }
        }
    }
}

/// Carries runs' ids out of a fleet's lifetime.
private final class RunBoxes: @unchecked Sendable {
    // Written before the fleet's closure returns and read after it: never at the same time.
    private(set) var all: [String] = []

    func add(_ run: String) { all.append(run) }
}
