public import Fleet
public import Pipeline

/// Executes pipelines on local DuckDB children: describe, plan, write the rows into the staging place, check them,
/// and leave files with a manifest of how they are to be moved.
public struct DuckDBEngine: Engine {
    public let pool: DuckDBPool

    public init(pool: DuckDBPool) { self.pool = pool }

    public init(settings: DuckDBSettings) { pool = DuckDBPool(settings: settings) }

    public func execute(
        _ attempt: Attempt, progress: @escaping @Sendable (AttemptProgress) -> Void
    ) async throws -> AttemptReport {
        let roots = pool.settings.allowedRoots
        var place: SinkPlace?
        if case .file(let sink)? = attempt.pipeline.sink {
            place = try await BlockingLane.run {
                try SinkPlace(sink, baseDirectory: attempt.baseDirectory, allowedRoots: roots)
            }
        } else if case .database? = attempt.pipeline.sink {
            throw Failure(.invalidPipeline, "not yet: sinks of type \"database\"")
        } else if !attempt.isDryRun {
            throw Failure(.invalidPipeline, "the pipeline has no sink; add one, or try it with --dry-run")
        }
        return try await pool.withProcess { [place] process in
            var execution = DuckDBExecution(attempt: attempt, place: place, process: process, progress: progress)
            return try await execution.run()
        }
    }

    /// The plan over the sources' real columns, and the statement that would be executed.
    public func explain(_ attempt: Attempt) async throws -> Explanation {
        try await pool.withProcess { process in
            var execution = DuckDBExecution(attempt: attempt, place: nil, process: process, progress: { _ in })
            let plan = try await execution.describe()
            return Explanation(plan: plan, sql: execution.compiler.query(plan))
        }
    }

    public struct Explanation: Sendable {
        /// Holds the schemas of the sources too.
        public var plan: Plan
        public var sql: String
    }
}
