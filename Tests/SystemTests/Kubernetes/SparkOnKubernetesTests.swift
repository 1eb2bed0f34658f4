import Foundation
import Support
import Testing

/// Spark's own Kubernetes client against a cluster whose pods are processes of this machine.
@Suite(.serialized, .timeLimit(.minutes(10))) struct SparkOnKubernetesTests {
    private static let pipeline = """
        name: podded
        source: {type: file, path: in.csv}
        transforms:
          - {op: derive_column, name: kind, expr: "CASE WHEN amount > 3 THEN 'big' ELSE 'small' END"}
          - {op: aggregate, group_by: [kind], aggs: {n: count(*), s: sum(amount)}}
          - {op: sort, by: [kind]}
        checks:
          - {type: row_count, min: 1}
        sink: {type: file, path: "out-${ENGINE}.csv"}
        """
    private static let canary = "canary-\(UUID().uuidString.lowercased())"

    private static func folder() throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        try folder.write("id,amount\n1,5\n2,0\n3,7\n4,3\n", to: "in.csv")
        try folder.write(pipeline, to: "p.yml")
        return folder
    }

    private static func run(
        _ engine: String, in folder: TemporaryFolder, _ environment: [String: String] = [:]
    ) async throws -> Program.Ended {
        try await Program.run(
            ["run", "p.yml", "--engine", engine, "--var", "ENGINE=\(engine)", "--json"], in: folder.path,
            environment: environment)
    }

    private static func environment(_ master: String, in folder: TemporaryFolder) throws -> [String: String] {
        try FileManager.default.createDirectory(
            atPath: folder.path + "/events", withIntermediateDirectories: true)
        let properties = [
            "spark.executor.instances=1", "spark.driver.host=127.0.0.1", "spark.driver.bindAddress=127.0.0.1",
            "spark.sql.shuffle.partitions=2", "spark.eventLog.enabled=true", "spark.eventLog.compress=false",
            "spark.eventLog.dir=file://\(folder.path)/events", "spark.eventLog.rolling.enabled=false",
            // On a busy machine an answer may take long, and who asks again gets a second pod.
            "spark.kubernetes.driver.requestTimeout=60000", "spark.kubernetes.driver.connectionTimeout=60000",
        ]
        return [
            "SPARK_MASTER": master, "SPARK_REMOTE": "", "SPARK_DRIVER_MEMORY": "512m",
            "QUICKETL_SPARK_START_LIMIT": "300",
            "SPARK_EXECUTOR_MEMORY": "600m", "SPARK_EXECUTOR_CORES": "1",
            "SPARK_KUBERNETES_CONTAINER_IMAGE": "registry.example/spark:4.1.4",
            "QUICKETL_STAGING_DIRECTORY": folder.path + "/staging",
            "QUICKETL_SPARK_PROPERTIES": properties.joined(separator: ";"),
            "QUICKETL_SECRET_SHOP": canary, "DATABRICKS_TOKEN": canary, "AWS_SECRET_ACCESS_KEY": canary,
        ]
    }

    @Test func aRunOnPodsGivesTheSameAndItsPodsAreWhatTheSettingsSayAndAreDeleted() async throws {
        let folder = try Self.folder()
        let cluster = PodCluster(in: folder.path)
        let server = try LocalHTTPServer(cluster.answer)
        defer {
            server.close()
            cluster.close()
        }
        let environment = try Self.environment("k8s://http://127.0.0.1:\(server.port)", in: folder)
        let ended = try await Self.run("spark", in: folder, environment)
        #expect(ended.code == 0, "\(ended.errors)\(ended.output)")
        #expect(try ended.json["engine"]?.text == "spark")
        let local = try await Self.run("duckdb", in: folder)
        #expect(local.code == 0, "\(local.errors)\(local.output)")
        #expect(try folder.text("out-spark.csv") == folder.text("out-duckdb.csv"))

        #expect(cluster.accepted.count == 1)
        let container = try #require(cluster.accepted.first?.container)
        #expect(container["image"]?.text == "registry.example/spark:4.1.4")
        #expect(container["args"]?.list == [.text("executor")])
        // The heap, and what Java needs beside it: 384 MiB at least.
        #expect(container["resources"]?["requests"]?["memory"]?.text == "984Mi")
        #expect(container["resources"]?["requests"]?["cpu"]?.text == "1")
        #expect(cluster.printed.contains { $0.contains("Finished task") })
        #expect(cluster.pods == [])

        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path + "/events")
        let events = try names.map { try folder.text("events/" + $0) }
        #expect(events.contains { $0.contains("SparkListenerSQLExecutionStart") })
        for text in events + cluster.bodies + cluster.printed + [ended.output, ended.errors] {
            #expect(!text.contains(Self.canary))
        }
    }

    @Test func anAPIServerThatRefusesPodsIsToldWithWhatToLookAt() async throws {
        let folder = try Self.folder()
        let cluster = PodCluster(in: folder.path, refuses: true)
        let server = try LocalHTTPServer(cluster.answer)
        defer { server.close() }
        let master = "k8s://http://127.0.0.1:\(server.port)"
        let ended = try await Self.run("spark", in: folder, try Self.environment(master, in: folder))
        #expect(ended.code != 0)
        let message = try #require(try ended.json["error"]?.text)
        #expect(message.contains("the API server of \(master) refused what was asked"))
        #expect(message.contains("kubectl auth can-i create pods"))
        #expect(!(ended.output + ended.errors).contains(Self.canary))
        #expect(!folder.exists("out-spark.csv"))
    }
}
