import Foundation
import Testing

/// Fleets and runs with a Spark: one that a worker keeps, one that somebody else keeps, and a cluster.
@Suite(.serialized, .timeLimit(.minutes(10))) struct SparkFleetTests {
    private static let pipeline = """
        name: sparkling
        source: {type: file, path: in.csv}
        transforms:
          - {op: aggregate, group_by: [], aggs: {n: count(*), s: sum(amount)}}
        checks:
          - {type: row_count, min: 1}
        sink: {type: file, path: out.csv}
        """

    private static func folder() throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        try folder.write("id,amount\n1,5\n2,0\n3,7\n", to: "in.csv")
        try folder.write(pipeline, to: "p.yml")
        return folder
    }

    @Test func aRunSubmittedForSparkIsComputedThereAndItsServerEndsWithTheFleet() async throws {
        let folder = try Self.folder()
        try await TemporaryFleet.run(in: folder) { fleet in
            let ended = try await fleet.quicketl("submit", "p.yml", "--engine", "spark", "--wait", "--json")
            #expect(ended.code == 0, "\(ended.errors)\(ended.output)")
            let run = try #require(try ended.json["run_id"]?.text)
            let shown = try await fleet.show(run)
            #expect(shown["state"]?.text == "succeeded")
            #expect(shown["attempts"]?.list.first?["engine"]?.text == "spark")
            #expect(try await Program.duckdb("SELECT n, s FROM 'out.csv'", in: fleet.folder.path) == "3,12\n")
        }
    }

    @Test func aKilledWorkersOperationOnAServerOfSomebodyElseIsAttachedToAndNotBegunAgain() async throws {
        let folder = try TemporaryFolder()
        try folder.write(SlowPipeline.rows(12_000), to: "many.csv")
        try folder.write(SlowPipeline.yaml(name: "square"), to: "p.yml")
        let (server, uri) = try await SparkProcess.connectServer(in: folder.path)
        let environment = ["SPARK_REMOTE": uri, "QUICKETL_STAGING_DIRECTORY": folder.path + "/staging"]
        try await TemporaryFleet.run(in: folder, environment: environment) { fleet in
            let run = try await fleet.quicketl("submit", "p.yml", "--engine", "spark", "--json").submittedRun
            let running = try await fleet.until(run) { shown in
                // Spark has begun.
                guard shown["phase"]?.text == "execute" else { return false }
                return (try? SparkProcess.writes(in: folder.path)) ?? 0 > 0
            }
            let workers = try await fleet.quicketl("fleet", "--json").json["workers"]?.list ?? []
            let victim = try #require(
                workers.first { $0["worker_id"] == running["worker_id"] }?["process_id"]?.number)
            #expect(kill(pid_t(victim), SIGKILL) == 0)
            let ended = try await fleet.until(run, within: .seconds(300)) {
                ["succeeded", "failed", "dead"].contains($0["state"]?.text)
            }
            #expect(ended["state"]?.text == "succeeded", "\(ended)")
            #expect(ended["attempts"]?.list.compactMap { $0["state"]?.text } == ["lost", "succeeded"])
            let rows = try await Program.duckdb("SELECT n FROM 'out/square.parquet'", in: fleet.folder.path)
            #expect(rows == "144000000\n")
        }
        #expect(try SparkProcess.writes(in: folder.path) == 1)
        server.end()
    }

    @Test func aRunOnAClusterIsComputedByItsExecutorsAndGivesTheSame() async throws {
        let folder = try Self.folder()
        try folder.write(
            Self.pipeline.replacing("out.csv}", with: "parts/, format: parquet, mode: overwrite}"), to: "parts.yml")
        let (master, url) = try await SparkProcess.master(in: folder.path)
        let worker = try await SparkProcess.worker(of: url, in: folder.path)
        let environment = [
            "SPARK_MASTER": url, "SPARK_REMOTE": "", "SPARK_DRIVER_MEMORY": "512m", "SPARK_EXECUTOR_MEMORY": "512m",
            "QUICKETL_STAGING_DIRECTORY": folder.path + "/staging",
            "QUICKETL_SPARK_PROPERTIES": "spark.sql.shuffle.partitions=2",
        ]
        let ended = try await Program.run(
            ["run", "parts.yml", "--engine", "spark", "--json"], in: folder.path, environment: environment)
        #expect(ended.code == 0, "\(ended.errors)\(ended.output)")
        #expect(try ended.json["engine"]?.text == "spark")
        // The master has given work to the worker.
        _ = try await master.said("Registered app quicketl")
        _ = try await worker.said("Asked to launch executor")
        #expect(try await Program.duckdb("SELECT n, s FROM 'parts/*.parquet'", in: folder.path) == "3,12\n")
        worker.end()
        master.end()
    }

    @Test func aMasterWhereNobodyListensIsToldAtOnce() async throws {
        let folder = try Self.folder()
        for master in ["spark://127.0.0.1:1", "k8s://https://127.0.0.1:1"] {
            let ended = try await Program.run(
                ["run", "p.yml", "--engine", "spark", "--json"], in: folder.path,
                environment: ["SPARK_MASTER": master, "SPARK_REMOTE": "", "SPARK_KUBERNETES_CONTAINER_IMAGE": "spark"])
            #expect(ended.code != 0)
            #expect(try ended.json["error"]?.text?.contains("nobody listens at the master \(master)") == true)
            #expect(!folder.exists("out.csv"))
        }
    }
}
