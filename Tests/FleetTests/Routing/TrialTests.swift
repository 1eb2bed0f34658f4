import Foundation
import RouterTrial
import Testing

@testable import Fleet

/// The router's bars, over the runs that the routing benchmark measured on both engines (`Measured/`): a change of the model
/// that makes choices worse does not pass.
@Suite struct TrialTests {
    private static func runs() throws -> [TrialRun] {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Measured")
        return try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".jsonl") }
            .sorted()
            .flatMap { try TrialRun.read(folder.appendingPathComponent($0).path) }
    }

    @Test func theMeasurementsAreManyAndHaveBothEnginesAsTheBetterOne() throws {
        let trial = Trial(try Self.runs())
        #expect(trial.runs.count >= 100)
        #expect(Set(trial.runs.map(\.workload)).count >= 20)
        #expect(trial.regret { _ in .duckdb }.share > 0.02, "nothing would be lost without Spark")
        #expect(trial.regret { _ in .spark }.share > 0.5)
    }

    @Test func estimatesAreWithinTwiceOfWhatIsReadInNineOfTen() throws {
        let known = try Self.runs().filter { $0.bytesRead != nil }
        let within = known.filter { run in
            let ratio = Double(run.decision.estimatedBytes ?? 0) / Double(run.bytesRead ?? 1)
            return (0.5...2).contains(ratio)
        }
        #expect(Double(within.count) >= 0.9 * Double(known.count), "\(within.count) of \(known.count)")
    }

    @Test func regretIsAtMostFifteenPercentColdAndFiveAfterLearning() throws {
        let trial = Trial(try Self.runs())
        let cold = trial.cold()
        #expect(cold.share <= 0.15, "\(cold)")
        let learnt = try #require(trial.learning(rounds: 3).last)
        #expect(learnt.share <= 0.05, "\(learnt)")
        // What is learnt of other pipelines does no harm.
        let others = trial.fromOthers()
        #expect(others.share <= 0.15, "\(others)")
    }

    @Test func whatRunsOutOfMemoryOnDuckDBIsFinishedBySpark() throws {
        let failed = try Self.runs().filter { $0.duckdb.error?.contains("memory") == true }
        #expect(!failed.isEmpty)
        for run in failed { #expect(run.spark.error == nil, "\(run.name): \(run.spark.error ?? "")") }
    }

    @Test func theDecisionsAreMadeAgainFromTheirQuestions() throws {
        for run in try Self.runs() where run.decision.modelVersion == ModelDefaults.version {
            #expect(Decision(run.decision.question) == run.decision, "\(run.name)")
        }
    }
}
