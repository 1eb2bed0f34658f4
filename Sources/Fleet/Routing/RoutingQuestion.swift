public import Pipeline

/// Everything that a choice of engine depends on. Equal questions have equal answers, so that a decision that is stored
/// with its question can be made again.
public struct RoutingQuestion: Sendable, Hashable, Codable {
    /// By the command line, else the pipeline; nil and `auto`: nobody asked for an engine.
    public var requested: PipelineSpec.EngineChoice?
    public var prefer: RunOptions.Preference?
    /// The most that DuckDB shall read, where somebody set that.
    public var localMaxBytes: Int64?
    public var spark: SparkAvailability
    /// Why Spark cannot give the same answer; nil: it can, or nobody asked.
    public var sparkRefusal: String?
    /// Why DuckDB cannot do it at all; nil: it can.
    public var duckdbRefusal: String?
    public var correction: EngineCorrection?
    /// That DuckDB may use for this run.
    public var memoryBytes: Int64
    /// That it may spill; nil: no limit but the disk's.
    public var temporaryBytes: Int64?
    public var threads: Int
    public var estimate: InputEstimate?
    /// nil: how much will be read is not known.
    public var workload: Workload?
    public var fit: PerEngine<EngineFit>?
    /// The input with which DuckDB ran out of this much memory in this pipeline before.
    public var failedGigabytes: Double?

    public init(
        requested: PipelineSpec.EngineChoice? = nil, prefer: RunOptions.Preference? = nil, localMaxBytes: Int64? = nil,
        spark: SparkAvailability, sparkRefusal: String? = nil, duckdbRefusal: String? = nil,
        correction: EngineCorrection? = nil, memoryBytes: Int64, temporaryBytes: Int64? = nil, threads: Int,
        estimate: InputEstimate? = nil,
        workload: Workload? = nil, fit: PerEngine<EngineFit>? = nil, failedGigabytes: Double? = nil
    ) {
        (self.requested, self.prefer, self.localMaxBytes) = (requested, prefer, localMaxBytes)
        (self.spark, self.sparkRefusal, self.correction) = (spark, sparkRefusal, correction)
        self.duckdbRefusal = duckdbRefusal
        (self.memoryBytes, self.temporaryBytes, self.threads) = (memoryBytes, temporaryBytes, threads)
        (self.estimate, self.workload, self.fit) = (estimate, workload, fit)
        self.failedGigabytes = failedGigabytes
    }

    /// Whether somebody named one engine.
    public var isPinned: Bool { requested == .duckdb || requested == .spark }
}

/// Whether there is a Spark to choose.
public enum SparkAvailability: Sendable, Hashable, Codable {
    /// Up: a run begins at once.
    case warm
    /// Would have to be started.
    case cold
    /// There is none, for this reason.
    case missing(String)
    /// There should be one, and it could not be started or reached.
    case failed(String)

    var isThere: Bool {
        switch self {
        case .warm, .cold: true
        case .missing, .failed: false
        }
    }
}

/// An attempt of the run that failed for want of memory or disk space, and that another engine is to make good.
public struct EngineCorrection: Sendable, Hashable, Codable {
    public var from: EngineKind
    public var to: EngineKind
    public var kind: Failure.Kind
    /// That the attempt was given.
    public var memoryBytes: Int64?

    public init(from: EngineKind, to: EngineKind, kind: Failure.Kind, memoryBytes: Int64? = nil) {
        (self.from, self.to, self.kind, self.memoryBytes) = (from, to, kind, memoryBytes)
    }

    /// nil: another engine would not help, or may not be taken.
    public init?(of failure: Failure) {
        // A sink's full disk is full for every engine.
        guard failure.kind == .outOfMemory, let decision = failure.decision, decision.mayMoveToSpark else { return nil }
        self.init(from: .duckdb, to: .spark, kind: failure.kind, memoryBytes: decision.question.memoryBytes)
    }
}
