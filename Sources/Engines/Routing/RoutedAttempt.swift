import Fleet
import Foundation
import Pipeline
import Synchronization

/// The choice for one attempt: what is asked, what was decided, and what it holds until it ends.
final class RoutedAttempt: PlanChooser {
    private struct State {
        var plan: Plan?
        var decision: Decision?
        var memory: Int64 = 0
        var places: Int64 = 0
    }

    private let router: EngineRouter
    private let attempt: Attempt
    private let progress: @Sendable (AttemptProgress) -> Void
    private let state = Mutex(State())

    init(_ router: EngineRouter, _ attempt: Attempt, progress: @escaping @Sendable (AttemptProgress) -> Void) {
        (self.router, self.attempt, self.progress) = (router, attempt, progress)
    }

    func orcFiles() async throws -> any ORCFiles {
        guard attempt.pipeline.engine != .duckdb else { throw ORCFilesRefusal.pinned(attempt.pipeline.needsSpark) }
        if case .missing(let reason) = await router.spark.availability {
            throw ORCFilesRefusal.noSpark(attempt.pipeline.needsSpark, because: reason)
        }
        return SparkORC(keeper: router.spark.keeper)
    }

    var decision: Decision? { state.withLock(\.decision) }

    func choose(_ plan: Plan, _ inputs: [DatasetUse]) async throws -> PlanChoice {
        let question = await router.question(plan, inputs, attempt)
        let decision = Decision(question)
        state.withLock { ($0.plan, $0.decision) = (plan, decision) }
        guard decision.engine == .spark else { return try await takeMemory(decision) }
        if question.isPinned || question.correction != nil || question.duckdbRefusal != nil,
            let refusal = router.spark.refusal(of: plan, attempt)
        {
            throw refusal
        }
        do {
            return try await takePlace()
        } catch let failure as Failure {
            giveBack()
            guard let other = decision.withoutSpark(because: failure.message) else { throw failure }
            state.withLock { $0.decision = other }
            return try await takeMemory(other)
        }
    }

    /// A place on Spark, which is up then.
    private func takePlace() async throws -> PlanChoice {
        var seconds: [String: Double] = [:]
        var start = ContinuousClock.now
        let taken = try await router.places.acquire(1)
        state.withLock { $0.places = taken }
        seconds["wait"] = (ContinuousClock.now - start) / .seconds(1)
        start = .now
        try await router.spark.warmUp()
        seconds["start"] = (ContinuousClock.now - start) / .seconds(1)
        progress(
            AttemptProgress(
                phase: "execute", hasOwnPlace: true, said: .waited(seconds["wait"] ?? 0, start: seconds["start"] ?? 0)))
        return PlanChoice(tables: router.spark.tables, phaseSeconds: seconds)
    }

    /// Memory for DuckDB: as much as it will use, by what is predicted.
    private func takeMemory(_ decision: Decision) async throws -> PlanChoice {
        let share = router.duckdb.pool.settings.memoryLimitBytes
        let wanted =
            decision.predictedPeakMemoryBytes.duckdb.map {
                max(Self.leastMemory, min($0, router.memory.total) / 4 * 5)
            } ?? share
        let start = ContinuousClock.now
        let taken = try await router.memory.acquire(wanted)
        state.withLock { $0.memory = taken }
        let wait = (ContinuousClock.now - start) / .seconds(1)
        if let said = AttemptProgress.Said.waited(wait) { progress(AttemptProgress(phase: "describe", said: said)) }
        // What it writes stays in its child's folder in a dry run.
        return PlanChoice(
            memoryLimitBytes: taken > share && !attempt.isDryRun ? taken : nil,
            phaseSeconds: ["wait": wait])
    }

    /// A child that has done nothing has this much.
    private static let leastMemory: Int64 = 48 << 20

    /// Gives back what is held. To be called when the attempt has ended, however it did.
    func giveBack() {
        let (memory, places) = state.withLock { state in
            defer { (state.memory, state.places) = (0, 0) }
            return (state.memory, state.places)
        }
        if memory > 0 { router.memory.release(memory) }
        if places > 0 { router.places.release(places) }
    }

    /// The failure with the decision that led to it.
    func explained(_ failure: Failure) -> Failure {
        var failure = failure
        let (plan, decision) = state.withLock { ($0.plan, $0.decision) }
        failure.decision = decision
        // Whether Spark can do it was not asked of a small input: now it matters.
        if let plan, EngineCorrection(of: failure) != nil, let refusal = router.spark.refusal(of: plan, attempt),
            var question = decision?.question
        {
            question.sparkRefusal = refusal.message
            failure.decision = Decision(question)
        }
        return failure
    }
}
