import Fleet
import Foundation
import Pipeline
import Support
import Testing

@testable import Engines

/// What is secret in the environment of a worker stays there.
@Suite struct SparkSecretTests {
    private static let canary = "canary-1f9b7c52d0"

    @Test(.timeLimit(.minutes(5)))
    func aSecretOfTheEnvironmentIsInNoLogPlanOrErrorOfARun() async throws {
        var environment = ProcessInfo.processInfo.environment
        for name in [
            "AWS_SECRET_ACCESS_KEY", "PGPASSWORD", "DATABRICKS_TOKEN", "QUICKETL_DATABASE_URL", "SPARK_CANARY",
            "JAVA_TOOL_OPTIONS_OF_OURS", "SHOP_PASSWORD",
        ] {
            environment[name] = Self.canary
        }
        var settings = SparkSettings(
            environment: environment,
            // The server tells all that it is set to.
            properties: ["spark.log.level": "INFO", "spark.logConf": "true"],
            temporaryDirectory: NSTemporaryDirectory(), executable: try DuckDBLocation.path())
        settings.driverMemory = "768m"
        settings.startLimit = .seconds(300)
        let keeper = SparkKeeper(settings: settings)
        try await withTemporaryFolder { folder in
            let local = DuckDBEngine(settings: try duckDBSettings(in: folder))
            try write("a\n1\nx\n", to: folder + "/in.csv")
            var told: [String] = []
            for (expression, isRight) in [("length(a)", true), ("CAST(a AS int)", false)] {
                let spec = try PipelineLoader.load(
                    yaml: "name: p\nsource: {type: file, path: in.csv}\n"
                        + "transforms: [{op: derive_column, name: b, expr: \(expression)}]\n"
                        + "sink: {type: file, path: out.csv}\n", file: "p.yml", variables: VariableScope(given: [:])
                ).spec
                let attempt = Attempt(
                    lease: lease(.random(), token: 1), pipeline: spec, baseDirectory: folder, acceptedAt: Date())
                do {
                    told.append("\(try await local.execute(attempt, tables: SparkTables(keeper: keeper)) { _ in })")
                    #expect(isRight)
                } catch let failure as Failure {
                    told.append("\(failure)")
                    #expect(!isRight && failure.kind == .badData)
                }
                told.append(try await local.explain(attempt).sql)
            }
            let process = try #require(await keeper.serverProcess)
            // Its folder, with its settings, and all that it knows and has said.
            #if os(Linux)
                for file in ["environ", "cmdline"] {
                    let bytes = FileManager.default.contents(atPath: "/proc/\(process)/\(file)") ?? Data()
                    #expect(!bytes.isEmpty)
                    told.append(String(decoding: bytes, as: UTF8.self))
                }
            #endif
            let log = try #require(await keeper.serverLog)
            #expect(log.contains("INFO"))
            told.append(log)
            for file in try FileSystem.files(below: folder) where !file.hasPrefix("tmp") {
                told.append(
                    String(decoding: FileManager.default.contents(atPath: "\(folder)/\(file)") ?? Data(), as: UTF8.self)
                )
            }
            #expect(!told.contains { $0.contains(Self.canary) })
            await local.pool.shutDown()
        }
        await keeper.shutDown()
    }
}
