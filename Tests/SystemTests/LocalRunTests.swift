import Foundation
import Testing

/// `quicketl run` and `validate` as a user meets them: no services.
@Suite struct LocalRunTests {
    private func folder(pipeline: String) throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        try folder.write("id,city,amount\n1,Oslo,10\n2,Bergen,20\n3,Oslo,\n", to: "in.csv")
        try folder.write(pipeline, to: "p.yml")
        return folder
    }

    @Test func aPipelineRunsAndTellsInJSONWhatItDid() async throws {
        let folder = try folder(
            pipeline: """
                name: cities
                source: {type: file, path: in.csv}
                transforms:
                  - op: filter
                    predicate: amount IS NOT NULL
                  - op: aggregate
                    group_by: [city]
                    aggs: {total: sum(amount)}
                checks:
                  - {type: not_null, columns: [city]}
                sink: {type: file, path: out/cities.parquet}
                """)
        let ended = try await Program.run(["run", "p.yml", "--json"], in: folder.path)
        #expect(ended.code == 0, "\(ended.errors)\(ended.output)")
        let result = try ended.json
        #expect(result["status"]?.text == "success")
        #expect(result["rows_written"]?.number == 2)
        #expect(result["check_results"]?["all_passed"] == .bool(true))
        let rows = try await Program.duckdb("FROM 'out/cities.parquet' ORDER BY city", in: folder.path)
        #expect(rows == "Bergen,20\nOslo,10\n")
        #expect(try folder.names(in: "out") == ["cities.parquet"])
    }

    #if os(Linux)
        @Test func onlyWhatSpeaksToServicesLoadsTheirLibraries() async throws {
            let folder = try folder(
                pipeline: """
                    name: cities
                    source: {type: file, path: in.csv}
                    sink: {type: file, path: out.csv}
                    """)
            // The loader tells on stderr what it loads.
            let loader = ["LD_DEBUG": "files"]
            let local = try await Program.run(["run", "p.yml"], in: folder.path, environment: loader)
            #expect(local.code == 0)
            #expect(local.errors.contains("libc.so"))
            #expect(!local.errors.contains("libpq.so") && !local.errors.contains("librdkafka.so"))
            let remote = try await Program.run(
                ["runs", "list", "--store", "host=\(folder.path)"], in: folder.path, environment: loader)
            #expect(remote.code == 3)
            #expect(remote.errors.contains("libpq.so"))
        }

        @Test func aMissingLibraryIsMissedByThoseCommandsAloneThatNeedIt() async throws {
            let folder = try folder(
                pipeline: "name: cities\nsource: {type: file, path: in.csv}\nsink: {type: file, path: out.csv}\n")
            try folder.write("", to: "libpq.so.5")
            let broken = ["LD_LIBRARY_PATH": folder.path]
            let local = try await Program.run(["validate", "p.yml"], in: folder.path, environment: broken)
            #expect(local.code == 0, "\(local.errors)")
            let remote = try await Program.run(
                ["runs", "list", "--store", "host=\(folder.path)"], in: folder.path, environment: broken)
            #expect(remote.code == 127)
            #expect(remote.errors.contains("libpq.so.5") && remote.errors.contains("install libpq5"))
        }
    #endif

    @Test func aFailedCheckPublishesNothingAndLeavesNothing() async throws {
        let folder = try folder(
            pipeline: """
                name: cities
                source: {type: file, path: in.csv}
                checks:
                  - {type: not_null, columns: [amount]}
                sink: {type: file, path: out/cities.csv}
                """)
        let ended = try await Program.run(["run", "p.yml", "--json"], in: folder.path)
        #expect(ended.code == 1)
        #expect(try ended.json["status"]?.text == "failed")
        #expect(try ended.json["error"]?.text?.contains("amount") == true)
        #expect(!folder.exists("out/cities.csv"))
        let left = folder.exists("out") ? try folder.names(in: "out") : []
        #expect(left == [])

        let published = try await Program.run(["run", "p.yml", "--no-fail-on-checks", "--json"], in: folder.path)
        #expect(published.code == 0, "\(published.errors)")
        #expect(try published.json["check_results"]?["all_passed"] == .bool(false))
        #expect(folder.exists("out/cities.csv"))
    }

    @Test func fiveMistakesAreFiveProblemsWithPositions() async throws {
        let folder = try folder(
            pipeline: """
                name: cities
                source: {type: file, path: in.csv, formt: csv}
                transforms:
                  - op: filtre
                    predicate: amount > 1
                  - op: derive_column
                    name: x
                    expr: amount +
                  - op: limit
                    n: -1
                sink: {type: file, path: "${NOWHERE}/x.csv"}
                """)
        let ended = try await Program.run(["validate", "p.yml", "--json"], in: folder.path)
        #expect(ended.code == 1)
        let errors = try ended.json["errors"]?.list ?? []
        #expect(errors.map { $0["line"]?.number } == [2, 4, 8, 10, 11], "\(ended.output)")
        #expect(errors.allSatisfy { ($0["column"]?.number ?? 0) > 0 && !($0["path"]?.text ?? "").isEmpty })
        #expect(errors[1]["message"]?.text?.contains("did you mean \"filter\"") == true)
        #expect(errors[4]["message"]?.text?.contains("NOWHERE") == true)
    }

    @Test func aVariableNeverBecomesSQL() async throws {
        let folder = try folder(
            pipeline: """
                name: cities
                source: {type: file, path: in.csv}
                transforms:
                  - {op: filter, predicate: "city = '${CITY}' or city = ${CITY}"}
                sink: {type: file, path: out.csv}
                """)
        let ended = try await Program.run(
            ["run", "p.yml", "--var", "CITY=x' OR 1=1 --", "--json"], in: folder.path)
        #expect(ended.code == 0, "\(ended.errors)\(ended.output)")
        #expect(try ended.json["rows_written"]?.number == 0)
        let honest = try await Program.run(["run", "p.yml", "--var", "CITY=Oslo", "--json"], in: folder.path)
        #expect(try honest.json["rows_written"]?.number == 2)
    }

    @Test func itWorksThroughALinkAndWithABareEnvironment() async throws {
        let folder = try folder(
            pipeline: "name: c\nsource: {type: file, path: in.csv}\nsink: {type: file, path: out.parquet}\n")
        let link = folder.path + "/linked"
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: Program.quicketl)
        let ended = try await Program.runBare(link, ["run", "p.yml"], in: folder.path)
        #expect(ended.code == 0, "\(ended.errors)")
        #expect(folder.exists("out.parquet"))
    }

    @Test(
        arguments: [
            (["run"], 2), (["run", "missing.yml"], 1), (["runs", "list", "--state", "nonsense"], 2),
            (["--help"], 0), (["submit", "p.yml", "--priority", "urgent"], 2),
        ] as [([String], Int32)])
    func exitCodesSayWhatWentWrong(arguments: [String], code: Int32) async throws {
        let folder = try folder(
            pipeline: "name: c\nsource: {type: file, path: in.csv}\nsink: {type: file, path: o.csv}\n")
        let ended = try await Program.run(arguments, in: folder.path)
        #expect(ended.code == code, "\(ended.errors)")
    }

    @Test func aServiceThatIsNotThereIsExitCode3() async throws {
        let folder = try folder(
            pipeline: "name: c\nsource: {type: file, path: in.csv}\nsink: {type: file, path: o.csv}\n")
        let ended = try await Program.run(
            ["runs", "list", "--store", "host=127.0.0.1 port=1 dbname=x password=hunter2 connect_timeout=2"],
            in: folder.path)
        #expect(ended.code == 3, "\(ended.errors)")
        #expect(!ended.errors.contains("hunter2"))
    }
}
