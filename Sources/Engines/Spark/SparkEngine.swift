public import Fleet

/// Executes pipelines on Spark, with the results of DuckDB: a local DuckDB child describes the sources and hands them
/// over as Parquet, Spark computes, and the child checks and writes what came of it. What cannot give the same answer
/// is refused, with the reason.
public struct SparkEngine: Engine {
    private let local: DuckDBEngine
    private let keeper: SparkKeeper

    /// `local` stays its owner's. Nothing is started before the first run.
    public init(settings: SparkSettings, local: DuckDBEngine) {
        self.local = local
        keeper = SparkKeeper(settings: settings)
    }

    public var publisher: SinkPublisher { local.publisher }

    public func execute(
        _ attempt: Attempt, progress: @escaping @Sendable (AttemptProgress) -> Void
    ) async throws -> AttemptReport {
        try await local.execute(attempt, tables: SparkTables(keeper: keeper), progress: progress)
    }

    /// Starts the server, or connects, before there is a run that would wait for it.
    public func warmUp() async throws { try await keeper.use { try await $0.warmUp() } }

    public func shutDown() async { await keeper.shutDown() }
}
