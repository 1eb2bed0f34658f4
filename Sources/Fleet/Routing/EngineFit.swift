/// What history says of an engine, of one question: by which factors its model errs there.
public struct EngineFit: Sendable, Hashable, Codable {
    public var timeFactor: Double
    public var memoryFactor: Double
    /// From how many runs: of this pipeline, of other pipelines of this shape, of all others.
    public var ownRuns: Int
    public var likeRuns: Int
    public var otherRuns: Int

    public init(
        timeFactor: Double = 1, memoryFactor: Double = 1, ownRuns: Int = 0, likeRuns: Int = 0, otherRuns: Int = 0
    ) {
        (self.timeFactor, self.memoryFactor) = (timeFactor, memoryFactor)
        (self.ownRuns, self.likeRuns, self.otherRuns) = (ownRuns, likeRuns, otherRuns)
    }

    var isNothing: Bool { ownRuns + likeRuns + otherRuns == 0 }
}

/// What a run of the past shows of an engine.
public struct RoutingObservation: Sendable, Hashable, Codable {
    public enum Outcome: String, Sendable, Hashable, Codable { case succeeded, outOfMemory = "out_of_memory" }

    public var pipeline: String
    public var engine: EngineKind
    public var outcome: Outcome
    public var workload: Workload
    /// The engine's own time, without waits and without its cold start; until it gave up when it ran out of memory.
    public var seconds: Double
    public var peakMemoryBytes: Int64?
    /// That it was allowed.
    public var memoryLimitBytes: Int64?
    public var threads: Int?
    public var readBytes: Int64?

    public init(
        pipeline: String, engine: EngineKind, outcome: Outcome = .succeeded, workload: Workload, seconds: Double,
        peakMemoryBytes: Int64? = nil, memoryLimitBytes: Int64? = nil, threads: Int? = nil, readBytes: Int64? = nil
    ) {
        (self.pipeline, self.engine, self.outcome) = (pipeline, engine, outcome)
        (self.workload, self.seconds, self.peakMemoryBytes) = (workload, seconds, peakMemoryBytes)
        (self.memoryLimitBytes, self.threads, self.readBytes) = (memoryLimitBytes, threads, readBytes)
    }

    /// Runs that are so small say nothing that is not known: they are not kept.
    static let leastSeconds = 1.0
    static let leastGigabytes = 0.05

    /// What an attempt shows; nil: nothing that is worth keeping.
    public init?(pipeline: String, decision: Decision, metrics: AttemptMetrics) {
        guard let workload = decision.question.workload, let seconds = metrics.engineSeconds,
            decision.engine == .spark || seconds >= Self.leastSeconds
                || workload.inputGigabytes >= Self.leastGigabytes
        else { return nil }
        self.init(
            pipeline: pipeline, engine: decision.engine, workload: workload, seconds: seconds,
            peakMemoryBytes: decision.engine == .duckdb ? metrics.peakMemoryBytes : nil,
            memoryLimitBytes: decision.engine == .duckdb ? decision.question.memoryBytes : nil,
            threads: decision.question.threads, readBytes: metrics.bytesIn)
    }

    /// What an attempt shows that failed; nil: nothing of the engine.
    public init?(pipeline: String, failure: Failure) {
        guard failure.kind == .outOfMemory, let decision = failure.decision,
            decision.engine == .duckdb, let workload = decision.question.workload
        else { return nil }
        self.init(
            pipeline: pipeline, engine: .duckdb, outcome: .outOfMemory, workload: workload, seconds: 0,
            memoryLimitBytes: decision.question.memoryBytes, threads: decision.question.threads)
    }

    /// Actual over predicted by what is measured alone; nil: none was seen.
    var timeRatio: Double? {
        guard outcome == .succeeded, seconds > 0 else { return nil }
        let model = ModelDefaults.coefficients(engine)
        // What spilling took is told apart: another run may have more memory.
        let spilling = memoryLimitBytes.map { model.spillSeconds(workload, memoryBytes: $0) } ?? 0
        return seconds / (model.seconds(workload, threads: threads) + spilling)
    }

    /// Who is given little memory uses little: that says nothing against a higher prediction.
    var memoryRatio: Double? {
        guard outcome == .succeeded, let peakMemoryBytes, peakMemoryBytes > 0 else { return nil }
        let ratio = Double(peakMemoryBytes) / ModelDefaults.coefficients(engine).peakMemoryBytes(workload)
        if let memoryLimitBytes, Double(peakMemoryBytes) > 0.7 * Double(memoryLimitBytes), ratio < 1 { return 1 }
        return ratio
    }
}
