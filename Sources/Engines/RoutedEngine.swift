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
        switch attempt.pipeline.engine {
        case .spark: try await spark.execute(attempt, progress: progress)
        case .auto, .duckdb, nil: try await duckdb.execute(attempt, progress: progress)
        }
    }
}
