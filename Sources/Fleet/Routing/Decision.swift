import Pipeline

/// Which engine a run gets, why, and everything to make the same choice again: `Decision(decision.question)` is equal.
public struct Decision: Sendable, Hashable, Codable {
    /// What settled it, in the order in which it is asked.
    public enum Rule: String, Sendable, Hashable, Codable {
        /// An attempt on the other engine failed for want of memory.
        case corrected
        case asked
        /// There is no Spark.
        case noSpark = "no_spark"
        /// Spark could not be started.
        case sparkFailed = "spark_failed"
        /// One engine alone can do it.
        case capability
        /// How much will be read is not known.
        case unknownInput = "unknown_input"
        case localMaxBytes = "local_max_bytes"
        case memory
        case time
    }

    public var modelVersion: Int
    public var engine: EngineKind
    public var rule: Rule
    /// A sentence with numbers, for a person.
    public var reason: String
    public var estimatedBytes: Int64?
    public var estimatedFiles: Int?
    public var predictedSeconds: PerEngine<Double>
    public var predictedPeakMemoryBytes: PerEngine<Int64>
    public var question: RoutingQuestion

    enum CodingKeys: String, CodingKey {
        case engine, rule, reason, question
        case modelVersion = "model_version"
        case estimatedBytes = "estimated_bytes"
        case estimatedFiles = "estimated_files"
        case predictedSeconds = "predicted_seconds"
        case predictedPeakMemoryBytes = "predicted_peak_memory_bytes"
    }

    public init(_ question: RoutingQuestion) {
        let prediction = Prediction(question)
        modelVersion = ModelDefaults.version
        self.question = question
        estimatedBytes = question.estimate?.readBytes
        estimatedFiles =
            question.estimate?.sources.contains { $0.files != nil } == true
            ? question.estimate?.files : nil
        predictedSeconds = prediction.seconds
        predictedPeakMemoryBytes = prediction.peakMemoryBytes
        (engine, rule, reason) = Self.choice(question, prediction)
    }

    /// The keys are always there: what is not known is null.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(engine, forKey: .engine)
        try container.encode(rule, forKey: .rule)
        try container.encode(reason, forKey: .reason)
        try container.encode(modelVersion, forKey: .modelVersion)
        try container.encode(estimatedBytes, forKey: .estimatedBytes)
        try container.encode(estimatedFiles, forKey: .estimatedFiles)
        try container.encode(predictedSeconds, forKey: .predictedSeconds)
        try container.encode(predictedPeakMemoryBytes, forKey: .predictedPeakMemoryBytes)
        try container.encode(question, forKey: .question)
    }

    /// Whether an attempt on DuckDB that fails for want of memory goes on to Spark by itself.
    public var mayMoveToSpark: Bool {
        engine == .duckdb && !question.isPinned && question.correction == nil && question.spark.isThere
            && question.sparkRefusal == nil
    }

    /// The same run when Spark could not be started; nil: DuckDB may not take it, because it was not left to choose or
    /// has not the memory.
    public func withoutSpark(because reason: String) -> Decision? {
        guard engine == .spark, !question.isPinned, question.correction == nil, rule != .memory,
            question.duckdbRefusal == nil
        else { return nil }
        var question = question
        question.spark = .failed(reason)
        return Decision(question)
    }

    // MARK: - The rules

    private static func choice(
        _ question: RoutingQuestion, _ prediction: Prediction
    ) -> (EngineKind, Rule, String) {
        let words = DecisionWords(question, prediction)
        if let correction = question.correction, correction.to == .spark {
            return (.spark, .corrected, words.corrected(correction))
        }
        switch question.requested {
        case .duckdb: return (.duckdb, .asked, words.asked(.duckdb))
        case .spark: return (.spark, .asked, words.asked(.spark))
        case .auto, nil: break
        }
        if let refusal = question.duckdbRefusal { return (.spark, .capability, words.capability(.spark, refusal)) }
        switch question.spark {
        case .missing(let reason): return (.duckdb, .noSpark, words.noSpark(reason))
        case .failed(let reason): return (.duckdb, .sparkFailed, words.sparkFailed(reason))
        case .warm, .cold: break
        }
        if let refusal = question.sparkRefusal { return (.duckdb, .capability, words.capability(.duckdb, refusal)) }
        if let most = question.localMaxBytes, let bytes = question.estimate?.readBytes, bytes > most {
            return (.spark, .localMaxBytes, words.localMaxBytes(most))
        }
        guard let duckdb = prediction.seconds.duckdb, let spark = prediction.seconds.spark else {
            return (.duckdb, .unknownInput, words.unknownInput)
        }
        if let short = prediction.shortage { return (.spark, .memory, words.memory(short)) }
        let margin: Double =
            switch question.prefer {
            // Spark takes more machines, or more of this one, for the same work.
            case .cost: 1 / 3
            case .speed: 1
            case nil: 0.95
            }
        let engine: EngineKind = spark < duckdb * margin ? .spark : .duckdb
        return (engine, .time, words.time(engine))
    }
}
