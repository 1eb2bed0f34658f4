import Foundation
import Testing

/// Every form of the command line that QuickETL's documentation shows, and the result object.
@Suite struct CommandLineTests {
    private func folder(checks: String = "") throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        try folder.write(
            "region,day,amount\nnorth,2025-01-15,10\nsouth,2025-01-15,20\nnorth,2025-01-16,5\n", to: "in.csv")
        try folder.write(
            """
            name: sales_etl
            description: Process daily sales data
            engine: duckdb
            source: {type: file, path: in.csv}
            transforms:
              - {op: filter, predicate: "day >= '${DATE:-2025-01-01}' AND region = '${REGION:-north}'"}
            \(checks)
            sink: {type: file, path: out/results.parquet}
            """, to: "pipeline.yml")
        try folder.write("name: w\nstages: [{name: s, pipelines: [{path: pipeline.yml}]}]\n", to: "workflow.yml")
        return folder
    }

    private static let forms: [[String]] = [
        ["run", "pipeline.yml"],
        ["run", "pipeline.yml", "--var", "DATE=2025-01-15"],
        ["run", "pipeline.yml", "--var", "DATE=2025-01-15", "--var", "REGION=north"],
        ["run", "--var", "DATE=2025-01-15", "pipeline.yml"],
        ["run", "--var=DATE=2025-01-15", "pipeline.yml", "-v", "REGION=south"],
        ["run", "pipeline.yml", "--engine", "polars"],
        ["run", "pipeline.yml", "-e", "duckdb"],
        ["run", "-e", "datafusion", "pipeline.yml"],
        ["run", "pipeline.yml", "--dry-run"],
        ["run", "pipeline.yml", "--fail-on-checks"],
        ["run", "pipeline.yml", "--no-fail-on-checks"],
        ["run", "pipeline.yml", "--verbose"], ["run", "-V", "pipeline.yml"],
        ["run", "pipeline.yml", "--json"], ["run", "-j", "pipeline.yml"],
        ["validate", "pipeline.yml"], ["validate", "pipeline.yml", "--verbose"],
        ["validate", "pipeline.yml", "--var", "DATE=2025-01-15"],
        ["workflow", "run", "workflow.yml"], ["workflow", "run", "workflow.yml", "--var", "DATE=2025-01-01"],
        ["workflow", "run", "workflow.yml", "--dry-run"], ["workflow", "run", "workflow.yml", "--workers", "4"],
        ["workflow", "run", "-w", "1", "-V", "-j", "workflow.yml"],
        ["workflow", "run", "workflow.yml", "-e", "duckdb"],
        ["workflow", "validate", "workflow.yml"], ["workflow", "validate", "workflow.yml", "--verbose"],
        ["workflow", "info", "workflow.yml"],
        ["info"], ["info", "--backends"], ["info", "--backends", "--check"], ["info", "-b", "-c", "--json"],
        ["schema"], ["schema", "-o", ".quicketl-schema.json"], ["schema", "--output", "s.json", "--indent", "4"],
        ["init", "my_project"], ["init", "my_pipeline", "-p"], ["init", "my_project", "-o", "./projects/"],
        ["init", "my_project", "--force"], ["--version"], ["--help"], ["run", "--help"], ["init", "--help"],
    ]

    @Test(arguments: forms)
    func documentedForms(arguments: [String]) async throws {
        let folder = try folder()
        let ended = try await Program.run(arguments, in: folder.path)
        #expect(ended.code == 0, "\(ended.errors)")
        if arguments.contains("--json") || arguments.contains("-j") { _ = try ended.json }
    }

    @Test(arguments: [
        [], ["--engine", "nonsense"], ["--var", "DATE"], ["--var", "=x"], ["--nonsense"], ["second.yml"],
        ["--env"], ["--engine"],
    ])
    func wrongUseIsExitCode2(arguments: [String]) async throws {
        let folder = try folder()
        let file = arguments.isEmpty ? [] : ["pipeline.yml"]
        for command in [["run"], ["workflow", "run"]] {
            let ended = try await Program.run(command + file + arguments, in: folder.path)
            #expect(ended.code == 2, "\(ended.errors)")
            #expect(!ended.errors.isEmpty)
            #expect(ended.output.isEmpty)
            let json = try await Program.run(command + ["--json"] + file + arguments, in: folder.path)
            #expect(json.code == 2)
            #expect(try json.json["error"]?.text?.isEmpty == false)
            #expect(!folder.exists("out"))
        }
    }

    private static let fields: Set = [
        "run_id", "pipeline_name", "status", "engine", "start_time", "end_time", "duration_ms", "rows_processed",
        "rows_written", "steps_succeeded", "steps_failed", "step_results", "check_results", "error", "metadata",
    ]

    @Test func theResultHasEveryField() async throws {
        let folder = try folder(checks: "checks: [{type: unique, columns: [region], severity: warn}]")
        let ended = try await Program.run(["run", "pipeline.yml", "--json"], in: folder.path)
        #expect(ended.code == 0)
        #expect(ended.errors == "")
        let result = try ended.json
        #expect(Set(result.keys) == Self.fields)
        #expect(result["status"]?.text == "success")
        #expect(result["engine"]?.text == "duckdb")
        #expect(UUID(uuidString: result["run_id"]?.text ?? "") != nil)
        #expect(result["rows_processed"]?.number == 2)
        #expect(result["rows_written"]?.number == 2)
        #expect(result["error"] == .null)
        let steps = result["step_results"]?.list ?? []
        #expect(
            steps.map { $0["step_name"]?.text } == [
                "read_source", "transform_0_filter", "quality_checks", "write_sink",
            ])
        #expect(steps.map { $0["rows"] } == [.number(3), .number(2), .null, .number(2)])
        for case .object(let step) in steps {
            #expect(Set(step.keys) == ["step_name", "step_type", "status", "duration_ms", "rows", "error"])
            #expect(step["status"]?.text == "success")
        }
        #expect(result["steps_succeeded"]?.number == 4)
        let checks = try #require(result["check_results"])
        #expect(checks["all_passed"] == .bool(false))
        #expect(checks["total"]?.number == 1)
        #expect(checks["failed"]?.number == 1)
        let check = try #require(checks["results"]?.list.first)
        #expect(check["type"]?.text == "unique")
        #expect(check["passed"] == .bool(false))
        #expect(check["failed_rows"]?.number == 1)
        #expect(check["samples"] == .list([.text("north")]))
        #expect(check["message"]?.text?.contains("region") == true)
    }

    /// Whatever goes wrong: one object with the same fields, and nothing else on stdout.
    @Test(
        "a failure is the same object",
        arguments: [
            (["run", "missing.yml"], "missing.yml"), (["run", "in.csv"], "in.csv"), (["run", "."], "folder"),
            (["run", "pipeline.yml", "-v", "REGION=none"], "row_count"), (["run", "gone.yml"], "gone.csv"),
            (["run", "mistaken.yml"], "amuont"), (["run", "unset.yml"], "NOWHERE"), (["run", "column.yml"], "cost"),
        ])
    func failures(arguments: [String], says: String) async throws {
        let folder = try folder(checks: "checks: [{type: row_count, min: 1}]")
        let sink = "sink: {type: file, path: o.csv}"
        try folder.write("name: p\nsource: {type: file, path: gone.csv}\n\(sink)", to: "gone.yml")
        try folder.write("name: p\nsource: {type: file, path: '${NOWHERE}'}\n\(sink)", to: "unset.yml")
        let source = "name: p\nsource: {type: file, path: in.csv}\n\(sink)\ntransforms: "
        try folder.write(source + "[{op: filter, amuont: 1}]", to: "mistaken.yml")
        try folder.write(source + "[{op: filter, predicate: cost > 1}]", to: "column.yml")
        let ended = try await Program.run(arguments + ["--json"], in: folder.path)
        #expect(ended.code == 1, "\(ended.errors)")
        let result = try ended.json
        #expect(Set(result.keys) == Self.fields)
        #expect(result["status"]?.text == "failed")
        #expect(result["error"]?.text?.contains(says) == true, "\(result["error"]?.text ?? "")")
        #expect(result["rows_written"]?.number == 0)
        #expect(!folder.exists("o.csv") && !folder.exists("out/results.parquet"))
        let people = try await Program.run(arguments, in: folder.path)
        #expect(people.code == 1)
        #expect(people.errors.contains(says))
    }

    @Test func aFailedStepComesAfterThoseThatSucceeded() async throws {
        let folder = try folder(checks: "checks: [{type: row_count, min: 1}]")
        let failed = try await Program.run(["run", "pipeline.yml", "-v", "REGION=x", "-j"], in: folder.path).json
        let steps = failed["step_results"]?.list ?? []
        #expect(steps.map { $0["status"]?.text } == ["success", "success", "failed"])
        #expect(steps.last?["step_name"]?.text == "quality_checks")
        #expect(steps.last?["error"]?.text?.contains("row_count") == true)
        #expect(failed["steps_failed"]?.number == 1)
        try folder.write("name: p\nsource: {type: file, path: gone.csv}\nsink: {type: file, path: o.csv}", to: "g.yml")
        let gone = try await Program.run(["run", "g.yml", "-j"], in: folder.path).json
        #expect(gone["step_results"]?.list.map { $0["step_name"]?.text } == ["read_source"])
        #expect(gone["steps_failed"]?.number == 1)
    }

    @Test func aValueThatFailsNamesItsStep() async throws {
        let folder = try TemporaryFolder()
        try folder.write("k,n\na,1\nsecret,x7\n", to: "in.csv")
        try folder.write(
            """
            name: p
            source: {type: file, path: in.csv}
            transforms:
              - {op: filter, predicate: k <> 'z'}
              - op: derive_column
                name: total
                expr: CAST(n AS int)
              - {op: sort, by: [total]}
            sink: {type: file, path: o.csv}
            """, to: "p.yml")
        let ended = try await Program.run(["run", "p.yml", "--json"], in: folder.path)
        #expect(ended.code == 1)
        let result = try ended.json
        let place = "step 2 (derive_column `total`, p.yml:7:11): "
        #expect(result["error"]?.text?.hasPrefix(place) == true, "\(result["error"]?.text ?? "")")
        let steps = result["step_results"]?.list ?? []
        #expect(
            steps.map { $0["step_name"]?.text } == ["read_source", "transform_0_filter", "transform_1_derive_column"])
        #expect(steps.map { $0["status"]?.text } == ["success", "success", "failed"])
        #expect(steps.last?["error"]?.text?.hasPrefix(place) == true)
        let people = try await Program.run(["run", "p.yml"], in: folder.path)
        #expect(people.errors.contains(place))
        #expect(!(ended.output + people.output + people.errors).contains("x7"))
        #expect(try folder.names() == ["in.csv", "p.yml"])
    }

    @Test func anInterruptedRunIsExitCode130AndLeavesNothing() async throws {
        let folder = try TemporaryFolder()
        let pipe = try NamedPipe(folder.path + "/endless.csv")
        try folder.write(
            "name: p\nsource: {type: file, path: endless.csv}\nsink: {type: file, path: out/o.csv}", to: "p.yml")
        let before = try folder.names()
        let ended = try await Program.interrupted(["run", "p.yml", "--json"], in: folder.path, whenReading: [pipe])
        #expect(ended.code == 130)
        #expect(try ended.json["status"]?.text == "failed")
        #expect(try ended.json["error"]?.text == "interrupted")
        #expect(try ended.json["run_id"]?.text != nil)
        #expect(try folder.names() == before)
        #expect(Program.processes(mentioning: folder.path).isEmpty)
    }
}
