import Foundation
import Support
import Testing

/// A fleet whose events somebody wants.
@Suite(.serialized, .timeLimit(.minutes(5))) struct LineageEventTests {
    private static let pipeline = """
        name: paid
        tags: [billing]
        source: {type: file, path: "in/${DATE}.csv"}
        transforms:
          - {op: filter, predicate: "amount > 0"}
          - {op: hash_key, name: key, columns: [id]}
        checks:
          - {type: not_null, columns: [id]}
          - {type: row_count, min: 1}
        sink: {type: file, path: "out/${DATE}.parquet"}
        """

    private static func kinds(_ ear: EventEar, of run: String) throws -> [String] {
        try ear.accepted.filter { $0.body.contains(run) }.map { message in
            let event = try JSONDecoder().decode(JSONValue.self, from: Data(message.body.utf8))
            guard case .object(let object) = event else { return "" }
            return object["eventType"]?.text ?? ""
        }
    }

    private static func object(_ event: String) throws -> [String: JSONValue] {
        guard case .object(let object) = try JSONDecoder().decode(JSONValue.self, from: Data(event.utf8)) else {
            return [:]
        }
        return object
    }

    private static func kind(_ event: String) throws -> String { try object(event)["eventType"]?.text ?? "" }

    /// The id of the run that the event is about.
    private static func subject(_ event: String) throws -> String? { try object(event)["run"]?["runId"]?.text }

    /// Makes the folder a repository, all of whose files are committed.
    private static func commit(_ folder: TemporaryFolder) async throws {
        let remote = "https://ada:r3mote-canary@git.example.org/o/r.git"
        for command in [
            ["init", "-q"], ["add", "paid.yml", "whole.yml"],
            ["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-q", "-m", "first"],
            ["remote", "add", "origin", remote],
        ] {
            let ended = try await Program.execute("/usr/bin/env", ["git"] + command, in: folder.path, environment: [:])
            #expect(ended.code == 0, "\(ended.errors)")
        }
    }

    @Test func everyRunIsToldOfInOrderAlsoToAReceiverThatIsAwayAtFirst() async throws {
        let folder = try TemporaryFolder()
        try folder.write("id,amount\n1,5\n2,0\n", to: "in/2013-01-01.csv")
        try folder.write("id,amount\n1,0\n", to: "in/2013-01-02.csv")
        try folder.write(Self.pipeline, to: "paid.yml")
        try folder.write(
            "name: whole\nstages:\n- {name: only, pipelines: [{path: paid.yml}]}\n", to: "whole.yml")
        try await Self.commit(folder)
        let ear = try EventEar(answers: [503, 503])
        defer { ear.close() }
        let environment = [
            "QUICKETL_LINEAGE_URL": "http://127.0.0.1:\(ear.port)/api/v1/lineage",
            "QUICKETL_LINEAGE_TOKEN": "t0ken-canary",
            "QUICKETL_LINEAGE_NAMESPACE": "tests",
        ]
        try await TemporaryFleet.run(in: folder, environment: environment) { fleet in
            // Events are kept from the first look of a worker that delivers.
            let store = try #require(try fleet.setting("QUICKETL_STORE"))
            let wanted = "SELECT count(*) AS n FROM event_delivery WHERE wanted_until > now()"
            while try await fleet.native(wanted, store).contains("0") {}
            let good = try await fleet.quicketl(
                "submit", "paid.yml", "--var", "DATE=2013-01-01", "--wait", "--json")
            #expect(good.code == 0, "\(good.errors)\(good.output)")
            let bad = try await fleet.quicketl(
                "submit", "paid.yml", "--var", "DATE=2013-01-02", "--wait", "--json")
            #expect(bad.code == 1, "\(bad.errors)\(bad.output)")
            let (first, second) = (
                try #require(try good.json["run_id"]?.text), try #require(try bad.json["run_id"]?.text)
            )
            let end = ContinuousClock.now + .seconds(120)
            while ear.accepted.count < 4, ContinuousClock.now < end { try await Task.sleep(for: .milliseconds(50)) }
            #expect(try Self.kinds(ear, of: first) == ["START", "COMPLETE"])
            #expect(try Self.kinds(ear, of: second) == ["START", "FAIL"])
            #expect(ear.accepted.allSatisfy { $0.authorization == "Bearer t0ken-canary" })

            // A workflow is told of as well, and its run names it.
            let whole = try await fleet.quicketl("submit", "whole.yml", "--var", "DATE=2013-01-01", "--wait", "--json")
            #expect(whole.code == 0, "\(whole.errors)\(whole.output)")
            let workflow = try #require(try whole.json["workflow_id"]?.text)
            while ear.accepted.count < 8, ContinuousClock.now < end { try await Task.sleep(for: .milliseconds(50)) }
            let workflowEvents = try ear.accepted.map(\.body).filter { try Self.subject($0) == workflow }
            #expect(try workflowEvents.map(Self.kind) == ["START", "COMPLETE"])
            let child = ear.accepted.map(\.body).filter { $0.contains(workflow) && !workflowEvents.contains($0) }
            #expect(try child.map(Self.kind) == ["START", "COMPLETE"])
            #expect(child.allSatisfy { $0.contains("\"parent\"") })
            // Asked without the fleet's own namespace.
            let history = try await fleet.quicketl("runs", "events", workflow).output.replacing(
                "\"namespace\":\"quicketl\"", with: "\"namespace\":\"tests\"")
            #expect(history.split(separator: "\n").map(String.init) == workflowEvents)

            // What was sent is what history tells at any time.
            let told = try await fleet.quicketl("runs", "events", first).output.split(separator: "\n").map(String.init)
            let sent = ear.accepted.map(\.body).filter { $0.contains(first) }
            #expect(sent.map { $0.contains("\"namespace\":\"tests\"") } == [true, true])
            #expect(told.count == 2)
            // Where the definition comes from, and what computed it.
            for event in told {
                #expect(event.contains("\"repoUrl\":\"https://git.example.org/o/r.git\""))
                #expect(event.contains("\"path\":\"paid.yml\""))
                #expect(event.contains("\"openlineageAdapterVersion\""))
                #expect(!event.contains("\"version\":\"unknown\""))
            }
            if EventValidation.schemas != nil {
                let (isValid, report) = try EventValidation.check(ear.accepted.map(\.body) + told)
                #expect(isValid, "\(report)")
            }
            let kept = try await fleet.native("SELECT database_to_xml(true, true, '')::text AS x", store)
            for text in [kept, told.joined(), try fleet.everyFile()] { #expect(!text.contains("t0ken-canary")) }
            for text in [kept, told.joined()] { #expect(!text.contains("r3mote-canary")) }
        }
    }

    @Test func lineageAndDifferencesAreAskedOnTheCommandLine() async throws {
        let folder = try TemporaryFolder()
        try folder.write("id,amount\n1,5\n2,0\n", to: "in/2013-01-01.csv")
        try folder.write("id,amount\n1,5\n2,9\n3,4\n", to: "in/2013-01-02.csv")
        try folder.write(Self.pipeline, to: "paid.yml")
        try await TemporaryFleet.run(workers: 1, in: folder) { fleet in
            var runs: [String] = []
            for day in ["2013-01-01", "2013-01-02"] {
                let ended = try await fleet.quicketl("submit", "paid.yml", "--var", "DATE=\(day)", "--wait", "--json")
                runs.append(try #require(try ended.json["run_id"]?.text))
            }
            let tree = try await fleet.quicketl("lineage", "out/2013-01-01.parquet#key", "--up")
            #expect(tree.output.contains("in/2013-01-01.csv#id  (paid: TRANSFORMATION (masked))"), "\(tree)")
            let down = try await fleet.quicketl("lineage", "in/2013-01-01.csv", "--down", "--format", "mermaid")
            #expect(down.output.hasPrefix("flowchart LR"))
            #expect(down.output.contains("out/2013-01-01.parquet"))
            let json = try await fleet.quicketl("lineage", "in/2013-01-01.csv", "--json").json
            #expect(json["edges"]?.list.count == 1)
            let unknown = try await fleet.quicketl("lineage", "in/nothing.csv")
            #expect(unknown.code == 1)

            let diff = try await fleet.quicketl("runs", "diff", runs[0], runs[1], "--json").json
            let what = diff["differences"]?.list.compactMap { $0["what"]?.text } ?? []
            #expect(what.contains("variable DATE"))
            #expect(what.contains("rows out"))

            let logs = try await fleet.quicketl("runs", "logs", runs[0], "-f").output
            #expect(logs.contains("attempt 1 began on worker"))
            #expect(logs.hasSuffix("succeeded\n"))
            let replayed = try await fleet.quicketl("runs", "replay", runs[0], "--wait")
            #expect(replayed.code == 0, "\(replayed.errors)")
            #expect(replayed.output.hasSuffix("the same result as then\n"), "\(replayed.output)")

            func listed(_ arguments: String...) async throws -> Int {
                let ended = try await Program.run(["runs", "list", "--json"] + arguments, in: fleet.folder.path)
                return try ended.json["runs"]?.list.count ?? -1
            }
            #expect(try await listed("--var", "DATE=2013-01-02", "--since", "24h", "--engine", "duckdb") == 1)
            #expect(try await listed("--dataset", "in/2013-01-01.csv") == 2)
            #expect(try await listed("--before", runs[1]) == 1)
            #expect(try await listed("--state", "failed") == 0)
            let pipelines = try await fleet.quicketl("pipelines", "list", "--json").json["pipelines"]?.list ?? []
            #expect(pipelines.first?["success_rate"]?.number == 1)
            let shown = try await fleet.quicketl("pipelines", "show", "paid")
            #expect(shown.output.contains("tags: [billing]"))
        }
    }
}
