import Engines
import Fleet
import Pipeline

/// The engines of this machine: the command line's choice counts, else the pipeline's own, else DuckDB.
struct LocalEngines: Sendable {
    let duckdb: DuckDBEngine
    /// Starts nothing before its first run.
    let spark: SparkEngine
    /// What the command line asked for.
    let choice: PipelineSpec.EngineChoice?

    var publisher: SinkPublisher { duckdb.publisher }

    func execute(
        _ attempt: Attempt, progress: @escaping @Sendable (AttemptProgress) -> Void
    ) async throws -> AttemptReport {
        try await RoutedEngine(duckdb: duckdb, spark: spark).execute(attempt, progress: progress)
    }

    func shutDown() async {
        await spark.shutDown()
        await duckdb.pool.shutDown()
    }
}
