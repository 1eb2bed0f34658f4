import Foundation
import Testing

/// Workflows on a real fleet: workers that die, failures that are resumed, ranges, triggers.
@Suite(.serialized, .timeLimit(.minutes(5))) struct WorkflowFleetTests {
    private func makeFolder() throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        try folder.write("id,city\n1,Oslo\n2,Bergen\n3,Oslo\n", to: "in.csv")
        try folder.write(SlowPipeline.rows(9_000), to: "many.csv")
        try folder.write(SlowPipeline.yaml(name: "slow"), to: "flows/slow.yml")
        try folder.write(
            """
            name: city
            variables: {CITY: Oslo}
            source: {type: file, path: in.csv}
            transforms: [{op: filter, predicate: "city = '${CITY}'"}]
            sink: {type: file, path: "out/${CITY}.csv"}
            """, to: "flows/city.yml")
        try folder.write(
            """
            name: late
            source: {type: file, path: later.csv}
            sink: {type: file, path: out/late.csv}
            """, to: "flows/late.yml")
        try folder.write(
            """
            name: nightly
            stages:
              - name: bronze
                parallel: true
                pipelines:
                  - {path: slow.yml}
                  - {path: city.yml, name: bergen, variables: {CITY: Bergen}}
                  - {path: city.yml}
              - {name: silver, depends_on: [bronze], pipelines: [{path: late.yml}]}
              - {name: gold, depends_on: [silver], pipelines: [{path: city.yml, name: again}]}
            """, to: "flows/nightly.yml")
        return folder
    }

    private func states(_ json: [String: JSONValue]) -> [String] {
        (json["steps"]?.list ?? []).map { "\($0["step"]?.text ?? "") \($0["state"]?.text ?? "")" }
    }

    @Test func aWorkflowSurvivesTheDeathOfAWorkerAndIsResumedFromItsFailedRun() async throws {
        let folder = try makeFolder()
        try await TemporaryFleet.run(workers: 0, in: folder) { fleet in
            let victim = try BackgroundWorker(in: folder)
            try await fleet.untilLive(victim)
            let submitted = try await fleet.quicketl("submit", "flows/nightly.yml", "--json")
            #expect(submitted.code == 0, "\(submitted.errors)")
            let id = try #require(try submitted.json["workflow_id"]?.text)
            let slow = try #require(
                try submitted.json["runs"]?.list.first { $0["step"]?.text == "slow" }?["run_id"]?.text)
            _ = try await fleet.until(slow) { $0["state"]?.text == "running" }
            victim.send(SIGKILL)
            _ = await victim.ended()
            let survivor = try BackgroundWorker(in: folder)
            let failed = try await fleet.until(id, within: .seconds(120)) { $0["state"]?.text == "failed" }
            #expect(
                states(failed).joined(separator: ", ")
                    == "slow succeeded, bergen succeeded, city succeeded, late failed, again skipped")
            let tree = try await fleet.quicketl("runs", "show", id)
            #expect(tree.output.contains("├─ bronze") && tree.output.contains("skipped: silver/late failed"))
            let logs = try await fleet.quicketl("runs", "logs", id)
            #expect(logs.output.contains("bronze/slow: ") && logs.output.contains("silver/late: "))

            try folder.write("id\n7\n", to: "later.csv")
            let resumed = try await fleet.quicketl("workflow", "resume", id, "--wait", "--json")
            #expect(resumed.code == 0, "\(resumed.errors)")
            let end = try resumed.json
            #expect(end["resume_of"]?.text == id)
            #expect(states(end).allSatisfy { $0.hasSuffix("succeeded") }, "\(states(end))")
            let again = try await fleet.quicketl("runs", "retry", id, "--wait", "--json")
            #expect(try again.json["workflow_id"] == end["workflow_id"])
            let store = try await FleetStore(in: folder)
            // Those that had succeeded ran once; the one whose worker died began twice.
            #expect(
                try await store.text(
                    """
                    SELECT string_agg(pipeline || ' ' || attempts, ',' ORDER BY submitted_at, pipeline, attempts)
                      FROM run_history WHERE state = 'succeeded' AND pipeline <> 'city'
                    """
                ) == "slow 2,late 1")
            #expect(try await store.text("SELECT count(*) FROM run_history WHERE workflow_id IS NOT NULL") == "7")
            #expect(try await fleet.quicketl("runs", "list", "--workflow", id, "--json").json["runs"]?.list.count == 5)
            survivor.send(SIGTERM)
            _ = await survivor.ended()
        }
    }

    @Test func aWorkflowIsCancelledAsAWhole() async throws {
        let folder = try makeFolder()
        try await TemporaryFleet.run(workers: 0, in: folder) { fleet in
            let submitted = try await fleet.quicketl("workflow", "submit", "flows/nightly.yml", "--json")
            let id = try #require(try submitted.json["workflow_id"]?.text)
            let cancelled = try await fleet.quicketl("runs", "cancel", id, "--json")
            #expect(cancelled.code == 0, "\(cancelled.errors)")
            #expect(try cancelled.json["state"]?.text == "cancelled")
            let shown = try await fleet.show(id)
            #expect(states(shown).allSatisfy { $0.hasSuffix("cancelled") }, "\(states(shown))")
            let again = try await fleet.quicketl("workflow", "cancel", id)
            #expect(again.code == 1 && again.errors.contains("had ended before"), "\(again.errors)")
        }
    }

    @Test func theSameKeyIsTheSameWorkflow() async throws {
        let folder = try makeFolder()
        try await TemporaryFleet.run(workers: 0, in: folder) { fleet in
            let first = try await fleet.quicketl("submit", "flows/nightly.yml", "--key", "k", "--json")
            let second = try await fleet.quicketl("submit", "flows/nightly.yml", "--key", "k", "--json")
            #expect(try first.json["workflow_id"] == second.json["workflow_id"])
            let other = try await fleet.quicketl("submit", "flows/nightly.yml", "--key", "k", "--priority", "high")
            #expect(other.code == 1 && other.errors.contains("with other content"), "\(other.errors)")
            let store = try await FleetStore(in: folder)
            #expect(try await store.text("SELECT count(*) FROM run_history") == "5")
        }
    }

    @Test func aRangeOfAWorkflowIsFilledAndOnlyOnce() async throws {
        let folder = try makeFolder()
        try folder.write(
            """
            name: cities
            stages:
              - {name: load, pipelines: [{path: city.yml}]}
              - {name: check, depends_on: [load], pipelines: [{path: copy.yml}]}
            """, to: "flows/cities.yml")
        try folder.write(
            """
            name: copy
            source: {type: file, path: "out/${CITY}.csv"}
            sink: {type: file, path: "copy/${CITY}.csv"}
            """, to: "flows/copy.yml")
        try await TemporaryFleet.run(workers: 2, in: folder) { fleet in
            let filled = try await fleet.quicketl(
                "backfill", "flows/cities.yml", "--var", "CITY=Oslo,Bergen", "--wait", "--json")
            #expect(filled.code == 0, "\(filled.errors)")
            #expect(try filled.json["runs"]?.number == 2 && filled.json["succeeded"]?.number == 2)
            let rows = try await Program.duckdb("SELECT count(*), sum(id) FROM 'copy/*.csv'", in: folder.path)
            #expect(try await rows == Program.duckdb("SELECT count(*), sum(id) FROM 'in.csv'", in: folder.path))
            let again = try await fleet.quicketl(
                "backfill", "flows/cities.yml", "--var", "CITY=Oslo,Bergen,Voss", "--dry-run", "--json")
            #expect(try again.json["runs"]?.list.count == 1 && again.json["skipped"]?.number == 2)
        }
    }

    @Test func aTriggerStartsAWorkflowAndItsFilesAreReadAgainWhenTheyChange() async throws {
        let folder = try makeFolder()
        try folder.write(
            "name: cities\nstages:\n  - {name: load, pipelines: [{path: city.yml}]}\n", to: "flows/cities.yml")
        let trigger = "name: t\non: {landing: \"\(folder.path)/in/{CITY}.csv\", watch: false}\nworkflow: "
        try await TemporaryFleet.run(workers: 1, in: folder) { fleet in
            try folder.write(trigger + "flows/nothing.yml\n", to: "triggers/t.yml")
            let refused = try await fleet.quicketl("triggers", "validate")
            #expect(refused.code == 1 && refused.errors.contains("nothing.yml"), "\(refused.errors)")
            try folder.write(trigger + "flows/cities.yml\n", to: "triggers/t.yml")
            let service = try BackgroundWorker(in: folder, program: "quicketl", log: "triggers.log", "triggers", "run")
            defer { service.send(SIGTERM) }
            let store = try await FleetStore(in: folder)
            let done = """
                SELECT coalesce(string_agg(workflow || ' ' || (variables ->> 'CITY'), ',' ORDER BY submitted_at), '')
                  FROM workflow_history WHERE state = 'succeeded'
                """
            func land(_ name: String) async throws {
                try folder.write("id\n", to: "in/\(name).csv")
                let landed = try await fleet.quicketl("land", "\(folder.path)/in/\(name).csv")
                #expect(landed.code == 0, "\(landed.errors)")
            }
            try await land("Oslo")
            try await store.until(done, is: "cities Oslo")
            // Refused: the set before it stays.
            try folder.write(trigger + "[\n", to: "triggers/t.yml")
            try await untilLogged("are refused; the last good ones stay", folder)
            try await land("Bergen")
            try await store.until(done, is: "cities Oslo,cities Bergen")
            try folder.write(
                "name: towns\nstages:\n  - {name: load, pipelines: [{path: city.yml}]}\n", to: "flows/towns.yml")
            try folder.write(trigger + "flows/towns.yml\n", to: "triggers/t.yml")
            try await untilLogged("were read anew", folder)
            try await land("Voss")
            try await store.until(done, is: "cities Oslo,cities Bergen,towns Voss")
        }
    }

    /// Looked at until it is there.
    private func untilLogged(_ text: String, _ folder: TemporaryFolder) async throws {
        let end = ContinuousClock.now + .seconds(60)
        while true {
            let log = try String(contentsOfFile: folder.path + "/triggers.log", encoding: .utf8)
            if log.contains(text) { return }
            guard ContinuousClock.now < end else { throw Program.Unexpected("never logged: \(text)\n\(log)") }
            try await Task.sleep(for: .milliseconds(50))
        }
    }
}
