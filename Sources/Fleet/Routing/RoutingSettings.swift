public import Pipeline

/// How those who run a worker want engines to be chosen, where a pipeline does not say.
public struct RoutingSettings: Sendable, Hashable {
    /// The most that DuckDB is given to read where Spark can do it too; nil: what memory and time say.
    public var localMaxBytes: Int64?
    /// A pipeline's own preference counts before it.
    public var prefer: RunOptions.Preference?
    /// Runs on Spark at once; 0: Spark is never chosen, and used only where it is asked for.
    public var sparkSlots: Int

    public static let defaultSparkSlots = 2

    public init(
        localMaxBytes: Int64? = nil, prefer: RunOptions.Preference? = nil, sparkSlots: Int = defaultSparkSlots
    ) {
        (self.localMaxBytes, self.prefer, self.sparkSlots) = (localMaxBytes, prefer, sparkSlots)
    }
}
