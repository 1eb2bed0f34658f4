public import Fleet
import Pipeline

/// Executes pipelines on Spark, with the results of DuckDB: a local DuckDB child describes the sources and hands them
/// over as Parquet, Spark computes, and the child checks and writes what came of it. What cannot give the same answer
/// is refused, with the reason.
public struct SparkEngine: Engine {
    private let local: DuckDBEngine
    let keeper: SparkKeeper

    /// `local` stays its owner's. Nothing is started before the first run.
    public init(settings: SparkSettings, local: DuckDBEngine) {
        self.local = local
        keeper = SparkKeeper(settings: settings)
    }

    public var publisher: SinkPublisher { local.publisher }

    public func execute(
        _ attempt: Attempt, progress: @escaping @Sendable (AttemptProgress) -> Void
    ) async throws -> AttemptReport {
        try await local.execute(attempt, tables: tables, progress: progress)
    }

    /// Computes plans there.
    var tables: SparkTables { SparkTables(keeper: keeper) }

    /// Whether there is a Spark, as far as is known without starting anything.
    var availability: SparkAvailability {
        get async {
            // Known from the beginning: who has no Spark asks nobody.
            if let missing = keeper.missing { return .missing(missing) }
            return await keeper.availability
        }
    }

    /// Why Spark could not give the answer that DuckDB gives; nil: it can. Reads nothing.
    func refusal(of plan: Plan, _ attempt: Attempt) -> Failure? {
        let request = TableRequest(
            plan: plan, acceptedAt: attempt.acceptedAt, id: attempt.lease.token.nonce,
            inputs: plan.sources.map { _ in .copied("") }, folder: "", result: .handedBack)
        do {
            _ = try tables.prepare(request)
            return nil
        } catch {
            return error
        }
    }

    /// Starts the server, or connects, before there is a run that would wait for it.
    public func warmUp() async throws { try await keeper.use { try await $0.warmUp() } }

    public func shutDown() async { await keeper.shutDown() }
}
