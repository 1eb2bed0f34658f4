public import Fleet

/// What the router would have made of the benchmark's runs: before it has seen any, and after.
public struct Trial: Sendable {
    public let runs: [TrialRun]

    /// Those for which there was something to choose.
    public init(_ runs: [TrialRun]) { self.runs = runs.filter { $0.bestSeconds != nil } }

    /// Seconds beyond those of the better engine each time, as a part of them.
    public struct Regret: Sendable {
        public var chosen = 0.0
        public var best = 0.0
        public var onSpark = 0
        /// Where the other engine would have been better by most.
        public var worst: [(name: String, engine: EngineKind, seconds: Double, best: Double)] = []

        public var share: Double { best > 0 ? chosen / best - 1 : 0 }

        mutating func note(_ run: TrialRun, _ engine: EngineKind) {
            guard let seconds = run.seconds(engine), let best = run.bestSeconds else { return }
            chosen += seconds
            self.best += best
            if engine == .spark { onSpark += 1 }
            worst.append((run.name, engine, seconds, best))
            worst.sort { $0.seconds - $0.best > $1.seconds - $1.best }
            if worst.count > 5 { worst.removeLast() }
        }
    }

    public func regret(_ choice: (TrialRun) -> EngineKind) -> Regret {
        var regret = Regret()
        for run in runs { regret.note(run, choice(run)) }
        return regret
    }

    /// Decisions by what was measured once, and by nothing else.
    public func cold() -> Regret { regret { Decision(Self.question($0, nil)).engine } }

    /// Every pipeline is run `rounds` times where the router sends it, and it learns from what it sees there alone; the
    /// regret of each round.
    public func learning(rounds: Int) -> [Regret] {
        var experience = RoutingExperience()
        return (0..<rounds).map { _ in
            regret { run in
                let decision = Decision(Self.question(run, experience))
                for seen in Self.seen(run, decision) { experience.note(seen) }
                return decision.engine
            }
        }
    }

    /// Each decided by what was seen, on both engines, of all pipelines but those of its kind.
    public func fromOthers() -> Regret {
        regret { run in
            var experience = RoutingExperience()
            for other in runs where other.workload != run.workload {
                for engine in EngineKind.allCases {
                    var decision = other.decision
                    decision.engine = engine
                    for seen in Self.seen(other, decision) { experience.note(seen) }
                }
            }
            return Decision(Self.question(run, experience)).engine
        }
    }

    /// The question of then, with Spark up, and with what is known of earlier runs.
    private static func question(_ run: TrialRun, _ experience: RoutingExperience?) -> RoutingQuestion {
        var question = run.decision.question
        (question.spark, question.fit, question.failedGigabytes) = (.warm, nil, nil)
        guard let experience, let workload = question.workload else { return question }
        let fit = PerEngine(
            duckdb: experience.fit(.duckdb, pipeline: run.name, workload: workload),
            spark: experience.fit(.spark, pipeline: run.name, workload: workload))
        if fit.duckdb != nil || fit.spark != nil { question.fit = fit }
        question.failedGigabytes = experience.failedGigabytes(
            pipeline: run.name, memoryBytes: question.memoryBytes)
        return question
    }

    /// What a worker keeps of such a run, and of the one on Spark that follows where DuckDB ran out of memory.
    private static func seen(_ run: TrialRun, _ decision: Decision) -> [RoutingObservation] {
        let outcome = run.outcome(decision.engine)
        guard outcome.error != nil else {
            return [
                RoutingObservation(pipeline: run.name, decision: decision, metrics: outcome.metrics.asOfAttempt)
            ].compactMap(\.self)
        }
        guard outcome.isOutOfMemory, decision.engine == .duckdb else { return [] }
        var failure = Failure(.outOfMemory, "")
        failure.decision = decision
        var moved = decision
        moved.engine = .spark
        let after =
            run.spark.error == nil
            ? RoutingObservation(pipeline: run.name, decision: moved, metrics: run.spark.metrics.asOfAttempt) : nil
        return [RoutingObservation(pipeline: run.name, failure: failure), after].compactMap(\.self)
    }
}
