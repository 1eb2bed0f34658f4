import Fleet
import Foundation
import Pipeline

/// Puts the question of which engine together, and holds what engines have to share.
struct EngineRouter: Sendable {
    let duckdb: DuckDBEngine
    let spark: SparkEngine
    let settings: RoutingSettings
    let journal: RoutingJournal
    /// What a plan will read, where the first look at its sources is not good enough.
    let estimate: @Sendable (Plan, Attempt) async -> InputEstimate
    /// For all of DuckDB's runs together.
    let memory: FairShare
    /// Runs on Spark.
    let places: FairShare

    init(
        duckdb: DuckDBEngine, spark: SparkEngine, settings: RoutingSettings, journal: RoutingJournal,
        estimate: @escaping @Sendable (Plan, Attempt) async -> InputEstimate
    ) {
        (self.duckdb, self.spark, self.settings) = (duckdb, spark, settings)
        (self.journal, self.estimate) = (journal, estimate)
        let pool = duckdb.pool.settings
        memory = FairShare(pool.memoryLimitBytes * Int64(pool.slots))
        // Who asks for Spark gets it even where it is never chosen.
        places = FairShare(Int64(max(1, settings.sparkSlots)))
    }

    /// With less than this to read nothing is weighed for long: DuckDB has it done before Spark has begun.
    static let smallBytes: Int64 = 4 << 20

    func question(_ plan: Plan, _ inputs: [DatasetUse], _ attempt: Attempt) async -> RoutingQuestion {
        var size = FirstLook.estimate(plan, inputs)
        let stored = size.sources.compactMap(\.storedBytes)
        let isSmall =
            stored.count == size.sources.count && stored.reduce(0.0, { $0 + Double($1) }) < Double(Self.smallBytes)
        if !isSmall { size = await estimate(plan, attempt) }
        let room = isSmall ? duckdb.pool.settings.temporaryBytesLimit : await spillRoom
        var question = RoutingQuestion(
            requested: attempt.pipeline.engine, prefer: attempt.pipeline.options.prefer ?? settings.prefer,
            localMaxBytes: settings.localMaxBytes, spark: await availability, correction: attempt.correction,
            memoryBytes: memory.total, temporaryBytes: room,
            threads: duckdb.pool.settings.threads, estimate: size, workload: Workload(plan, size))
        question.duckdbRefusal = attempt.pipeline.needsSpark
        if let workload = question.workload, !isSmall {
            (question.fit, question.failedGigabytes) = journal.look(
                pipeline: attempt.pipeline.name, workload: workload, memoryBytes: memory.total)
        }
        if !isSmall, !question.isPinned, attempt.correction == nil, question.spark == .warm || question.spark == .cold {
            question.sparkRefusal = spark.refusal(of: plan, attempt)?.message
        }
        return question
    }

    /// What DuckDB may spill: as it is set, and no more than there is room for now. nil: that cannot be told.
    private var spillRoom: Int64? {
        get async {
            let settings = duckdb.pool.settings
            // A file system that does not answer keeps no run waiting.
            let free = await TimeLimited.run(until: .now + .milliseconds(200)) {
                FileSystem.freeBytes(at: settings.temporaryDirectory)
            }
            // DuckDB leaves a tenth of a disk free by itself.
            let room = (free ?? nil).map { $0 / 10 * 9 }
            return [room, settings.temporaryBytesLimit].compactMap(\.self).min()
        }
    }

    private var availability: SparkAvailability {
        get async {
            guard settings.sparkSlots > 0 else { return .missing("spark_slots is 0") }
            return await spark.availability
        }
    }
}

/// The sizes that a first look at the sources has told already: no file is listed twice for a small run.
enum FirstLook {
    static func estimate(_ plan: Plan, _ inputs: [DatasetUse]) -> InputEstimate {
        InputEstimate(
            sources: plan.sources.enumerated().map { index, source in
                let input = inputs.first { $0.sourceName.map { $0.utf8.elementsEqual(source.name.utf8) } == true }
                guard case .file(let file) = source.source, let bytes = input?.bytes else {
                    return SourceEstimate(
                        source: source.name, rows: input?.rows, basis: .unknown,
                        note: "source \(source.name): nobody said how much it holds")
                }
                func times(_ factor: Double) -> Int64 { Int64(exactly: (Double(bytes) * factor).rounded()) ?? bytes }
                let share =
                    file.format == .parquet
                    ? FileSizing.share(of: plan.neededPlaces(ofSource: index), in: source.schema) : 1
                return SourceEstimate(
                    source: source.name, storedBytes: bytes, readBytes: times(file.format == .json ? 2 : share),
                    expandedBytes: times(share * expansion(file)),
                    rows: input?.rows, files: input?.files,
                    basis: .listed)
            })
    }

    /// How many times larger a format is once it is decoded. Rough: it serves small inputs.
    private static func expansion(_ file: FileSource) -> Double {
        if [.parquet, .orc].contains(file.format) { return FileSizing.smallFileExpansion }
        return ["gz", "zst"].contains { file.path.text.hasSuffix(".\($0)") } ? 6 : 1
    }
}
