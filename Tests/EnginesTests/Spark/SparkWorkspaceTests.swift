import Fleet
import Foundation
import Pipeline
import Support
import Testing

@testable import Engines

/// Servers of somebody else that speak over TLS and demand what a workspace of Databricks demands.
@Suite(.serialized, .timeLimit(.minutes(5))) struct SparkWorkspaceTests {
    private static let token = "dapi-canary-\(UUID().uuidString.lowercased())"
    private static let cluster = "1122-334455-abcdefgh"
    private static let demands = ["authorization": "Bearer \(token)", "x-databricks-cluster-id": cluster]

    private static func settings(
        _ environment: [String: String], authorities: String?
    ) throws -> SparkSettings {
        var settings = SparkSettings(environment: environment, executable: try DuckDBLocation.path())
        settings.authorities = authorities
        return settings
    }

    private static func databricks(
        _ port: Int, token: String = token, cluster: String = cluster
    ) -> [String: String] {
        [
            "SPARK_MASTER": "databricks", "DATABRICKS_HOST": "https://localhost:\(port)/",
            "DATABRICKS_TOKEN": token, "DATABRICKS_CLUSTER_ID": cluster,
        ]
    }

    private static func inFront(
        demands: [String: String] = demands,
        _ body: @escaping @Sendable (Workspace, _ folder: String) async throws -> Void
    ) async throws {
        let shared = try SparkForTests.tables().keeper
        _ = try await shared.session()
        let remote = try await shared.remote()
        try await withTemporaryFolder { folder in
            try TestCertificate.make(in: folder + "/keys")
            try await Workspace.run(before: remote, certificates: folder + "/keys", demands: demands) {
                try await body($0, folder)
            }
        }
    }

    private static func refusal(_ environment: [String: String], authorities: String?) async throws -> Failure {
        let keeper = SparkKeeper(settings: try settings(environment, authorities: authorities))
        let failure = await #expect(throws: Failure.self) { _ = try await keeper.session() }
        await keeper.shutDown()
        let told = try #require(failure)
        #expect(!told.message.contains(token))
        return told
    }

    /// Runs the same on the local engine, and on the Spark that the settings name.
    private static func expectSame(_ environment: [String: String], in folder: String) async throws {
        try write("k,a\nx,1\ny,2\nx,3\n", to: folder + "/in.csv")
        let local = DuckDBEngine(settings: try duckDBSettings(in: folder))
        let keeper = SparkKeeper(
            settings: try settings(environment, authorities: folder + "/keys/server.crt"))
        for (name, tables) in [("local", nil), ("spark", SparkTables(keeper: keeper))] {
            let spec = try PipelineLoader.load(
                yaml: """
                    name: same
                    source: {type: file, path: in.csv}
                    transforms:
                    - {op: aggregate, group_by: [k], aggs: {s: sum(a)}}
                    - {op: sort, by: [k]}
                    sink: {type: file, path: \(name).csv}
                    """, file: "p.yml", variables: VariableScope(given: [:])
            ).spec
            let attempt = Attempt(
                lease: lease(.random(), token: 1), pipeline: spec, baseDirectory: folder, acceptedAt: Date())
            let report =
                if let tables { try await local.execute(attempt, tables: tables) { _ in } } else {
                    try await local.execute(attempt) { _ in }
                }
            try await FilePublisher().move(try #require(report.manifest))
        }
        #expect(try String(contentsOfFile: folder + "/spark.csv", encoding: .utf8) == "k,s\nx,4\ny,2\n")
        #expect(
            try String(contentsOfFile: folder + "/spark.csv", encoding: .utf8)
                == String(contentsOfFile: folder + "/local.csv", encoding: .utf8))
        await keeper.shutDown()
        await local.pool.shutDown()
    }

    @Test func aRunOnDatabricksGivesTheSameAndItsTokenIsInNoRequest() async throws {
        try await Self.inFront { workspace, folder in
            try await Self.expectSame(Self.databricks(workspace.port), in: folder)
            #expect(workspace.passage.passed > 0)
            #expect(workspace.passage.refused == 0)
            #expect(workspace.passage.sawInRequests("sum("))
            #expect(!workspace.passage.sawInRequests(Self.token))
        }
    }

    @Test func aRunOnAnEncryptedServerOfSomebodyElseGivesTheSame() async throws {
        let demands = ["authorization": "Bearer \(Self.token)", "x-name": "a b"]
        try await Self.inFront(demands: demands) { workspace, folder in
            let remote = "sc://localhost:\(workspace.port)/;use_ssl=true;token=\(Self.token);x-name=a%20b"
            try await Self.expectSame(["SPARK_REMOTE": remote], in: folder)
            #expect(workspace.passage.passed > 0)
        }
    }

    @Test func whatTheServerRefusesIsToldWithWhereItIsSetAndNotTriedAgain() async throws {
        try await Self.inFront { workspace, folder in
            for environment in [
                Self.databricks(workspace.port, token: "wrong-\(Self.token)"),
                Self.databricks(workspace.port, cluster: "none"),
                ["SPARK_REMOTE": "sc://localhost:\(workspace.port)/;use_ssl=true"],
            ] {
                let failure = try await Self.refusal(environment, authorities: folder + "/keys/server.crt")
                #expect(failure.kind == .accessDenied)
                #expect(failure.message.contains("refused who asks (permissionDenied)"))
                #expect(failure.message.contains("DATABRICKS_TOKEN and DATABRICKS_CLUSTER_ID"))
            }
            #expect(workspace.passage.refused == 3)
            #expect(workspace.passage.passed == 0)
        }
    }

    @Test func aServerForWhomNobodyVouchesIsNotSpokenTo() async throws {
        try await Self.inFront { workspace, folder in
            // Somebody else's certificate, and those of the machine.
            try TestCertificate.make(in: folder + "/others")
            for authorities in [folder + "/others/server.crt", nil] {
                let failure = try await Self.refusal(Self.databricks(workspace.port), authorities: authorities)
                #expect(failure.kind == .unreachable)
                #expect(failure.message.contains("vouches for its certificate"))
                #expect(failure.message.contains("spark_authorities"))
            }
            // It vouches for localhost, and not for this name of the same machine.
            let remote = "sc://127.0.0.1:\(workspace.port)/;use_ssl=true;token=\(Self.token)"
            let failure = try await Self.refusal(["SPARK_REMOTE": remote], authorities: folder + "/keys/server.crt")
            #expect(failure.message.contains("vouches for its certificate"))
            #expect(workspace.passage.passed + workspace.passage.refused == 0)
        }
    }

    @Test func encryptionThatOnlyOneSideSpeaksIsTold() async throws {
        let shared = try SparkForTests.tables().keeper
        _ = try await shared.session()
        let remote = try await shared.remote()
        let encrypted = try await Self.refusal(
            ["SPARK_REMOTE": "sc://localhost:\(remote.port)/;use_ssl=true"], authorities: nil)
        #expect(encrypted.message.contains("does not answer as a Spark Connect server does, encrypted"))
        try await Self.inFront { workspace, _ in
            let plain = try await Self.refusal(["SPARK_REMOTE": "sc://localhost:\(workspace.port)"], authorities: nil)
            #expect(plain.message.contains("does not answer as a Spark Connect server does, unencrypted"))
        }
    }

    @Test func aServerThatIsNotThereIsToldAtOnceWithoutItsToken() async throws {
        let failure = try await Self.refusal(
            ["SPARK_REMOTE": "sc://localhost:1/;use_ssl=true;token=\(Self.token)"], authorities: nil)
        #expect(failure.kind == .unreachable)
        #expect(failure.message.contains("nobody listens at localhost:1"))
    }

    @Test(arguments: ["", "no certificate", "-----BEGIN CERTIFICATE-----\nbm8=\n-----END CERTIFICATE-----\n"])
    func authoritiesThatAreNoneAreNamed(content: String) async throws {
        try await Self.inFront { workspace, folder in
            try write(content, to: folder + "/ca.pem")
            let failure = try await Self.refusal(
                Self.databricks(workspace.port), authorities: folder + "/ca.pem")
            #expect(failure.message.contains(folder + "/ca.pem"))
        }
    }
}
