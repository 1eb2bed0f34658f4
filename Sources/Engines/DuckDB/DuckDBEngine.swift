public import Fleet
public import Pipeline

/// Executes pipelines on local DuckDB children: describe, plan, write the rows into the staging place, check them,
/// and leave files with a manifest of how they are to be moved.
public struct DuckDBEngine: Engine {
    public let pool: DuckDBPool

    public init(pool: DuckDBPool) { self.pool = pool }

    public init(settings: DuckDBSettings) { pool = DuckDBPool(settings: settings) }

    /// Moves into place what this engine staged.
    public var publisher: SinkPublisher { SinkPublisher(pool: pool) }

    public func execute(
        _ attempt: Attempt, progress: @escaping @Sendable (AttemptProgress) -> Void
    ) async throws -> AttemptReport {
        try await execute(attempt, choosing: nil, progress: progress)
    }

    /// `tables`: computes the rows; nil: the child does.
    func execute(
        _ attempt: Attempt, tables: (any TableMaker)?, progress: @escaping @Sendable (AttemptProgress) -> Void
    ) async throws -> AttemptReport {
        try await execute(attempt, choosing: SettledChoice(tables: tables), progress: progress)
    }

    /// `chooser`: says who computes the rows; nil: the child does.
    func execute(
        _ attempt: Attempt, choosing chooser: (any PlanChooser)?,
        progress: @escaping @Sendable (AttemptProgress) -> Void
    ) async throws -> AttemptReport {
        let roots = pool.settings.allowedRoots
        var place: SinkPlace?
        if case .file(let sink)? = attempt.pipeline.sink {
            place = try await BlockingLane.run {
                try SinkPlace(sink, baseDirectory: attempt.baseDirectory, allowedRoots: roots)
            }
        } else if attempt.pipeline.sink == nil, !attempt.isDryRun {
            throw Failure(.invalidPipeline, "the pipeline has no sink; add one, or try it with --dry-run")
        }
        let databases = try await databases(of: attempt, withSink: true)
        return try await pool.withProcess(attaching: databases.all) { [place, pool] process in
            var execution = DuckDBExecution(
                attempt: attempt, place: place, databases: databases, settings: pool.settings, process: process,
                newChild: { try await pool.child(attaching: databases.all, memoryLimitBytes: $0) },
                chooser: chooser, progress: progress)
            return try await execution.run()
        }
    }

    /// The plan over the sources' real columns, and the statement that would be executed.
    public func explain(_ attempt: Attempt) async throws -> Explanation { try await look(attempt).explanation }

    /// The same, with what a first look at the sources has told of their sizes.
    func look(
        _ attempt: Attempt, choosing chooser: (any PlanChooser)? = nil
    ) async throws -> (explanation: Explanation, inputs: [DatasetUse]) {
        let databases = try await databases(of: attempt, withSink: false)
        return try await pool.withProcess(attaching: databases.all) { [pool] process in
            var execution = DuckDBExecution(
                attempt: attempt, place: nil, databases: databases, settings: pool.settings, process: process,
                newChild: { try await pool.child(attaching: databases.all, memoryLimitBytes: $0) },
                chooser: chooser, progress: { _ in })
            try await execution.findORCFiles()
            let plan = try await execution.describe()
            return (Explanation(plan: plan, sql: execution.statement(of: plan)), execution.inputs)
        }
    }

    /// Where the attempt's databases are. All are only read while it executes.
    private func databases(of attempt: Attempt, withSink: Bool) async throws -> DatabaseAttachments {
        let settings = pool.settings
        let resolver = DatabaseResolver(
            secrets: settings.secrets, baseDirectory: attempt.baseDirectory, allowedRoots: settings.allowedRoots)
        // To run on files alone, nothing has to be looked up.
        guard attempt.pipeline.usesDatabases else { return DatabaseAttachments(resolver) }
        return try await BlockingLane.run {
            var attachments = DatabaseAttachments(resolver)
            for named in attempt.pipeline.usedSources {
                guard case .database(let source) = named.source else { continue }
                let step = attempt.pipeline.stepName(ofSource: named.name)
                try attachments.add(source.connection, isReadOnly: true, step: step)
                if case .query = source.rows, attachments[source.connection]?.address.kind == .duckdb {
                    throw Failure(
                        .invalidPipeline,
                        "a query to a DuckDB file would be executed by the engine itself, which executes no query that "
                            + "somebody wrote; name a table (or a view), and use transforms", step: step)
                }
            }
            if withSink, case .database(let sink)? = attempt.pipeline.sink, try resolver.exists(sink.connection) {
                try attachments.add(sink.connection, isReadOnly: true, step: "write_sink")
            }
            return attachments
        }
    }

    public struct Explanation: Sendable {
        /// Holds the schemas of the sources too.
        public var plan: Plan
        public var sql: String
    }
}
