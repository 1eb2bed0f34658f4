public import Fleet
import Pipeline

/// Gives each attempt to the engine that its pipeline names; without a name, to DuckDB.
public struct RoutedEngine: Engine {
    private let duckdb: DuckDBEngine
    private let spark: SparkEngine

    public init(duckdb: DuckDBEngine, spark: SparkEngine) { (self.duckdb, self.spark) = (duckdb, spark) }

    public func execute(
        _ attempt: Attempt, progress: @escaping @Sendable (AttemptProgress) -> Void
    ) async throws -> AttemptReport {
        let choice = attempt.pipeline.engine
        var report =
            switch choice {
            case .spark: try await spark.execute(attempt, progress: progress)
            case .auto, .duckdb, nil: try await duckdb.execute(attempt, progress: progress)
            }
        report.engineReason = Self.reason(choice)
        return report
    }

    /// Why the engine that `choice` leads to, in a sentence.
    private static func reason(_ choice: PipelineSpec.EngineChoice?) -> String {
        switch choice {
        case .spark, .duckdb: "asked for"
        case .auto: "auto chooses DuckDB for every pipeline; --engine spark asks for Spark"
        case nil: "no engine is asked for, and DuckDB is the default"
        }
    }
}
