import Fleet
import Foundation
import Pipeline
import Support

@testable import Engines

/// A folder with files that DuckDB wrote, and an engine that describes pipelines over them.
struct SizingScene {
    let folder: String
    let engine: DuckDBEngine
    let settings: DuckDBSettings

    static func run(_ body: (SizingScene) async throws -> Void) async throws {
        try await withTemporaryFolder { folder in
            let settings = try duckDBSettings(in: folder)
            let scene = SizingScene(folder: folder, engine: DuckDBEngine(settings: settings), settings: settings)
            do {
                try await body(scene)
            } catch {
                await scene.engine.pool.shutDown()
                throw error
            }
            await scene.engine.pool.shutDown()
        }
    }

    /// Statements of DuckDB; `IN/` stands for the folder. Answers with the rows of the last.
    @discardableResult
    func execute(_ statements: String...) async throws -> [[String: String?]] {
        try await engine.pool.withProcess { [folder] process in
            let answers = try await process.execute(
                statements.map { $0.replacingOccurrences(of: "IN/", with: folder + "/") })
            return try answers.last?.rows() ?? []
        }
    }

    func number(_ statement: String) async throws -> Int64 {
        DuckDBExecution.number(try await execute(statement).first?["n"]) ?? -1
    }

    func attempt(_ source: String, _ transforms: [String]) throws -> Attempt {
        let yaml = """
            name: sized
            source: \(source)
            transforms:
            \(transforms.map { "  - \($0)" }.joined(separator: "\n"))
            sink: {type: file, path: out.parquet}
            """
        let spec = try PipelineLoader.load(yaml: yaml, file: nil, variables: VariableScope()).spec
        return Attempt(lease: lease(.random(), token: 1), pipeline: spec, baseDirectory: folder, acceptedAt: Date())
    }

    /// Of a pipeline that DuckDB has described, as it will execute it.
    func estimate(
        _ source: String, _ transforms: String..., change: (inout InputSizer.Limits) -> Void = { _ in }
    ) async throws -> InputEstimate {
        let attempt = try attempt(source, transforms)
        let plan = try await engine.explain(attempt).plan
        var limits = InputSizer.Limits()
        limits.footersFromBytes = 0
        change(&limits)
        return await InputSizer(settings: settings, limits: limits).estimate(plan, of: attempt)
    }
}
