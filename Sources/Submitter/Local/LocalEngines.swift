import Engines
import Fleet
import Pipeline

/// The engines of this machine: the command line's choice counts, else the pipeline's own, else what suits the run.
struct LocalEngines: Sendable {
    let duckdb: DuckDBEngine
    /// Starts nothing before its first run.
    let spark: SparkEngine
    /// What the command line asked for.
    let choice: PipelineSpec.EngineChoice?
    private let routed: RoutedEngine

    init(
        duckdb: DuckDBEngine, spark: SparkEngine, choice: PipelineSpec.EngineChoice?, routing: RoutingSettings
    ) {
        (self.duckdb, self.spark, self.choice) = (duckdb, spark, choice)
        routed = RoutedEngine(duckdb: duckdb, spark: spark, settings: routing)
    }

    var publisher: SinkPublisher { duckdb.publisher }

    /// What fails on DuckDB for want of memory is made again on Spark, once.
    func execute(
        _ attempt: Attempt, progress: @escaping @Sendable (AttemptProgress) -> Void
    ) async throws -> AttemptReport {
        do {
            return try await routed.execute(attempt, progress: progress)
        } catch let failure as Failure {
            guard let correction = EngineCorrection(of: failure) else { throw failure }
            // It begins anew, and Spark may have to be started: whoever watches would wonder.
            Console.note("DuckDB: \(failure.message); the run is made again on Spark")
            var again = attempt
            again.correction = correction
            again.lease.attempt += 1
            return try await routed.execute(again, progress: progress)
        }
    }

    /// The plan, and which engine would get it.
    func explain(_ attempt: Attempt) async throws -> (explanation: DuckDBEngine.Explanation, decision: Decision) {
        var attempt = attempt
        if let choice { attempt.pipeline.engine = choice }
        return try await routed.explain(attempt)
    }

    func shutDown() async {
        await spark.shutDown()
        await duckdb.pool.shutDown()
    }
}
