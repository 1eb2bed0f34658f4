import Foundation
import Pipeline
import Testing

@testable import Fleet

@Suite struct DecisionTests {
    @Test func anEngineThatWasAskedForIsTaken() {
        for (asked, engine) in [(PipelineSpec.EngineChoice.duckdb, EngineKind.duckdb), (.spark, .spark)] {
            for spark in [SparkAvailability.warm, .missing("no"), .failed("no")] {
                let decision = Decision(question(gigabytes: 100, requested: asked, spark: spark))
                #expect(decision.engine == engine && decision.rule == .asked)
                #expect(!decision.mayMoveToSpark)
            }
        }
    }

    @Test func withoutSparkEverythingStaysOnDuckDBAndTheReasonSaysSo() {
        let decision = Decision(question(gigabytes: 0.1, spark: .missing("no pyspark was found")))
        #expect(decision.engine == .duckdb && decision.rule == .noSpark)
        #expect(decision.reason == "DuckDB, for there is no Spark to choose: no pyspark was found")
        #expect(decision.predictedSeconds.spark == nil && decision.predictedSeconds.duckdb != nil)
        #expect(!decision.mayMoveToSpark)
    }

    @Test func whatSparkRefusesIsPinnedToDuckDB() {
        var asked = question(gigabytes: 1000)
        asked.sparkRefusal = "a database as a source"
        let decision = Decision(asked)
        #expect(decision.engine == .duckdb && decision.rule == .capability)
        #expect(decision.reason.contains("a database as a source"))
        #expect(!decision.mayMoveToSpark)
    }

    @Test func whatDuckDBCannotDoIsPinnedToSparkAndGoesNowhereElse() {
        for spark in [SparkAvailability.warm, .missing("no pyspark was found")] {
            var asked = question(gigabytes: 0.01, spark: spark)
            asked.duckdbRefusal = "it reads ORC, which DuckDB does not"
            let decision = Decision(asked)
            #expect(decision.engine == .spark && decision.rule == .capability)
            #expect(decision.reason == "Spark, which alone can do it: it reads ORC, which DuckDB does not")
            #expect(decision.withoutSpark(because: "it could not be started") == nil)
        }
    }

    @Test func aSmallInputStaysOnDuckDBAndALargeOneGoesToSparkWhereThatIsFaster() {
        let small = Decision(question(gigabytes: 0.01))
        #expect(small.engine == .duckdb && small.rule == .time && small.mayMoveToSpark)
        // Experience: DuckDB is slow here.
        var large = question(gigabytes: 3)
        large.fit = PerEngine(duckdb: EngineFit(timeFactor: 5, ownRuns: 4))
        let decision = Decision(large)
        #expect(decision.engine == .spark && decision.rule == .time)
        #expect(!decision.mayMoveToSpark)
    }

    @Test func aColdSparkCountsItsStart() throws {
        let warm = try #require(Decision(question(spark: .warm)).predictedSeconds.spark)
        let cold = try #require(Decision(question(spark: .cold)).predictedSeconds.spark)
        #expect(abs(cold - warm - ModelDefaults.coefficients(.spark).coldStartSeconds) < 0.002)
    }

    @Test func memoryThatSpillingCannotMakeUpForGoesToSpark() {
        let decision = Decision(question(gigabytes: 10, memory: 500_000_000))
        #expect(decision.engine == .spark && decision.rule == .memory)
        // Less short of it: DuckDB spills, and its prediction says what that costs.
        let enough = Decision(question(gigabytes: 2, memory: 32_000_000_000))
        let less = Decision(question(gigabytes: 2, memory: 2_000_000_000))
        #expect((less.predictedSeconds.duckdb ?? 0) > (enough.predictedSeconds.duckdb ?? 0))
    }

    @Test func noRoomToSpillGoesToSpark() {
        var asked = question(gigabytes: 4, memory: 2_000_000_000)
        asked.temporaryBytes = 100_000_000
        let decision = Decision(asked)
        #expect(decision.engine == .spark && decision.rule == .memory)
        #expect(decision.reason.contains("more than the 100 MB that it has room for"), "\(decision.reason)")
        // Where DuckDB has to do it, the reason says what it may fail for.
        asked.spark = .missing("no java")
        let alone = Decision(asked)
        #expect(alone.engine == .duckdb && alone.reason.hasSuffix("and has room for 100 MB"), "\(alone.reason)")
    }

    @Test func rowsThatAreTooWideForTheMemoryGoToSparkHoweverFewTheyAre() {
        // 16 kB each: a batch of them on two threads takes gigabytes.
        var asked = question(gigabytes: 0.5, memory: 1_000_000_000)
        #expect(Decision(asked).engine == .duckdb)
        asked.workload?.widestRowBytes = 16_000
        let decision = Decision(asked)
        #expect(decision.engine == .spark && decision.rule == .memory)
        #expect(decision.reason.contains("in rows so wide that DuckDB wants"), "\(decision.reason)")
        asked.threads = 1
        asked.memoryBytes = 16_000_000_000
        #expect(Decision(asked).engine == .duckdb)
    }

    @Test func whatRanOutOfMemoryBeforeIsNotTriedAgainAtItsSize() {
        var asked = question(gigabytes: 1)
        asked.failedGigabytes = 1
        #expect(Decision(asked).rule == .memory)
        asked.failedGigabytes = 5
        #expect(Decision(asked).engine == .duckdb)
    }

    @Test func theLimitForDuckDBSendsMoreToSpark() {
        var asked = question(gigabytes: 0.2)
        asked.localMaxBytes = 100_000_000
        let decision = Decision(asked)
        #expect(decision.engine == .spark && decision.rule == .localMaxBytes)
        #expect(
            decision.reason == "Spark: 200 MB in 3 files will be read, more than the 100 MB that DuckDB may be given")
        asked.localMaxBytes = 300_000_000
        #expect(Decision(asked).rule == .time)
        // What only DuckDB can do stays there.
        asked.localMaxBytes = 1
        asked.sparkRefusal = "no"
        #expect(Decision(asked).engine == .duckdb)
    }

    @Test func anUnknownInputBeginsOnDuckDBAndMayMove() {
        let decision = Decision(question(gigabytes: nil))
        #expect(decision.engine == .duckdb && decision.rule == .unknownInput && decision.mayMoveToSpark)
        #expect(decision.reason.contains("it is a stream"))
        #expect(decision.estimatedBytes == nil && decision.estimatedFiles == nil)
    }

    @Test func costKeepsOnDuckDBWhatSpeedWouldMove() {
        var asked = question(gigabytes: 2, memory: 64_000_000_000)
        // Spark in half the time.
        let prediction = Decision(asked).predictedSeconds
        let factor = 2 * (prediction.spark ?? 0) / (prediction.duckdb ?? 1)
        asked.fit = PerEngine(duckdb: EngineFit(timeFactor: factor, ownRuns: 3))
        asked.prefer = .speed
        #expect(Decision(asked).engine == .spark)
        asked.prefer = .cost
        #expect(Decision(asked).engine == .duckdb)
    }

    @Test func anAttemptThatRanOutOfMemoryIsMadeAgainOnSparkOnce() throws {
        var failure = Failure(.outOfMemory, "no memory")
        failure.decision = Decision(question())
        let correction = try #require(EngineCorrection(of: failure))
        var again = question()
        again.correction = correction
        let decision = Decision(again)
        #expect(decision.engine == .spark && decision.rule == .corrected)
        #expect(decision.reason.contains("ran out of memory of 4 GB in an earlier attempt"))
        failure.decision = decision
        #expect(EngineCorrection(of: failure) == nil)
    }

    @Test(arguments: [Failure.Kind.badData, .engineLost, .checksFailed, .timeout])
    func otherFailuresMoveNothing(kind: Failure.Kind) {
        var failure = Failure(kind, "x")
        failure.decision = Decision(question())
        #expect(EngineCorrection(of: failure) == nil)
    }

    @Test func whoeverAskedForDuckDBKeepsIt() {
        var failure = Failure(.outOfMemory, "x")
        failure.decision = Decision(question(requested: .duckdb))
        #expect(EngineCorrection(of: failure) == nil)
        failure.decision = nil
        #expect(EngineCorrection(of: failure) == nil)
    }

    @Test func aSparkThatDoesNotStartLeavesTheRunToDuckDBIfNobodyAskedAndMemoryAllows() throws {
        var slow = question(gigabytes: 2)
        slow.fit = PerEngine(duckdb: EngineFit(timeFactor: 9, ownRuns: 3))
        let decision = Decision(slow)
        #expect(decision.engine == .spark)
        let fallen = try #require(decision.withoutSpark(because: "no java"))
        #expect(fallen.engine == .duckdb && fallen.rule == .sparkFailed && fallen.reason.contains("no java"))
        #expect(Decision(question(requested: .spark)).withoutSpark(because: "no java") == nil)
        #expect(Decision(question(gigabytes: 10, memory: 500_000_000)).withoutSpark(because: "no java") == nil)
        var corrected = question()
        corrected.correction = EngineCorrection(from: .duckdb, to: .spark, kind: .outOfMemory)
        #expect(Decision(corrected).withoutSpark(because: "no java") == nil)
    }

    @Test func aDecisionIsMadeAgainFromItsStoredText() throws {
        var generator = Seeded(seed: 7)
        for _ in 0..<300 {
            var asked = question(
                gigabytes: Bool.random(using: &generator) ? .random(in: 0.0001...50, using: &generator) : nil,
                requested: PipelineSpec.EngineChoice.allCases.randomElement(using: &generator),
                prefer: RunOptions.Preference.allCases.randomElement(using: &generator),
                spark: [.warm, .cold, .missing("a"), .failed("b")].randomElement(using: &generator) ?? .warm,
                memory: .random(in: 1_000_000...64_000_000_000, using: &generator))
            if Bool.random(using: &generator) {
                asked.fit = PerEngine(
                    duckdb: EngineFit(
                        timeFactor: .random(in: 0.1...9, using: &generator),
                        memoryFactor: .random(in: 0.1...9, using: &generator), ownRuns: 3))
            }
            if Bool.random(using: &generator) { asked.localMaxBytes = .random(in: 1...1 << 40, using: &generator) }
            asked.workload?.widestRowBytes = .random(in: 1...100_000, using: &generator)
            if Bool.random(using: &generator) { asked.temporaryBytes = .random(in: 1...1 << 40, using: &generator) }
            let decision = Decision(asked)
            let stored = try JSONEncoder().encode(decision)
            let read = try JSONDecoder().decode(Decision.self, from: stored)
            #expect(read == decision)
            #expect(Decision(read.question) == decision)
            #expect(!decision.reason.isEmpty)
        }
    }

    @Test func theObjectForProgramsHasEveryKey() throws {
        let data = try JSONEncoder().encode(Decision(question(gigabytes: nil, spark: .missing("x"))))
        let object = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        #expect(
            Set(object.keys).isSuperset(of: [
                "engine", "reason", "estimated_bytes", "estimated_files", "predicted_seconds",
                "predicted_peak_memory_bytes",
            ]))
        #expect((object["predicted_seconds"] as? [String: Any])?.keys.sorted() == ["duckdb", "spark"])
    }
}

/// A generator whose numbers follow from its seed.
struct Seeded: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var value = state
        value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
        value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
        return value ^ (value >> 31)
    }
}
