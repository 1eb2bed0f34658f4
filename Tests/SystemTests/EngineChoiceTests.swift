import Foundation
import Testing

/// Which engine `quicketl run` takes. A master that is refused before anything starts shows that Spark was meant.
@Suite struct EngineChoiceTests {
    private static let environment = ["SPARK_MASTER": "yarn", "SPARK_REMOTE": ""]

    private static func folder(engine: String?, project: String? = nil) throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        try folder.write("a\n1\n", to: "in.csv")
        try folder.write(
            "name: p\n\(engine.map { "engine: \($0)\n" } ?? "")source: {type: file, path: in.csv}\n"
                + "sink: {type: file, path: out.csv}\n", to: "p.yml")
        if let project { try folder.write(project, to: "quicketl.yml") }
        return folder
    }

    struct Wish: Sendable {
        var engine: String?
        var project: String?
        var options: [String] = []
    }

    private static let wishes: [Wish] = [
        Wish(engine: "spark"), Wish(project: "defaults: {engine: spark}\n"),
        Wish(project: "environments: {big: {engine: spark}}\n", options: ["--env", "big"]),
        Wish(engine: "duckdb", options: ["--engine", "spark"]),
    ]

    @Test(arguments: wishes)
    func whereSparkIsAskedForDuckDBDoesNotStepIn(wish: Wish) async throws {
        let folder = try Self.folder(engine: wish.engine, project: wish.project)
        let ended = try await Program.run(
            ["run", "p.yml", "--json"] + wish.options, in: folder.path, environment: Self.environment)
        #expect(ended.code != 0)
        let result = try ended.json
        #expect(result["engine"]?.text == "spark")
        #expect(result["error"]?.text?.contains("HADOOP_CONF_DIR") == true, "\(ended.output)")
        #expect(try !folder.names(in: ".").contains("out.csv"))
    }

    private static let others: [Wish] = [
        Wish(engine: "spark", options: ["--engine", "duckdb"]), Wish(engine: "auto"),
        Wish(options: ["--engine", "auto"]), Wish(), Wish(engine: "spark", options: ["--engine", "auto"]),
    ]

    @Test(arguments: others)
    func whereItIsNotDuckDBRunsAndSaysWhy(wish: Wish) async throws {
        let (engine, option) = (wish.engine, wish.options.last)
        let folder = try Self.folder(engine: engine)
        let ended = try await Program.run(
            ["run", "p.yml", "--json"] + wish.options, in: folder.path,
            environment: Self.environment)
        #expect(ended.code == 0, "\(ended.errors)\(ended.output)")
        let result = try ended.json
        #expect(result["engine"]?.text == "duckdb")
        let reason = result["metadata"]?["engine_reason"]?.text
        // Nobody asked: then there is no Spark that could be chosen here, and it says what is in its way.
        let isAsked = (option ?? engine).map { $0 != "auto" } ?? false
        #expect(reason?.contains(isAsked ? "was asked for" : "HADOOP_CONF_DIR") == true, "\(reason ?? "none")")
        let decision = try #require(result["metadata"]?["decision"])
        #expect(decision["engine"]?.text == "duckdb")
        #expect(decision["estimated_files"]?.number == 1)
    }
}
