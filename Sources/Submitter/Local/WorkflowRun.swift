import Engines
import Fleet
import Foundation
import Pipeline

/// Runs the pipelines of a workflow on this machine: stages one after the other, in an order that respects what they
/// depend on; the pipelines of a parallel stage beside each other.
///
/// The first failure ends a stage, unless it says `continue_on_failure`, and the workflow, unless it says
/// `fail_fast: false`. What runs beside the failed one ends by itself. Stages that depend on a failed or skipped one
/// never run.
struct WorkflowRun: Sendable {
    let workflow: WorkflowLoader.Loaded
    var isDryRun = false
    var failOnChecks = true
    /// Pipelines at a time.
    let limit: Int
    let log: WorkflowLog
    let progress: WorkflowProgress

    /// The most pipelines of a workflow that could run at a time.
    static func width(of spec: WorkflowSpec) -> Int {
        spec.stages.map { $0.isParallel ? $0.pipelines.count : 1 }.max() ?? 1
    }

    /// Ends early, with the rest not begun, when the task is cancelled.
    func execute(on engines: LocalEngines) async {
        var unusable: Set<Int> = []
        var isStopped = false
        for stage in workflow.spec.order.flatMap(\.self) {
            let isBlocked = !unusable.isDisjoint(with: workflow.spec.dependencies(of: stage))
            guard !isStopped, !isBlocked, !Task.isCancelled else {
                unusable.insert(stage)
                continue
            }
            log.began(stage: stage)
            let succeeded = await execute(stage, on: engines)
            log.ended(stage: stage)
            guard !succeeded else { continue }
            unusable.insert(stage)
            isStopped = workflow.spec.failFast && !workflow.spec.stages[stage].continuesOnFailure
        }
    }

    /// Whether all pipelines of the stage succeeded.
    private func execute(_ stage: Int, on engines: LocalEngines) async -> Bool {
        let spec = workflow.spec.stages[stage]
        let width = spec.isParallel ? min(limit, spec.pipelines.count) : 1
        // Others of a parallel stage do not follow from each other: they run although one has failed.
        let goesOn = spec.continuesOnFailure || spec.isParallel && !workflow.spec.failFast
        var pending = workflow.pipelines.indices.filter { workflow.pipelines[$0].stage == stage }[...]
        return await withTaskGroup(of: Bool.self) { group in
            func startNext() {
                guard let next = pending.popFirst() else { return }
                group.addTask { await execute(pipeline: next, on: engines) }
            }
            for _ in 0..<width { startNext() }
            var succeeded = true
            for await one in group {
                succeeded = succeeded && one
                if succeeded || goesOn, !Task.isCancelled { startNext() }
            }
            return succeeded && pending.isEmpty
        }
    }

    private func execute(pipeline index: Int, on engines: LocalEngines) async -> Bool {
        let name = workflow.reference(of: index)
        let run = LocalRun(
            pipeline: workflow.pipelines[index].loaded.spec, file: workflow.pipelines[index].file, isDryRun: isDryRun,
            failOnChecks: failOnChecks)
        let result = await run.execute(on: engines) { progress.show($0, of: name) }
        log.ended(pipeline: index, result)
        progress.ended(result, of: name)
        return result.status == .success
    }
}

extension WorkflowLoader.Loaded {
    /// `bronze/users`, as messages name a pipeline.
    func reference(of index: Int) -> String {
        let pipeline = pipelines[index]
        return "\(spec.stages[pipeline.stage].name.text)/\(name(of: index))"
    }

    /// As its reference in the workflow is named.
    func name(of index: Int) -> String {
        let pipeline = pipelines[index]
        return spec.stages[pipeline.stage].pipelines[pipeline.index].name
    }
}
