import Foundation
import Testing

/// `quicketl workflow` as a user meets it: no services.
@Suite struct WorkflowTests {
    /// Four pipelines; `bad.yml` fails when it runs, `late.yml` reads what `a.yml` writes.
    private func folder(_ workflow: String) throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        try folder.write("id,city,amount\n1,Oslo,10\n2,Bergen,20\n3,Oslo,x\n", to: "in.csv")
        for name in ["a", "b", "c"] {
            try folder.write(
                """
                name: pipeline_\(name)
                source: {type: file, path: in.csv}
                transforms: [{op: filter, predicate: "city = '${CITY:-Oslo}'"}]
                sink: {type: file, path: "out/\(name)_${SUFFIX:-x}.csv"}
                """, to: "flows/p/\(name).yml")
        }
        try folder.write(
            """
            name: bad
            source: {type: file, path: in.csv}
            transforms: [{op: cast, columns: {amount: int}}]
            sink: {type: file, path: out/bad.csv}
            """, to: "flows/p/bad.yml")
        try folder.write(
            """
            name: late
            source: {type: file, path: out/a_x.csv}
            sink: {type: file, path: out/late.csv}
            """, to: "flows/p/late.yml")
        try folder.write(workflow, to: "flows/w.yml")
        return folder
    }

    private func statuses(_ json: [String: JSONValue], _ list: String) -> [String] {
        (json[list]?.list ?? []).map { "\($0["name"]?.text ?? "") \($0["status"]?.text ?? "")" }
    }

    @Test func stagesRunInTheOrderOfTheirDependencies() async throws {
        let folder = try folder(
            """
            name: medallion
            stages:
              - {name: silver, depends_on: [bronze], pipelines: [{path: p/late.yml}]}
              - {name: bronze, parallel: true, pipelines: [{path: p/a.yml}, {path: p/b.yml}, {path: p/c.yml}]}
            """)
        let ended = try await Program.run(["workflow", "run", "flows/w.yml", "--json", "-w", "2"], in: folder.path)
        #expect(ended.code == 0, "\(ended.errors)\(ended.output)")
        #expect(ended.errors == "")
        let result = try ended.json
        #expect(result["workflow_name"]?.text == "medallion")
        #expect(result["status"]?.text == "success")
        #expect(result["error"] == .null)
        #expect(statuses(result, "stages") == ["silver success", "bronze success"])
        #expect(statuses(result, "pipelines") == ["late success", "a success", "b success", "c success"])
        let late = try #require(result["pipelines"]?.list.first)
        #expect(late["pipeline_name"]?.text == "late")
        #expect(late["rows_written"]?.number == 2)
        #expect(late["step_results"]?.list.map { $0["step_name"]?.text } == ["read_source", "write_sink"])
        #expect(try folder.names(in: "out") == ["a_x.csv", "b_x.csv", "c_x.csv", "late.csv"])
    }

    @Test func theCommandLineBeatsTheReferenceWhichBeatsTheWorkflow() async throws {
        let folder = try folder(
            """
            name: w
            variables: {CITY: Bergen, SUFFIX: flow}
            stages: [{name: s, pipelines: [{path: p/a.yml}, {path: p/b.yml, variables: {SUFFIX: own, CITY: Oslo}}]}]
            """)
        let ended = try await Program.run(["workflow", "run", "flows/w.yml", "-v", "CITY=Nowhere"], in: folder.path)
        #expect(ended.code == 0, "\(ended.errors)")
        #expect(try folder.names(in: "out") == ["a_flow.csv", "b_own.csv"])
        let rows = try await Program.duckdb("SELECT count(*) FROM read_csv('out/*.csv')", in: folder.path)
        #expect(rows == "0\n")
    }

    /// What has run, what was skipped, and the status of the whole, by the two switches.
    struct Failing: Sendable, CustomTestStringConvertible {
        var failFast = true
        var continues = false
        var parallel = false
        var pipelines: [String]
        var stages: [String]
        var status = "partial"

        var testDescription: String { "fail_fast \(failFast), continue_on_failure \(continues), parallel \(parallel)" }
    }

    @Test(arguments: [
        Failing(
            pipelines: ["a success", "bad failed", "b skipped", "late skipped", "c skipped"],
            stages: ["first partial", "second skipped", "third skipped"]),
        Failing(
            continues: true, pipelines: ["a success", "bad failed", "b success", "late skipped", "c success"],
            stages: ["first partial", "second skipped", "third success"]),
        Failing(
            failFast: false, pipelines: ["a success", "bad failed", "b skipped", "late skipped", "c success"],
            stages: ["first partial", "second skipped", "third success"]),
        Failing(
            failFast: false, parallel: true,
            pipelines: ["a success", "bad failed", "b success", "late skipped", "c success"],
            stages: ["first partial", "second skipped", "third success"]),
    ])
    func whatRunsAfterAFailure(_ failing: Failing) async throws {
        let folder = try folder(
            """
            name: w
            fail_fast: \(failing.failFast)
            stages:
              - name: first
                continue_on_failure: \(failing.continues)
                parallel: \(failing.parallel)
                pipelines: [{path: p/a.yml}, {path: p/bad.yml}, {path: p/b.yml}]
              - {name: second, depends_on: [first], pipelines: [{path: p/late.yml}]}
              - {name: third, pipelines: [{path: p/c.yml}]}
            """)
        let ended = try await Program.run(["workflow", "run", "flows/w.yml", "--json"], in: folder.path)
        #expect(ended.code == 1)
        let result = try ended.json
        #expect(statuses(result, "pipelines") == failing.pipelines)
        #expect(statuses(result, "stages") == failing.stages)
        #expect(result["status"]?.text == failing.status)
        #expect(result["error"]?.text?.contains("\"bad\"") == true)
        #expect(result["pipelines_failed"]?.number == 1)
        #expect(!folder.exists("out/late.csv"))
    }

    @Test func aWorkflowOfWhichNothingSucceededHasFailed() async throws {
        let folder = try folder("name: w\nstages: [{name: s, pipelines: [{path: p/bad.yml}, {path: p/a.yml}]}]")
        let ended = try await Program.run(["workflow", "run", "flows/w.yml", "--json"], in: folder.path)
        #expect(ended.code == 1)
        #expect(try ended.json["status"]?.text == "failed")
        let people = try await Program.run(["workflow", "run", "flows/w.yml"], in: folder.path)
        #expect(people.code == 1)
        #expect(people.output.contains("0 of 2 pipelines succeeded, 1 failed, 1 skipped"))
        #expect(people.errors.contains("s/bad: failed: "))
    }

    @Test func aDryRunWritesNothing() async throws {
        let folder = try folder("name: w\nstages: [{name: s, pipelines: [{path: p/a.yml}, {path: p/b.yml}]}]")
        let ended = try await Program.run(["workflow", "run", "--dry-run", "flows/w.yml", "-j"], in: folder.path)
        #expect(ended.code == 0, "\(ended.errors)")
        #expect(try ended.json["metadata"]?["dry_run"] == .bool(true))
        #expect(try ended.json["pipelines"]?.list.map { $0["rows_processed"]?.number } == [2, 2])
        #expect(!folder.exists("out"))
    }

    @Test func everyMistakeOfAWorkflowAndItsPipelinesIsFoundBeforeAnythingRuns() async throws {
        let folder = try folder(
            """
            name: w
            stages:
              - {name: a, depends_on: [b], pipelines: [{path: p/a.yml}]}
              - {name: b, depends_on: [a], pipelines: [{path: p/gone.yml}]}
              - {name: c, depends_on: [d], pipelines: [{path: p/broken.yml}]}
            """)
        try folder.write(
            "name: x\nsource: {type: file, path: in.csv}\ntransforms: [{op: filtr}]\n", to: "flows/p/broken.yml")
        let found = try await Program.run(["workflow", "validate", "flows/w.yml", "--json"], in: folder.path)
        #expect(found.code == 1)
        let errors = try found.json["errors"]?.list ?? []
        let texts = errors.map { "\($0["file"]?.text ?? ""):\($0["line"]?.number ?? 0) \($0["message"]?.text ?? "")" }
        #expect(texts.count == 4, "\(texts)")
        #expect(texts.contains { $0.hasPrefix("flows/w.yml:3") && $0.contains("circle") })
        #expect(texts.contains { $0.hasPrefix("flows/w.yml:4") && $0.contains("flows/p/gone.yml could not be read") })
        #expect(texts.contains { $0.hasPrefix("flows/w.yml:5") && $0.contains("there is no stage \"d\"") })
        #expect(texts.contains { $0.hasPrefix("flows/p/broken.yml:3") })
        #expect(errors.allSatisfy { ($0["column"]?.number ?? 0) > 0 })
        let run = try await Program.run(["workflow", "run", "flows/w.yml", "--json"], in: folder.path)
        #expect(run.code == 1)
        #expect(try run.json["status"]?.text == "failed")
        #expect(!folder.exists("out"))
    }

    @Test func infoShowsTheTree() async throws {
        let folder = try folder(
            """
            name: w
            description: nightly
            stages:
              - {name: a, parallel: true, pipelines: [{path: p/a.yml}, {path: p/b.yml, name: events}]}
              - {name: c, depends_on: [a], pipelines: [{path: p/c.yml}]}
            """)
        let shown = try await Program.run(["workflow", "info", "flows/w.yml"], in: folder.path)
        #expect(
            shown.output == """
                w  nightly
                ├─ a  (parallel)
                │  ├─ a  flows/p/a.yml
                │  └─ events  flows/p/b.yml
                └─ c  (after a)
                   └─ c  flows/p/c.yml
                order: a → c

                """)
        let json = try await Program.run(["workflow", "info", "flows/w.yml", "--json"], in: folder.path).json
        #expect(json["stages"]?.list.map { $0["name"]?.text } == ["a", "c"])
        #expect(json["execution_order"] == .list([.list([.text("a")]), .list([.text("c")])]))
    }

    @Test func anInterruptStopsEveryChildAndLeavesNothing() async throws {
        let folder = try folder(
            """
            name: w
            stages: [{name: s, parallel: true, pipelines: [{path: p/slow1.yml}, {path: p/slow2.yml}]}]
            """)
        var pipes: [NamedPipe] = []
        for name in ["slow1", "slow2"] {
            pipes.append(try NamedPipe(folder.path + "/\(name).csv"))
            try folder.write(
                "name: \(name)\nsource: {type: file, path: \(name).csv}\nsink: {type: file, path: out/\(name).csv}\n",
                to: "flows/p/\(name).yml")
        }
        let before = try folder.names()
        let ended = try await Program.interrupted(
            ["workflow", "run", "flows/w.yml", "-j", "-w", "2"], in: folder.path, whenReading: pipes)
        #expect(ended.code == 130, "\(ended.errors)")
        let result = try ended.json
        #expect(result["status"]?.text == "failed")
        #expect(result["error"]?.text == "interrupted")
        #expect(try folder.names() == before)
        #expect(Program.processes(mentioning: folder.path).isEmpty)
    }
}
