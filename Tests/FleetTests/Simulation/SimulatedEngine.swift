import Fleet
import Pipeline

/// An engine whose executions take as long and end as the dice say. Its child dies with the process, and when it is
/// told to.
struct SimulatedEngine: Engine {
    let world: World
    let process: SimulatedProcess

    func execute(_ attempt: Attempt, progress: @escaping @Sendable (AttemptProgress) -> Void) async throws
        -> AttemptReport
    {
        guard process.isAlive, let run = world.store.indexes[attempt.lease.runID] else {
            throw SimulatedProcess.Died()
        }
        let plan = world.plan(of: attempt.lease.runID)
        world.moment("execution of run \(run) begins", process)
        world.watch.executionBegins(world, process, run, attempt.lease)
        var childOutlives = false
        defer { if !childOutlives { world.watch.executionEnded(process, run, attempt.lease) } }
        progress(AttemptProgress(phase: "execute", fraction: 0.5))
        do {
            try await process.sleep(world.schedule.dice.time(plan.milliseconds))
        } catch {
            guard process.isAlive else { throw error }
            world.watch.executionStopped(world, process, run, attempt.lease)
            if world.variant == .confirmsTooEarly {
                childOutlives = true
                world.schedule.after(150_000) { world.watch.executionEnded(process, run, attempt.lease) }
                throw CancellationError()
            }
            try await process.stay(world.schedule.dice.time(1...150))
            throw CancellationError()
        }
        if plan.isPoison {
            world.note("\(process.number): run \(run) kills its worker")
            world.kill(process)
            throw SimulatedProcess.Died()
        }
        if world.schedule.dice.chance(world.hasFaults ? 0.15 : 0) {
            throw Failure(world.schedule.dice.chance(0.2) ? .badData : .engineLost, "the dice say so")
        }
        var report = AttemptReport(engine: "simulated", engineReason: "a simulation")
        if plan.failsChecks {
            report.checks = [
                CheckReport(
                    type: "unique", subject: "id", severity: .error, passed: false, failedRows: 1, message: "1 row")
            ]
            return report
        }
        report.manifest = try stage(run, attempt.lease, plan.sink)
        return report
    }

    /// Also removes what older attempts of the run have left, as the real engine does before it begins.
    private func stage(_ run: Int, _ lease: Lease, _ sink: SimulatedSink) throws -> Manifest {
        guard process.isAlive else { throw SimulatedProcess.Died() }
        let prefix = "run\(run)."
        for name in world.disk.names(in: sink.staging) where name.hasPrefix(prefix) {
            guard let older = Int64(name.dropFirst(prefix.count)), older < lease.token.sequence else { continue }
            world.disk.remove("\(sink.staging)/\(name)")
        }
        let folder = "\(sink.staging)/\(prefix)\(lease.token.sequence)"
        let content = DiskModel.Content(run: run, token: lease.token.sequence, part: 0)
        guard sink.mode == .added else {
            let staged = "\(folder)/out"
            let entry = Manifest.Entry(
                staged: staged, target: sink.target, inode: world.disk.create(staged, content), bytes: 1)
            return Manifest(
                move: sink.mode == .file ? .replaceFile : .exchangeFolder, entries: [entry], stagingDirectory: folder,
                lease: lease)
        }
        let entries = (0..<2).map { part in
            let staged = "\(folder)/out/\(part)"
            return Manifest.Entry(
                staged: staged, target: "\(sink.target)/run\(run)-\(part)",
                inode: world.disk.create(staged, DiskModel.Content(run: run, token: content.token, part: part)),
                bytes: 1)
        }
        return Manifest(move: .addFiles, entries: entries, stagingDirectory: folder, lease: lease)
    }
}
