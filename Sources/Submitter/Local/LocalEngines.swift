import Engines
import Fleet
import Pipeline

/// The engines of this machine, and which one a pipeline is for.
struct LocalEngines: Sendable {
    let duckdb: DuckDBEngine
    /// Starts nothing before its first run.
    let spark: SparkEngine
    /// What the command line asked for.
    let choice: PipelineSpec.EngineChoice?

    var publisher: SinkPublisher { duckdb.publisher }

    /// The command line's, else the pipeline's own, else DuckDB.
    func engine(for pipeline: PipelineSpec) -> any Engine {
        switch choice ?? pipeline.engine ?? .duckdb {
        case .spark: spark
        case .auto, .duckdb: duckdb
        }
    }

    func shutDown() async {
        await spark.shutDown()
        await duckdb.pool.shutDown()
    }
}
