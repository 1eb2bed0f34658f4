public import Fleet
public import Pipeline

/// Gives each attempt to the engine that its pipeline names; without a name, to the one that finishes it soonest and
/// safely, as far as can be told.
public struct RoutedEngine: Engine {
    private let router: EngineRouter

    /// `journal`: what past runs have shown. `estimate`: how much a plan will read; nil: by looking
    /// at its sources.
    public init(
        duckdb: DuckDBEngine, spark: SparkEngine, settings: RoutingSettings = RoutingSettings(),
        journal: RoutingJournal = RoutingJournal(),
        estimate: (@Sendable (Plan, Attempt) async -> InputEstimate)? = nil
    ) {
        let sizer = InputSizer(settings: duckdb.pool.settings)
        router = EngineRouter(
            duckdb: duckdb, spark: spark, settings: settings, journal: journal,
            estimate: estimate ?? { plan, attempt in await sizer.estimate(plan, of: attempt) })
    }

    public func execute(
        _ attempt: Attempt, progress: @escaping @Sendable (AttemptProgress) -> Void
    ) async throws -> AttemptReport {
        let routed = RoutedAttempt(router, attempt, progress: progress)
        defer { routed.giveBack() }
        do {
            var report = try await router.duckdb.execute(attempt, choosing: routed, progress: progress)
            report.decision = routed.decision
            report.engineReason = routed.decision?.reason ?? report.engineReason
            note(
                routed.decision.flatMap {
                    RoutingObservation(pipeline: attempt.pipeline.name, decision: $0, metrics: report.metrics)
                })
            return report
        } catch let failure as Failure {
            let failure = routed.explained(failure)
            note(RoutingObservation(pipeline: attempt.pipeline.name, failure: failure))
            throw failure
        }
    }

    /// The plan, and which engine would get it now. Starts nothing but a child that looks at the sources, and Spark where
    /// it alone can look at one.
    public func explain(_ attempt: Attempt) async throws -> (explanation: DuckDBEngine.Explanation, decision: Decision)
    {
        let (explanation, inputs) = try await router.duckdb.look(
            attempt, choosing: RoutedAttempt(router, attempt) { _ in })
        return (explanation, Decision(await router.question(explanation.plan, inputs, attempt)))
    }

    private func note(_ observation: RoutingObservation?) {
        if let observation { router.journal.note(observation) }
    }
}
