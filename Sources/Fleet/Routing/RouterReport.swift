public import Foundation

/// How well engines were chosen: how far predictions were off, and what the choices cost.
public struct RouterReport: Sendable, Hashable, Codable {
    /// An attempt of the past, as the report reads it.
    public struct Entry: Sendable, Hashable, Codable {
        public var run: String
        public var at: Date
        public var decision: Decision
        public var observation: RoutingObservation

        public init(run: String, at: Date, decision: Decision, observation: RoutingObservation) {
            (self.run, self.at, self.decision, self.observation) = (run, at, decision, observation)
        }
    }

    /// How far off, as a factor of at least 1: 2 is half or double.
    public struct Errors: Sendable, Hashable, Codable {
        public var runs: Int
        public var p50: Double
        public var p90: Double

        init?(_ ratios: [Double]) {
            guard !ratios.isEmpty else { return nil }
            let sorted = ratios.map { max($0, 1 / $0) }.sorted()
            func at(_ share: Double) -> Double { sorted[min(sorted.count - 1, Int(Double(sorted.count) * share))] }
            (runs, p50, p90) = (sorted.count, at(0.5), at(0.9))
        }
    }

    public struct Engine: Sendable, Hashable, Codable {
        public var engine: EngineKind
        public var runs: Int
        /// Attempts that ran out of memory.
        public var outOfMemory: Int
        public var secondsError: Errors?
        public var memoryError: Errors?

        enum CodingKeys: String, CodingKey {
            case engine, runs
            case outOfMemory = "out_of_memory"
            case secondsError = "seconds_error"
            case memoryError = "memory_error"
        }
    }

    /// Of runs whose pipeline was seen on both engines with inputs of like size.
    public struct Regret: Sendable, Hashable, Codable {
        public var runs: Int
        /// Seconds of what was chosen, and of the better engine.
        public var seconds: Double
        public var bestSeconds: Double

        /// Which part more than the best.
        public var share: Double { bestSeconds > 0 ? seconds / bestSeconds - 1 : 0 }

        enum CodingKeys: String, CodingKey {
            case runs, seconds, share
            case bestSeconds = "best_seconds"
        }

        init(runs: Int, seconds: Double, bestSeconds: Double) {
            (self.runs, self.seconds, self.bestSeconds) = (runs, seconds, bestSeconds)
        }

        public init(from decoder: any Decoder) throws {
            let values = try decoder.container(keyedBy: CodingKeys.self)
            runs = try values.decode(Int.self, forKey: .runs)
            seconds = try values.decode(Double.self, forKey: .seconds)
            bestSeconds = try values.decode(Double.self, forKey: .bestSeconds)
        }

        public func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(runs, forKey: .runs)
            try container.encode(seconds, forKey: .seconds)
            try container.encode(bestSeconds, forKey: .bestSeconds)
            try container.encode(share, forKey: .share)
        }
    }

    public struct Worst: Sendable, Hashable, Codable {
        public var run: String
        public var at: Date
        public var pipeline: String
        public var engine: EngineKind
        public var seconds: Double
        /// On the other engine.
        public var otherSeconds: Double
        public var reason: String

        enum CodingKeys: String, CodingKey {
            case run, at, pipeline, engine, seconds, reason
            case otherSeconds = "other_seconds"
        }
    }

    public var since: Date
    public var decisions: Int
    public var engines: [Engine]
    /// Estimated against really read bytes.
    public var bytesError: Errors?
    public var regret: Regret
    /// Where the other engine would have saved most.
    public var worst: [Worst]

    enum CodingKeys: String, CodingKey {
        case since, decisions, engines, regret, worst
        case bytesError = "bytes_error"
    }

    static let worstCount = 5

    public init(_ entries: [Entry], since: Date) {
        self.since = since
        decisions = entries.count
        engines = EngineKind.allCases.map { engine in
            let all = entries.filter { $0.observation.engine == engine }
            let done = all.filter { $0.observation.outcome == .succeeded }
            return Engine(
                engine: engine, runs: all.count, outOfMemory: all.count - done.count,
                secondsError: Errors(
                    done.compactMap { Self.ratio($0.observation.seconds, Self.predicted($0, engine)) }),
                memoryError: Errors(
                    done.compactMap { entry in
                        Self.ratio(
                            entry.observation.peakMemoryBytes.map(Double.init),
                            entry.decision.predictedPeakMemoryBytes[engine].map(Double.init))
                    }))
        }
        bytesError = Errors(
            entries.compactMap {
                Self.ratio($0.observation.readBytes.map(Double.init), $0.decision.estimatedBytes.map(Double.init))
            })
        (regret, worst) = Self.regret(entries.filter { $0.observation.outcome == .succeeded })
    }

    /// An observation is of an engine that is up.
    private static func predicted(_ entry: Entry, _ engine: EngineKind) -> Double? {
        entry.decision.predictedSeconds[engine].map {
            engine == .spark && entry.decision.question.spark == .cold
                ? $0 - ModelDefaults.coefficients(.spark).coldStartSeconds : $0
        }
    }

    private static func ratio(_ actual: Double?, _ predicted: Double?) -> Double? {
        guard let actual, let predicted, actual > 0, predicted > 0 else { return nil }
        return actual / predicted
    }

    private static func regret(_ entries: [Entry]) -> (Regret, [Worst]) {
        var (seconds, best, runs) = (0.0, 0.0, 0)
        var worst: [Worst] = []
        let groups = Dictionary(grouping: entries) {
            Array("\($0.observation.workload.shape) \($0.observation.pipeline)".utf8)
        }
        for group in groups.values {
            for entry in group {
                let observation = entry.observation
                let size = observation.workload.inputGigabytes
                // The run on the other engine that is nearest in size, within twice.
                let others = group.filter { other in
                    guard other.observation.engine != observation.engine else { return false }
                    let otherSize = other.observation.workload.inputGigabytes
                    return otherSize <= size * 2 && size <= otherSize * 2
                }
                guard
                    let other = others.min(by: { one, two in
                        abs(one.observation.workload.inputGigabytes - size)
                            < abs(two.observation.workload.inputGigabytes - size)
                    })?.observation.seconds
                else { continue }
                runs += 1
                seconds += observation.seconds
                best += min(observation.seconds, other)
                guard other < observation.seconds else { continue }
                worst.append(
                    Worst(
                        run: entry.run, at: entry.at, pipeline: observation.pipeline, engine: observation.engine,
                        seconds: observation.seconds, otherSeconds: other, reason: entry.decision.reason))
            }
        }
        worst.sort { ($0.seconds - $0.otherSeconds, $0.run) > ($1.seconds - $1.otherSeconds, $1.run) }
        return (
            Regret(runs: runs, seconds: seconds, bestSeconds: best), Array(worst.prefix(worstCount))
        )
    }
}
