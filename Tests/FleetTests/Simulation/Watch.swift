import Fleet
import Pipeline

/// Looks at the whole after every step, with eyes that no worker has.
final class Watch {
    private struct Execution {
        var process: SimulatedProcess
        var run: Int
        var lease: Lease
    }

    private struct Renewal {
        /// When the last one that was answered was sent, and the one before it.
        var heardSentAt: Int64
        var heardBefore: Int64
        var heardAt: Int64
        /// When the last one took effect.
        var effectAt: Int64
    }

    /// The first promise that was broken.
    private(set) var violation: String?
    private var executions: [Execution] = []
    private var renewals: [Int: Renewal] = [:]
    private var seen: [Int: [String: UInt64]] = [:]
    /// Runs in the order in which their outputs became visible, by sink.
    private var order: [Int: [Int]] = [:]
    private var visibleOnce: Set<UInt64> = []
    private var movers: [UInt64: Int] = [:]

    private func violated(_ promise: String, in world: World) {
        guard violation == nil else { return }
        violation = promise
        world.note("VIOLATION \(promise)")
    }

    // MARK: Store

    func storeChanged(_ world: World) {
        if let rule = world.store.brokenRule { violated(rule, in: world) }
        for key in world.store.keys.indices where world.store.heads(of: key) > 1 {
            violated("two runs at once of the key \(world.store.keys[key])", in: world)
        }
    }

    /// Called within the statement, which has been applied.
    func decided(_ world: World, _ store: StoreModel, _ lease: Lease) {
        guard let run = store.indexes[lease.runID], store.runs[run].row?.token == lease.token.sequence else {
            return violated("a stale token decided", in: world)
        }
    }

    /// Called within the statement, before it is applied.
    func settles(
        _ world: World, _ store: StoreModel, by process: SimulatedProcess, _ lease: Lease, _ settlement: Settlement
    ) {
        guard let run = store.indexes[lease.runID], let row = store.runs[run].row else { return }
        if row.token != lease.token.sequence { violated("a stale token settled run \(run)", in: world) }
        switch settlement {
        case .succeeded(let report):
            if let manifest = report.manifest, manifest.lease.token != lease.token {
                world.happened(.decidedRunTakenOver)
                if manifest.entries.contains(where: { movers[$0.inode] != process.number }) {
                    world.happened(.movedByOneAndSettledByAnother)
                }
            }
            for entry in report.manifest?.entries ?? [] where !visibleOnce.contains(entry.inode) {
                violated("run \(run) succeeded without its output", in: world)
            }
        case .cancelled:
            if executions.contains(where: { $0.lease == lease }) {
                violated("a cancel of run \(run) was confirmed while it was executed", in: world)
            }
        case .failed(let failure, _), .refused(let failure, _):
            if failure.kind == .timeout { world.happened(.timedOut) }
        case .retry, .moved, .interrupted: break
        }
    }

    // MARK: Liveness

    func renewed(_ process: SimulatedProcess) {
        let now = process.schedule.now
        renewals[
            process.number, default: Renewal(heardSentAt: .min / 2, heardBefore: .min / 2, heardAt: now, effectAt: now)
        ]
        .effectAt = now
    }

    func heard(_ process: SimulatedProcess, sentAt: Int64) {
        guard var renewal = renewals[process.number] else { return }
        renewal.heardBefore = renewal.heardSentAt
        renewal.heardSentAt = max(renewal.heardSentAt, sentAt)
        renewal.heardAt = process.schedule.now
        renewals[process.number] = renewal
    }

    /// Called within the statement, which has been applied.
    func reclaimed(
        _ world: World, by observer: SimulatedProcess, _ given: (workers: [Int], runs: [Int]),
        _ dead: [WorkerObservation], _ store: StoreModel
    ) {
        let now = world.schedule.now
        for index in given.workers {
            let worker = store.workers[index]
            let process = world.process(worker.process)
            let byLock = dead.first { $0.id == worker.id }?.lockIsFree ?? false
            world.happened(byLock ? .judgedByLock : .judgedByCounter)
            world.note("\(observer.number): judges \(process.number) dead, lock free: \(byLock), runs \(given.runs)")
            guard process.condition == .running, !process.isCutOff, now - process.troubledAt > 500_000 else { continue }
            // One that is leaving stops renewing when it has nothing left.
            let isLeaving = process.isDraining && given.runs.isEmpty
            if !isLeaving, now - process.troubledAt > 8_000_000,
                now - (renewals[process.number]?.effectAt ?? .min / 2) < 3_000_000
            {
                violated("worker \(process.number) was judged dead while it lived and renewed", in: world)
            }
            let isExecuted = executions.contains { $0.process === process && given.runs.contains($0.run) }
            if !byLock, isExecuted {
                violated("worker \(process.number) still executes what was taken by its counter", in: world)
            }
        }
    }

    func died(_ process: SimulatedProcess) { executions.removeAll { $0.process === process } }

    // MARK: Execution

    func executionBegins(_ world: World, _ process: SimulatedProcess, _ run: Int, _ lease: Lease) {
        let key = world.store.runs[run].key
        // A worker that has just woken may begin what it had claimed; it is fenced off, and stops soon.
        for other in executions where other.run != run && world.store.runs[other.run].key == key {
            if world.store.held(lease) != nil, world.store.held(other.lease) != nil {
                violated("runs \(run) and \(other.run) of one key are executed at once", in: world)
            }
        }
        if world.store.held(lease) != nil { beginsInItsTurn(world, run) }
        let own = world.store.runs[run].row
        if own?.isAlone == true { world.happened(.executedAlone) }
        executions.append(Execution(process: process, run: run, lease: lease))
    }

    func executionEnded(_ process: SimulatedProcess, _ run: Int, _ lease: Lease) {
        executions.removeAll { $0.process === process && $0.lease == lease }
    }

    /// Before its child is killed: only for a reason. A rebalance is none.
    func executionStopped(_ world: World, _ process: SimulatedProcess, _ run: Int, _ lease: Lease) {
        guard !process.isDraining, world.plan(of: lease.runID).request.timeoutSeconds == nil,
            let row = world.store.runs[run].row, row.worker != nil, row.token == lease.token.sequence,
            !row.cancelRequested
        else { return }
        let now = world.schedule.now
        guard let renewal = renewals[process.number] else { return }
        let last = now - renewal.heardAt < 2000 ? renewal.heardBefore : renewal.heardSentAt
        let trust = Double(world.limits.leaseTrust.micros) / process.clockRate
        if Double(now - last) < trust - 1000 { violated("run \(run) was stopped without a reason", in: world) }
    }

    // MARK: Offsets

    func committed(_ world: World, _ partition: Int) {
        for offset in 0..<world.broker.committed[partition] {
            let message = world.broker.logs[partition][offset]
            if let id = message.run {
                let state = world.store.indexes[id].map { world.store.runs[$0].state }
                if state == nil || state == .submitted {
                    violated("offset \(offset) was committed before its run was accepted", in: world)
                }
            } else if !world.store.deadLetters.contains("\(partition)/\(offset)") {
                violated("offset \(offset) was committed before its letter was kept", in: world)
            }
        }
    }

    // MARK: Output

    func moved(_ inode: UInt64, by process: SimulatedProcess) { movers[inode] = process.number }

    func diskChanged(_ world: World) {
        for sink in Set(world.plan.runs.map(\.sink.number)).sorted() {
            guard let sink = world.plan.runs.first(where: { $0.sink.number == sink })?.sink else { continue }
            let visible = world.disk.visible(sink)
            let before = seen[sink.number] ?? [:]
            guard visible != before else { continue }
            seen[sink.number] = visible
            for path in before.keys.sorted() where visible[path] == nil {
                violated("\(path) vanished", in: world)
            }
            for (path, inode) in visible.sorted(by: { $0.key < $1.key }) where before[path] != inode {
                appeared(path, inode, sink, world)
            }
        }
    }

    private func appeared(_ path: String, _ inode: UInt64, _ sink: SimulatedSink, _ world: World) {
        guard let content = world.disk.contents[inode] else { return violated("\(path) is nobody's output", in: world) }
        let run = world.store.runs[content.run]
        world.note("visible at \(path): run \(content.run) of token \(content.token)")
        if !visibleOnce.insert(inode).inserted {
            violated("the output of run \(content.run) became visible again", in: world)
        }
        let report = run.row?.report
        if report?.manifest?.entries.contains(where: { $0.inode == inode && $0.target == path }) != true {
            violated("output of run \(content.run) became visible that was not decided", in: world)
        }
        if order[sink.number]?.last != content.run {
            let latest = order[sink.number]?.last.flatMap { world.store.runs[$0].sequence } ?? 0
            if run.sequence ?? 0 <= latest {
                violated("the output of run \(content.run) replaced that of a newer one", in: world)
            }
            order[sink.number, default: []].append(content.run)
        } else if sink.mode != .added {
            violated("run \(content.run) published twice", in: world)
        }
    }

    // MARK: Workflows

    /// What stands before it in its workflow has ended, and well where that is asked for.
    private func beginsInItsTurn(_ world: World, _ run: Int) {
        guard let index = world.store.runs[run].workflow else { return }
        let request = world.store.workflows[index].request
        let states = request.work.map { work in
            world.store.indexes[work.runID].map { world.store.runs[$0].state } ?? .held
        }
        guard let own = request.work.firstIndex(where: { world.store.indexes[$0.runID] == run }) else { return }
        let stage = request.plan.steps[own].stage
        for step in request.plan.steps.indices where step != own {
            let other = request.plan.steps[step].stage
            let isBefore = other < stage || other == stage && step < own && !request.plan.stages[stage].isParallel
            guard isBefore else { continue }
            if !states[step].isFinal {
                violated("step \(own) began before step \(step) had ended", in: world)
            }
            // A stage that is left out for what it depends on stops nothing by itself: what failed there is looked at, too.
            let isLeftOut =
                states[step] == .skipped
                && request.plan.steps.indices.contains {
                    request.plan.stages[other].dependsOn.contains(request.plan.steps[$0].stage)
                        && states[$0] != .succeeded
                }
            let forgives =
                other == stage
                ? request.plan.stages[stage].continuesOnFailure
                : (request.plan.stages[other].continuesOnFailure || !request.plan.failFast || isLeftOut)
                    && !request.plan.stages[stage].dependsOn.contains(other)
            if states[step] != .succeeded, !forgives {
                violated("step \(own) began although step \(step) is \(states[step])", in: world)
            }
        }
    }

    private func finishWorkflows(_ world: World) {
        if let (request, _) = world.plan.workflow,
            !world.store.workflows.contains(where: { $0.request.workflowID == request.workflowID })
        {
            violated("a submitted workflow is nowhere", in: world)
        }
        for workflow in world.store.workflows {
            let states = workflow.request.work.compactMap { world.store.indexes[$0.runID] }
                .map { world.store.runs[$0].state }
            let isSuccess = states.allSatisfy { $0 == .succeeded }
            if workflow.state != (isSuccess ? .succeeded : .failed) {
                violated("a workflow of \(states) ended as \(workflow.state)", in: world)
            }
            world.happened(isSuccess ? .workflowSucceeded : .workflowFailed)
            if states.contains(.skipped) { world.happened(.stepSkipped) }
            if states.first == .skipped, states.allSatisfy({ $0 == .skipped || $0 == .succeeded }) {
                violated("a workflow skipped its first step", in: world)
            }
            if states.contains(.skipped), !states.contains(where: { [.failed, .dead, .cancelled].contains($0) }) {
                violated("steps were skipped although nothing failed: \(states)", in: world)
            }
        }
    }

    // MARK: The end

    func finish(_ world: World) {
        finishWorkflows(world)
        for plan in world.plan.runs {
            guard let index = world.store.indexes[plan.request.runID] else {
                violated("a submitted run is nowhere", in: world)
                continue
            }
            let run = world.store.runs[index]
            guard run.state.isFinal else {
                violated("run \(index) was lost: it stays \(run.state)", in: world)
                continue
            }
            let isVisible = order[plan.sink.number]?.contains(index) ?? false
            if isVisible != (run.state == .succeeded) {
                violated("run \(index) ended as \(run.state), its output visible: \(isVisible)", in: world)
            }
            if run.state == .dead, run.deathsAlone < world.limits.deaths.deathsAloneBeforeSetAside {
                violated("run \(index) was set aside without deaths alone", in: world)
            }
            if run.state == .dead { world.happened(.setAside) }
            if plan.isPoison, run.state == .succeeded { violated("poison succeeded", in: world) }
        }
        for run in world.plan.runs where run.sink.mode == .added {
            let parts = world.disk.visible(run.sink)
            guard let index = world.store.indexes[run.request.runID] else { continue }
            let mine = parts.keys.filter { $0.hasPrefix("\(run.sink.target)/run\(index)-") }.count
            if mine != (world.store.runs[index].state == .succeeded ? 2 : 0) {
                violated("run \(index) left \(mine) of 2 files", in: world)
            }
        }
    }
}

extension DiskModel {
    /// What a reader finds at the sink.
    func visible(_ sink: SimulatedSink) -> [String: UInt64] {
        if sink.mode != .added { return inodes[sink.target].map { [sink.target: $0] } ?? [:] }
        return Dictionary(
            uniqueKeysWithValues: below(sink.target).compactMap { path in inodes[path].map { (path, $0) } })
    }
}
