/// What each engine would take for a run.
struct Prediction: Sendable, Hashable {
    /// Why DuckDB should not begin at all.
    enum Shortage: Sendable, Hashable {
        /// So much more memory than there is that spilling is no help.
        case memory
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

    /// DuckDB spills whatever it can; with so many times less memory than it wants it has often been seen to fail.
    static let mostTimesMemory = 10.0

    init(_ question: RoutingQuestion) {
        guard let workload = question.workload else { return }
        for engine in EngineKind.allCases {
            let model = ModelDefaults.coefficients(engine)
            let fit = question.fit?[engine] ?? EngineFit()
            let peak = model.peakMemoryBytes(workload) * fit.memoryFactor
            var seconds = model.seconds(workload, threads: question.threads) * fit.timeFactor
            switch engine {
            case .duckdb:
                let limit = Double(question.memoryBytes)
                let spilled = max(0, peak - limit)
                seconds += spilled / 1e9 * model.spillSecondsPerGigabyte
                spilledBytes = Self.whole(spilled)
                shortage = Self.shortage(question, workload, peak: peak, spilled: spilled)
            case .spark:
                guard question.spark.isThere, question.sparkRefusal == nil else { continue }
                if question.spark == .cold { seconds += model.coldStartSeconds }
            }
            self.seconds[engine] = (seconds * 1000).rounded() / 1000
            peakMemoryBytes[engine] = Self.whole(peak)
        }
    }

    private static func shortage(
        _ question: RoutingQuestion, _ workload: Workload, peak: Double, spilled: Double
    ) -> Shortage? {
        // The memory of other runs of this pipeline has the last word on sizes near theirs.
        if let failed = question.failedGigabytes, workload.inputGigabytes >= failed * 0.9 { return .before(failed) }
        if peak > Double(question.memoryBytes) * mostTimesMemory { return .memory }
        if let room = question.temporaryBytes, spilled > Double(room) { return .disk(whole(spilled)) }
        return nil
    }

    static func whole(_ bytes: Double) -> Int64 { Int64(exactly: min(bytes, 9e18).rounded()) ?? .max }
}
