import Foundation
import Synchronization

/// What has happened in a workflow so far. Kept apart from the work, so that it can be told after an interruption.
final class WorkflowLog: Sendable {
    struct Span: Sendable {
        var start: Date
        var end: Date?

        var seconds: Double? { end.map { $0.timeIntervalSince(start) } }
    }

    private struct State {
        var stages: [Int: Span] = [:]
        var results: [Int: RunResult] = [:]
    }

    private let state = Mutex(State())

    func began(stage: Int) { state.withLock { $0.stages[stage] = Span(start: Date()) } }

    func ended(stage: Int) { state.withLock { $0.stages[stage]?.end = Date() } }

    func ended(pipeline: Int, _ result: RunResult) { state.withLock { $0.results[pipeline] = result } }

    /// nil: the stage never began.
    func span(ofStage stage: Int) -> Span? { state.withLock { $0.stages[stage] } }

    /// nil: the pipeline never ran to its end.
    func result(ofPipeline pipeline: Int) -> RunResult? { state.withLock { $0.results[pipeline] } }
}
