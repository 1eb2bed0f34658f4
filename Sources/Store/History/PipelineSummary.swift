public import Foundation

/// What became of the runs of a pipeline, by its name. The JSON keys are those of the view `pipeline_summary`.
public struct PipelineSummary: Sendable, Hashable, Codable {
    public var pipeline: String
    public var runs: Int64
    public var succeeded: Int64
    public var failed: Int64
    /// Not ended.
    public var open: Int64
    /// Of those that ended by themselves; nil when none has.
    public var successRate: Double?
    public var p50DurationMilliseconds: Double?
    public var p95DurationMilliseconds: Double?
    public var duckdbShare: Double?
    public var sparkShare: Double?
    public var lastSuccessAt: Date?
    public var lastSubmittedAt: Date?
    public var freshnessSeconds: Int64?

    enum CodingKeys: String, CodingKey {
        case pipeline, runs, succeeded, failed, open
        case successRate = "success_rate"
        case p50DurationMilliseconds = "p50_duration_ms"
        case p95DurationMilliseconds = "p95_duration_ms"
        case duckdbShare = "duckdb_share"
        case sparkShare = "spark_share"
        case lastSuccessAt = "last_success_at"
        case lastSubmittedAt = "last_submitted_at"
        case freshnessSeconds = "freshness_seconds"
    }
}
