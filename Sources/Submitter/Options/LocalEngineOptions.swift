import ArgumentParser
import Engines
import Fleet
import Foundation
import Pipeline
import Settings

/// The engine for work on this machine.
struct LocalEngineOptions: ParsableArguments {
    @Option(name: [.long, .customShort("e")], help: "auto, duckdb or spark; overrides the pipeline's own.")
    var engine: String?

    @Option(help: ArgumentHelp("Memory that the engine may use, such as 4GB (QUICKETL_MEMORY).", valueName: "size"))
    var memory: String?

    @Option(help: ArgumentHelp("Threads that the engine may use (QUICKETL_THREADS).", valueName: "n"))
    var threads: String?

    @Option(
        help: ArgumentHelp(
            "The most that DuckDB is given to read where Spark can do it too (QUICKETL_LOCAL_MAX_BYTES).",
            valueName: "size"))
    var localMaxBytes: String?

    @Option(help: "cost or speed: what the choice of an engine weighs more; overrides QUICKETL_PREFER.")
    var prefer: String?

    @Option(
        name: .customLong("spark-property"),
        help: ArgumentHelp(
            "A property of Spark's, such as spark.sql.shuffle.partitions=64; may be repeated.",
            valueName: "name=value"))
    var sparkProperties: [Assignment] = []

    func validate() throws {
        guard let engine, !EngineName.isKnown(engine) else { return }
        throw ValidationError("unknown engine \"\(engine)\"; write auto, duckdb or spark")
    }

    /// Lends engines with `slots` children to `body`; their processes are gone when this returns. A signal cancels the
    /// body.
    func withEngines<Result: Sendable>(
        slots: Int = 1, _ body: @escaping @Sendable (LocalEngines) async throws -> Result
    ) async throws -> Result {
        let choice = try EngineName.choice(engine)
        let given: [SettingName: String?] = [
            .memory: memory, .threads: threads, .localMaxBytes: localMaxBytes, .prefer: prefer,
        ]
        let settings = try Settings.resolve(
            flags: given.compactMapValues(\.self),
            sparkProperties: Dictionary(
                sparkProperties.map { ($0.name, $0.value) }, uniquingKeysWith: { _, last in last }),
            environment: ProcessInfo.processInfo.environment,
            directory: FileManager.default.currentDirectoryPath)
        let duckdb = DuckDBEngine(
            settings: try DuckDBSettings(of: settings, slots: slots, secretsInEnvironment: .prefixedOrPlain))
        let spark = SparkEngine(
            settings: try SparkSettings(
                of: settings, temporaryDirectory: duckdb.pool.settings.temporaryDirectory), local: duckdb)
        let engines = LocalEngines(
            duckdb: duckdb, spark: spark, choice: choice, routing: try RoutingSettings(of: settings))
        do {
            let result = try await Interrupt.ends { try await body(engines) }
            await engines.shutDown()
            return result
        } catch {
            await engines.shutDown()
            throw error
        }
    }

    /// Lends the engine that describes and plans, whichever executes.
    func withEngine<Result: Sendable>(
        _ body: @escaping @Sendable (DuckDBEngine) async throws -> Result
    ) async throws -> Result {
        try await withEngines { try await body($0.duckdb) }
    }
}

/// The engine's names as people write them.
enum EngineName {
    private static let foreign = ["polars", "datafusion", "pandas"]

    static func isKnown(_ text: String) -> Bool {
        foreign.contains(text.lowercased()) || PipelineSpec.EngineChoice(rawValue: text.lowercased()) != nil
    }

    static func choice(_ text: String?) throws -> PipelineSpec.EngineChoice? {
        guard let text else { return nil }
        switch text.lowercased() {
        case let name where foreign.contains(name):
            Console.note("warning: engine \(text) is run on duckdb")
            return .duckdb
        case let name:
            guard let choice = PipelineSpec.EngineChoice(rawValue: name) else {
                throw Stop(.wrongUse, "unknown engine \"\(text)\"; write auto, duckdb or spark")
            }
            return choice
        }
    }
}
