public import Pipeline

/// Where a workflow of the fleet is in its life.
public enum WorkflowState: String, Sendable, Codable, CaseIterable {
    case running
    /// Every run has succeeded.
    case succeeded
    /// Every run has ended, and one of them not well.
    case failed
    case cancelled

    public var isFinal: Bool { self != .running }
}

/// What is to be done next for a workflow, from its plan and the states of its runs alone: whoever asks, and however
/// often, gets the same answer for the same states.
///
/// Stages are carried out one after the other. A failure ends its stage, unless the stage says `continue_on_failure`
/// or is a parallel one that need not stop, and the workflow, unless that says `fail_fast: false`. What runs beside the
/// failed run ends by itself. Stages that depend on a failed or skipped one are skipped.
public struct WorkflowCourse: Sendable, Hashable {
    /// Held runs that may start.
    public private(set) var released: [Int] = []
    /// Held runs that never will, and why.
    public private(set) var skipped: [Skip] = []
    /// nil while anything may still happen.
    public private(set) var ending: WorkflowState?

    public struct Skip: Sendable, Hashable {
        public var step: Int
        public var reason: String
    }

    /// `states`: of the plan's steps, in their order.
    public init(_ plan: WorkflowPlan, states: [RunState], isCancelled: Bool = false) {
        var states = states
        if !isCancelled { advance(plan, &states) }
        for skip in skipped { states[skip.step] = .skipped }
        // Held runs of a cancelled workflow are ended by the cancel itself.
        let isOver = states.allSatisfy { $0.isFinal || isCancelled && $0 == .held }
        guard isOver, released.isEmpty else { return }
        let isSuccess = states.allSatisfy { $0 == .succeeded }
        ending = isSuccess ? .succeeded : isCancelled ? .cancelled : .failed
    }

    private mutating func advance(_ plan: WorkflowPlan, _ states: inout [RunState]) {
        var unusable: [Int: String] = [:]
        var stopper: String?
        for (index, stage) in plan.stages.enumerated() {
            let steps = plan.steps.indices.filter { plan.steps[$0].stage == index }
            if let reason = stopper ?? stage.dependsOn.compactMap({ unusable[$0] }).first {
                for step in steps where states[step] == .held { skipped.append(Skip(step: step, reason: reason)) }
                unusable[index] = reason
                continue
            }
            guard let failure = carryOut(stage, steps, plan, &states) else {
                // Still under way: later stages wait.
                if steps.contains(where: { states[$0] != .succeeded }) { return }
                continue
            }
            unusable[index] = failure
            if plan.failFast, !stage.continuesOnFailure { stopper = failure }
        }
    }

    /// Starts what may start. The reason of those that never will once the stage has ended without success, nil while it
    /// goes on or when all its runs have succeeded.
    private mutating func carryOut(
        _ stage: WorkflowPlan.Stage, _ steps: [Int], _ plan: WorkflowPlan, _ states: inout [RunState]
    ) -> String? {
        // Others of a parallel stage do not follow from each other: they run although one has failed.
        let goesOn = stage.continuesOnFailure || stage.isParallel && !plan.failFast
        let failed = steps.first { states[$0].isFinal && states[$0] != .succeeded }
        let reason = failed.map { "\(plan.reference(ofStep: $0)) \(Self.word(states[$0]))" }
        for step in steps where states[step] == .held {
            if let reason, !goesOn {
                skipped.append(Skip(step: step, reason: reason))
                states[step] = .skipped
                continue
            }
            let isTurn = stage.isParallel || steps.allSatisfy { $0 >= step || states[$0].isFinal }
            guard isTurn else { break }
            released.append(step)
            states[step] = .submitted
        }
        return steps.allSatisfy { states[$0].isFinal } ? reason : nil
    }

    private static func word(_ state: RunState) -> String {
        switch state {
        case .cancelled: "was cancelled"
        case .skipped: "was skipped"
        case .dead: "was set aside"
        default: "failed"
        }
    }
}
