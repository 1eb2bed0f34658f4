import Foundation
import Pipeline
import Testing

@testable import Fleet

@Suite struct LearningTests {
    private func factor(
        _ experience: RoutingExperience, _ engine: EngineKind = .duckdb, pipeline: String = "p", gigabytes: Double = 1
    ) -> Double? {
        experience.fit(engine, pipeline: pipeline, workload: work(gigabytes))?.timeFactor
    }

    @Test func nothingIsSaidOfWhatWasNeverSeen() {
        #expect(factor(RoutingExperience()) == nil)
        #expect(factor(RoutingExperience([observation(.spark)])) == nil)
    }

    @Test func beliefConvergesToWhatIsSeen() throws {
        let seed = UInt64.random(in: 1...1_000_000)
        var generator = Seeded(seed: seed)
        for truth in [0.2, 0.7, 1.8, 6.0] {
            var experience = RoutingExperience()
            var errors: [Double] = []
            for _ in 0..<30 {
                experience.note(
                    observation(
                        .duckdb, gigabytes: .random(in: 0.7...1.4, using: &generator),
                        factor: truth * .random(in: 0.85...1.18, using: &generator)))
                errors.append(abs(log(try #require(factor(experience)) / truth)))
            }
            // Of the twenty that are kept, the doubt takes back a fourteenth: 0.13 of a factor of six; chance adds to that.
            #expect(errors[29] < 0.2, "seed \(seed), truth \(truth)")
            #expect(errors[29] < errors[0], "seed \(seed), truth \(truth)")
        }
    }

    @Test func anOutlierDoesNotFlipADecision() {
        let seed = UInt64.random(in: 1...1_000_000)
        var generator = Seeded(seed: seed)
        var asked = question(gigabytes: 1)
        func decide(_ seen: [RoutingObservation]) -> EngineKind {
            let experience = RoutingExperience(seen)
            asked.fit = PerEngine(
                duckdb: experience.fit(.duckdb, pipeline: "p", workload: work(1)),
                spark: experience.fit(.spark, pipeline: "p", workload: work(1)))
            return Decision(asked).engine
        }
        var seen = (0..<8).map { _ in observation(.duckdb, factor: .random(in: 0.9...1.1, using: &generator)) }
        #expect(decide(seen) == .duckdb, "seed \(seed)")
        // A machine that stood still for an hour.
        seen.insert(observation(.duckdb, factor: 500), at: 0)
        #expect(decide(seen) == .duckdb, "seed \(seed)")
        // Even the only run of a pipeline, against those of others.
        let others = (0..<20).map { observation(.duckdb, pipeline: "o\($0)") }
        #expect(decide([observation(.duckdb, factor: 3)] + others) == .duckdb, "seed \(seed)")
        // What always happens is no outlier.
        #expect(decide((0..<8).map { _ in observation(.duckdb, factor: 9) }) == .spark, "seed \(seed)")
    }

    @Test func ownRunsCountForMoreThanLikeRunsAndThoseForMoreThanOthers() throws {
        let own = (0..<5).map { _ in observation(.duckdb, factor: 4) }
        let like = (0..<5).map { _ in observation(.duckdb, factor: 2, pipeline: "like") }
        let others = (0..<5).map { _ in observation(.duckdb, factor: 0.5, pipeline: "other", shape: "other") }
        let all = try #require(factor(RoutingExperience(own + like + others)))
        let withoutOwn = try #require(factor(RoutingExperience(like + others)))
        let otherOnly = try #require(factor(RoutingExperience(others)))
        #expect(all > withoutOwn && withoutOwn > 1 && otherOnly < 1)
    }

    @Test func aRunOfAnotherSizeSaysLess() throws {
        let experience = RoutingExperience([observation(.duckdb, gigabytes: 10, factor: 4)])
        let near = try #require(factor(experience, gigabytes: 10))
        let far = try #require(factor(experience, gigabytes: 0.01))
        #expect(near > far && far > 1)
    }

    @Test func namesThatLookAlikeAreTwoPipelines() throws {
        let composed = "caf\u{e9}"
        let decomposed = "cafe\u{301}"
        let experience = RoutingExperience(
            (0..<8).map { _ in observation(.duckdb, factor: 4, pipeline: composed, shape: "x") })
        #expect(experience.fit(.duckdb, pipeline: composed, workload: work(1))?.ownRuns == 8)
        #expect(experience.fit(.duckdb, pipeline: decomposed, workload: work(1))?.ownRuns == 0)
    }

    @Test func aFailureForWantOfMemoryIsRememberedUntilTheSizeGoesThrough() {
        var experience = RoutingExperience()
        experience.note(observation(.duckdb, gigabytes: 2, outcome: .outOfMemory))
        #expect(experience.failedGigabytes(pipeline: "p", memoryBytes: 4_000_000_000) == 2)
        #expect(experience.failedGigabytes(pipeline: "q", memoryBytes: 4_000_000_000) == nil)
        // With twice the memory it may do.
        #expect(experience.failedGigabytes(pipeline: "p", memoryBytes: 8_000_000_000) == nil)
        experience.note(observation(.duckdb, gigabytes: 1))
        #expect(experience.failedGigabytes(pipeline: "p", memoryBytes: 4_000_000_000) == 2)
        experience.note(observation(.duckdb, gigabytes: 2.5))
        #expect(experience.failedGigabytes(pipeline: "p", memoryBytes: 4_000_000_000) == nil)
    }

    @Test func whatIsKeptIsBounded() {
        var experience = RoutingExperience()
        for number in 0..<200 { experience.note(observation(.duckdb, factor: number < 150 ? 9 : 1)) }
        let fit = experience.fit(.duckdb, pipeline: "p", workload: work(1))
        #expect(fit?.ownRuns == RoutingExperience.perPipeline)
        #expect((fit?.timeFactor ?? 9) < 1.5)
    }

    @Test func smallRunsAreNotKept() {
        var metrics = AttemptMetrics()
        metrics.phaseSeconds = ["execute": 0.01, "check": 0.001]
        #expect(
            RoutingObservation(pipeline: "p", decision: Decision(question(gigabytes: 0.001)), metrics: metrics) == nil)
        metrics.phaseSeconds["execute"] = 3
        let kept = RoutingObservation(pipeline: "p", decision: Decision(question(gigabytes: 0.001)), metrics: metrics)
        #expect(kept?.seconds == 3.001)
    }

    @Test func theReportFindsErrorsRegretAndTheWorstDecision() throws {
        func entry(_ seen: RoutingObservation, _ name: String) -> RouterReport.Entry {
            var asked = question(gigabytes: seen.workload.inputGigabytes)
            asked.workload = seen.workload
            return RouterReport.Entry(
                run: name, at: Date(timeIntervalSince1970: 0), decision: Decision(asked), observation: seen)
        }
        let report = RouterReport(
            [
                entry(observation(.duckdb, factor: 2), "a"), entry(observation(.duckdb, factor: 1), "b"),
                entry(observation(.spark, factor: 0.1), "c"),
                entry(observation(.duckdb, pipeline: "alone"), "d"),
                entry(observation(.duckdb, outcome: .outOfMemory), "e"),
            ], since: Date(timeIntervalSince1970: 0))
        #expect(report.decisions == 5 && report.regret.runs == 3)
        #expect(report.regret.share > 0)
        #expect(report.worst.first?.run == "a")
        let duckdb = try #require(report.engines.first)
        #expect(duckdb.runs == 4 && duckdb.outOfMemory == 1)
        #expect(abs((duckdb.secondsError?.p90 ?? 0) - 2) < 0.01)
        #expect(RouterReport([], since: Date()).regret.share == 0)
    }
}
