import Foundation

/// What is known of past runs, and what it says of a new one. The latest observation comes first.
public struct RoutingExperience: Sendable {
    /// More than these of a pipeline and engine, or of all, are not kept.
    public static let perPipeline = 20
    public static let overall = 2000

    private var own: [Key: [RoutingObservation]] = [:]
    private var like: [Key: [RoutingObservation]] = [:]
    private var all: [EngineKind: [RoutingObservation]] = [:]

    private struct Key: Hashable {
        /// Bytes, since names that look alike are not the same.
        var name: [UInt8]
        var engine: EngineKind

        init(_ name: String, _ engine: EngineKind) { (self.name, self.engine) = (Array(name.utf8), engine) }
    }

    /// The latest first.
    public init(_ observations: [RoutingObservation] = []) {
        for observation in observations {
            let (pipeline, shape) = Self.keys(of: observation)
            Self.append(observation, to: &own[pipeline, default: []], limit: Self.perPipeline)
            Self.append(observation, to: &like[shape, default: []], limit: Self.perPipeline * 2)
            Self.append(observation, to: &all[observation.engine, default: []], limit: Self.overall / 4)
        }
    }

    /// One more, which is the latest.
    public mutating func note(_ observation: RoutingObservation) {
        let (pipeline, shape) = Self.keys(of: observation)
        Self.insert(observation, into: &own[pipeline, default: []], limit: Self.perPipeline)
        Self.insert(observation, into: &like[shape, default: []], limit: Self.perPipeline * 2)
        Self.insert(observation, into: &all[observation.engine, default: []], limit: Self.overall / 4)
    }

    private static func keys(of observation: RoutingObservation) -> (Key, Key) {
        (Key(observation.pipeline, observation.engine), Key(observation.workload.shape, observation.engine))
    }

    private static func append(_ observation: RoutingObservation, to list: inout [RoutingObservation], limit: Int) {
        if list.count < limit { list.append(observation) }
    }

    private static func insert(_ observation: RoutingObservation, into list: inout [RoutingObservation], limit: Int) {
        list.insert(observation, at: 0)
        if list.count > limit { list.removeLast() }
    }

    // MARK: - What it says

    /// nil: nothing.
    public func fit(_ engine: EngineKind, pipeline: String, workload: Workload) -> EngineFit? {
        guard all[engine] != nil else { return nil }
        let name = Array(pipeline.utf8)
        let ownRuns = own[Key(pipeline, engine)] ?? []
        let likeRuns = (like[Key(workload.shape, engine)] ?? []).filter { Array($0.pipeline.utf8) != name }
        let others = (all[engine] ?? []).filter {
            $0.workload.shape != workload.shape && Array($0.pipeline.utf8) != name
        }
        func factor(_ ratio: KeyPath<RoutingObservation, Double?>) -> Double {
            var logarithm = 0.0
            // From the least to the most trusted: each draws the belief towards what it has seen, the more the more it
            // has seen.
            for (runs, doubt) in [(others, 10.0), (likeRuns, 4.0), (ownRuns, 1.5)] {
                let seen = runs.compactMap { run in
                    run[keyPath: ratio].map { (value: log($0), weight: Self.closeness(run.workload, workload)) }
                }
                logarithm = RobustMean(seen, around: logarithm).shrunk(doubt: doubt)
            }
            return exp(logarithm)
        }
        let fit = EngineFit(
            timeFactor: factor(\.timeRatio), memoryFactor: factor(\.memoryRatio), ownRuns: ownRuns.count,
            likeRuns: likeRuns.count, otherRuns: others.count)
        return fit.isNothing ? nil : fit
    }

    /// The smallest input, in gigabytes, with which DuckDB ran out of this memory in this pipeline and has not gone
    /// through since; nil: none.
    public func failedGigabytes(pipeline: String, memoryBytes: Int64) -> Double? {
        var passed = 0.0
        var failed: Double?
        // The latest first: what has passed since counts against older failures.
        for run in own[Key(pipeline, .duckdb)] ?? [] {
            let size = run.workload.inputGigabytes
            switch run.outcome {
            case .succeeded: passed = max(passed, size)
            case .outOfMemory:
                guard size > passed, Double(run.memoryLimitBytes ?? .max) * 1.2 >= Double(memoryBytes) else {
                    continue
                }
                failed = min(failed ?? size, size)
            }
        }
        return failed
    }

    /// A run of another size says less of this one: half at four times the size.
    private static func closeness(_ one: Workload, _ other: Workload) -> Double {
        let distance = log(max(one.inputGigabytes, 0.001) / max(other.inputGigabytes, 0.001)) / log(4.0)
        return 1 / (1 + distance * distance)
    }
}

/// A mean that a single wild value hardly moves, drawn towards what was believed before.
struct RobustMean {
    private var mean: Double
    private var weight: Double
    private let prior: Double

    init(_ values: [(value: Double, weight: Double)], around prior: Double) {
        self.prior = prior
        weight = values.reduce(0) { $0 + $1.weight }
        mean = prior
        guard weight > 0 else { return }
        // The weighted median, then the mean of what lies around it.
        let sorted = values.sorted { $0.value < $1.value }
        var sum = 0.0
        var median = sorted[0].value
        for one in sorted {
            sum += one.weight
            median = one.value
            if sum >= weight / 2 { break }
        }
        var (total, most) = (0.0, 0.0)
        for one in values {
            let kept = min(max(one.value, median - Self.reach), median + Self.reach)
            total += kept * one.weight
            most += one.weight
        }
        mean = total / most
    }

    /// In logarithms: what is further than half as much again from the median counts as if it were there.
    private static let reach = 0.4

    /// `doubt`: so many observations weigh as much as what was believed before.
    func shrunk(doubt: Double) -> Double { prior + (mean - prior) * weight / (weight + doubt) }
}
