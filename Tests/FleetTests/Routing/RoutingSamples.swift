import Foundation
import Pipeline

@testable import Fleet

/// A question about a sort of so much CSV, uncompressed.
func question(
    gigabytes: Double? = 1, requested: PipelineSpec.EngineChoice? = .auto, prefer: RunOptions.Preference? = nil,
    spark: SparkAvailability = .warm, memory: Int64 = 4_000_000_000
) -> RoutingQuestion {
    RoutingQuestion(
        requested: requested, prefer: prefer, spark: spark, memoryBytes: memory, threads: 2,
        estimate: estimate(gigabytes), workload: gigabytes.map { work($0) })
}

func estimate(_ gigabytes: Double?) -> InputEstimate {
    let bytes = gigabytes.map { Int64($0 * 1e9) }
    return InputEstimate(sources: [
        SourceEstimate(
            source: "in.csv", storedBytes: bytes, readBytes: bytes, expandedBytes: bytes, files: bytes == nil ? nil : 3,
            basis: bytes == nil ? .unknown : .listed, note: bytes == nil ? "it is a stream" : nil)
    ])
}

func work(_ gigabytes: Double, shape: String = "sort") -> Workload {
    Workload(
        shape: shape, gigabytes: ["csv": gigabytes, "sort": gigabytes, "write": gigabytes],
        heldGigabytes: gigabytes * 2,
        inputGigabytes: gigabytes)
}

func observation(
    _ engine: EngineKind, gigabytes: Double = 1, factor: Double = 1, pipeline: String = "p", shape: String = "sort",
    outcome: RoutingObservation.Outcome = .succeeded, memory: Int64 = 4_000_000_000
) -> RoutingObservation {
    let workload = work(gigabytes, shape: shape)
    let model = ModelDefaults.coefficients(engine)
    return RoutingObservation(
        pipeline: pipeline, engine: engine, outcome: outcome, workload: workload,
        seconds: model.seconds(workload, threads: 2) * factor,
        peakMemoryBytes: engine == .duckdb ? Int64(model.peakMemoryBytes(workload)) : nil, memoryLimitBytes: memory,
        threads: 2)
}
