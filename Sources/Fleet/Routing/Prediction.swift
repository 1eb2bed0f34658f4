/// What each engine would take for a run.
struct Prediction: Sendable, Hashable {
    /// Why DuckDB should not begin at all.
    enum Shortage: Sendable, Hashable {
        /// So much more memory than there is that spilling is no help.
        case memory
        /// With less than so many bytes it fails whatever it spills.
        case least(Int64)
        /// What would have to be spilled, in bytes, has no room.
        case disk(Int64)
        /// It ran out of memory before with an input of no more than this, in gigabytes.
        case before(Double)
    }

    var seconds = PerEngine<Double>()
    var peakMemoryBytes = PerEngine<Int64>()
    /// Of DuckDB.
    var spilledBytes: Int64 = 0
    var shortage: Shortage?

    /// DuckDB spills whatever it can. Over TPC-H in scales 0.3 and 1, with 32 MB to 256 MB, it went through where blocking steps
    /// hold up to nine times what it may have, and failed where they hold sixteen times as much.
    static let mostTimesHeld = 12.0

    init(_ question: RoutingQuestion) {
        guard let workload = question.workload else { return }
        for engine in EngineKind.allCases {
            let model = ModelDefaults.coefficients(engine)
            let fit = question.fit?[engine] ?? EngineFit()
            let peak = model.peakMemoryBytes(workload) * fit.memoryFactor
            var seconds = model.seconds(workload, threads: question.threads)
            switch engine {
            case .duckdb:
                // As observations reckon it: what is learned of memory does not count twice.
                seconds = fit.timeFactor * (seconds + model.spillSeconds(workload, memoryBytes: question.memoryBytes))
                let spilled = model.spilledBytes(peak, memoryBytes: question.memoryBytes)
                spilledBytes = Self.whole(spilled)
                shortage = Self.shortage(question, workload, spilled: spilled)
            case .spark:
                guard question.spark.isThere, question.sparkRefusal == nil else { continue }
                seconds *= fit.timeFactor
                if question.spark == .cold { seconds += model.coldStartSeconds }
            }
            self.seconds[engine] = (seconds * 1000).rounded() / 1000
            peakMemoryBytes[engine] = Self.whole(peak)
        }
    }

    private static func shortage(
        _ question: RoutingQuestion, _ workload: Workload, spilled: Double
    ) -> Shortage? {
        // The memory of other runs of this pipeline has the last word on sizes near theirs.
        if let failed = question.failedGigabytes, workload.inputGigabytes >= failed * 0.9 { return .before(failed) }
        let least = ModelDefaults.coefficients(.duckdb).leastMemoryBytes(workload, threads: question.threads)
        if least > Double(question.memoryBytes) { return .least(whole(least)) }
        if workload.heldGigabytes * 1e9 > Double(question.memoryBytes) * mostTimesHeld { return .memory }
        if let room = question.temporaryBytes, spilled > Double(room) { return .disk(whole(spilled)) }
        return nil
    }

    static func whole(_ bytes: Double) -> Int64 { Int64(exactly: min(bytes, 9e18).rounded()) ?? .max }
}
