import ArgumentParser
import Engines
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

    /// Lends an engine to `body`; its processes are gone when this returns. A signal cancels the body.
    func withEngine<Result: Sendable>(
        _ body: @escaping @Sendable (DuckDBEngine) async throws -> Result
    ) async throws -> Result {
        if try EngineName.choice(engine) == .spark { throw Stop(.failed, "not yet: runs on Spark; leave --engine out") }
        let given: [SettingName: String?] = [.memory: memory, .threads: threads]
        let settings = try Settings.resolve(
            flags: given.compactMapValues(\.self), environment: ProcessInfo.processInfo.environment,
            directory: FileManager.default.currentDirectoryPath)
        let local = DuckDBEngine(
            settings: try DuckDBSettings(of: settings, slots: 1, secretsInEnvironment: .prefixedOrPlain))
        do {
            let result = try await Interrupt.ends { try await body(local) }
            await local.pool.shutDown()
            return result
        } catch {
            await local.pool.shutDown()
            throw error
        }
    }
}

/// The engine's names as people write them.
enum EngineName {
    static func choice(_ text: String?) throws -> PipelineSpec.EngineChoice? {
        guard let text else { return nil }
        switch text.lowercased() {
        case "polars", "datafusion", "pandas":
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
