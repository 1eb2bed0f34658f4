import Fleet
import Foundation
import Logging
import Pipeline

/// Everything of one simulation: the workers, what they share, and what goes wrong.
///
/// `@unchecked`: used on the one thread of its schedule only.
final class World: @unchecked Sendable {
    /// What is deliberately broken, to show that the simulation would see it.
    enum Variant: CaseIterable {
        case faithful
        /// Any token passes, in the store and on the disk.
        case noTokens
        /// The publisher moves what is staged without claiming it first.
        case noFence
        /// Observers take all their sessions for one.
        case judgesAcrossSessions
        /// Workers believe in their leases for longer than others wait.
        case trustOutlivesJudgement
        case commitsBeforeAccept
        case settlesBeforeMove
        /// The store does not take back what a renewal does not name.
        case forgetsUnheardClaims
        /// The engine says that it has stopped while its child still runs.
        case confirmsTooEarly
    }

    enum Fate { case normal, refused, lost, answerLost, slowAnswer, late }

    private struct Staff {
        var process: SimulatedProcess
        var worker: Worker
        var session: StandingSession
        var bell: AsyncStream<Void>.Continuation
    }

    let variant: Variant
    let schedule: Schedule
    let limits: FleetLimits
    let plan: FaultPlan
    var store: StoreModel
    var disk = DiskModel()
    var broker = BrokerModel()
    let watch = Watch()
    private(set) var storeIsUp = true
    private(set) var hasFaults = true
    private(set) var faultsDone = 0
    /// How often it came to that.
    private(set) var situations: [Situation: Int] = [:]
    private(set) var trace: [String]?
    private var staff: [Staff] = []
    private var starting = 0
    private var lastSession = 0
    private var moments = 0
    private var publishMoments = 0
    private var clockOffset: Int64 = 0

    init(seed: UInt64, variant: Variant, emphasis: FaultPlan.Emphasis, isTraced: Bool) {
        self.variant = variant
        schedule = Schedule(seed: seed)
        plan = FaultPlan(&schedule.dice, emphasis)
        limits = FaultPlan.limits(trust: variant == .trustOutlivesJudgement ? .seconds(20) : .milliseconds(3500))
        store = StoreModel(seed: seed)
        store.checksTokens = variant != .noTokens
        trace = isTraced ? [] : nil
    }

    // MARK: Course

    /// Returns when every run has ended, something was found, or the time is up.
    func run() {
        for _ in 0..<plan.workers { startWorker() }
        let arranged = Set(plan.workflow?.request.runs.map(\.runID) ?? [])
        if let (workflow, at) = plan.workflow { schedule.after(at) { self.submit(workflow) } }
        for run in plan.runs {
            if arranged.contains(run.request.runID) {
                if let at = run.cancelledAt { schedule.after(at) { self.cancel(run) } }
                continue
            }
            schedule.after(run.submittedAt) { self.submit(run) }
            if let at = run.cancelledAt { schedule.after(at) { self.cancel(run) } }
        }
        for (at, fault) in plan.faults { schedule.after(at) { self.strike(fault) } }
        schedule.after(FaultPlan.end) { self.heal() }
        let limit = FaultPlan.end + 240_000_000
        let settling = FaultPlan.end + 3_000_000
        schedule.run {
            guard watch.violation == nil else { return false }
            if schedule.now < settling { return true }
            guard schedule.now < limit else { return false }
            return store.runs.count < plan.runs.count
                || store.runs.contains { $0.row != nil || $0.state == .submitted || $0.state == .held }
                || store.workflows.contains { $0.state == .running }
        }
        if watch.violation == nil { watch.finish(self) }
        for entry in staff { entry.process.die() }
        schedule.unwind()
    }

    func process(_ number: Int) -> SimulatedProcess { staff[number].process }

    func plan(of id: RunID) -> FaultPlan.Run { plan.runs.first { $0.request.runID == id } ?? plan.runs[0] }

    func note(_ text: @autoclosure () -> String) {
        guard trace != nil else { return }
        let millis = schedule.now / 1000
        trace?.append("\(millis / 1000).\(String(String(millis % 1000 + 1000).dropFirst())) \(text())")
    }

    func happened(_ situation: Situation) { situations[situation, default: 0] += 1 }

    func name(_ lease: Lease) -> String {
        trace == nil ? "" : "run \(store.indexes[lease.runID] ?? -1) token \(lease.token.sequence)"
    }

    // MARK: Workers

    func startWorker() {
        let process = SimulatedProcess(
            number: staff.count, schedule: schedule, clockRate: 0.99 + schedule.dice.fraction() * 0.02)
        let session = StandingSession(self, process)
        let (stream, bell) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let client = StoreClient(world: self, process: process, session: session, bell: stream)
        let ports = Worker.Ports(
            store: client, requests: SimulatedStream(world: self, process: process),
            deadLetters: SimulatedSinkOfLetters(), engine: SimulatedEngine(world: self, process: process),
            publisher: SimulatedPublisher(world: self, process: process))
        var limits = limits
        limits.slots = 2
        let worker = Worker(
            registration: WorkerRegistration(
                id: WorkerID(schedule.dice.uuid()), host: "h", processID: Int32(staff.count), slots: 2, version: "0"),
            ports: ports, limits: limits, logger: Logger(label: "s") { _ in self.logHandler(process) },
            clock: MonotonicClock(SimulatedClock(process: process)), jitter: { self.schedule.dice.fraction() })
        staff.append(Staff(process: process, worker: worker, session: session, bell: bell))
        note("worker \(process.number) starts")
        session.connect()
        process.start {
            // A worker that cannot register ends, and another one is started.
            try? await worker.run()
            if process.isAlive { self.kill(process, "ends") }
        }
    }

    private func logHandler(_ process: SimulatedProcess) -> any LogHandler {
        if trace == nil { return SwiftLogNoOpLogHandler() }
        return TraceLog { self.note("\(process.number): \($0)") }
    }

    private var present: [Staff] { staff.filter { $0.process.isAlive && !$0.process.isDraining } }

    /// Whoever left is replaced, sooner or later.
    private func keepStaffed() {
        while present.count + starting < plan.workers {
            starting += 1
            schedule.after(schedule.dice.time(100...3000)) {
                self.starting -= 1
                self.startWorker()
            }
        }
    }

    func kill(_ process: SimulatedProcess, _ how: String = "is killed") {
        guard process.isAlive else { return }
        note("worker \(process.number) \(how)")
        happened(.killed)
        process.die()
        watch.died(process)
        let session = staff[process.number].session
        // A dead process's connections are closed by its machine; a cut one is noticed later.
        schedule.after(process.isCutOff ? schedule.dice.time(1500...8000) : schedule.dice.time(1...20)) {
            session.end()
        }
        keepStaffed()
    }

    private func pause(_ process: SimulatedProcess, _ length: Int64) {
        guard process.condition == .running else { return }
        note("worker \(process.number) is stopped for \(length / 1000) ms")
        happened(.paused)
        process.pause()
        schedule.after(length) {
            if process.condition == .paused { self.note("worker \(process.number) goes on") }
            process.resume()
        }
    }

    private func cut(_ entry: Staff, _ length: Int64) {
        guard !entry.process.isCutOff else { return }
        note("worker \(entry.process.number) is cut off for \(length / 1000) ms")
        happened(.cutOff)
        entry.process.isCutOff = true
        entry.session.cut()
        schedule.after(length) {
            if entry.process.isCutOff { entry.process.isCutOff = false }
        }
    }

    private func loseMost(_ process: SimulatedProcess, _ length: Int64) {
        note("worker \(process.number) is hardly heard for \(length / 1000) ms")
        happened(.hardlyHeard)
        process.isHardlyHeard = true
        schedule.after(length) { process.isHardlyHeard = false }
    }

    // MARK: What processes ask for

    /// Something is about to happen in a process: where it may be killed or stopped.
    func moment(_ what: @autoclosure () -> String, _ process: SimulatedProcess) {
        guard process.isAlive else { return }
        moments += 1
        note("\(process.number): \(what())")
        guard hasFaults else { return }
        if plan.killMoments.contains(moments) { strike(process, nil) }
        if let length = plan.pauseMoments[moments] { strike(process, length) }
    }

    /// A moment between deciding and settling.
    func publishMoment(_ what: @autoclosure () -> String, _ process: SimulatedProcess) {
        moment(what(), process)
        guard hasFaults, process.isAlive else { return }
        publishMoments += 1
        if plan.killPublishing.contains(publishMoments) { strike(process, nil) }
        if let length = plan.pausePublishing[publishMoments] { strike(process, length) }
    }

    /// Kills the process where it stands, or stops it for a while.
    private func strike(_ process: SimulatedProcess, _ length: Int64?) {
        faultsDone += 1
        if let length { pause(process, length) } else { kill(process) }
    }

    func fate(of process: SimulatedProcess) -> Fate {
        guard hasFaults else { return .normal }
        if process.isHardlyHeard { return schedule.dice.chance(0.8) ? .lost : .slowAnswer }
        switch schedule.dice.int(0...999) {
        case 0..<15: return .refused
        case 15..<25: return .lost
        case 25..<50: return .answerLost
        case 50..<60: return .late
        case 60..<65: return .slowAnswer
        default: return .normal
        }
    }

    func latency() -> Int64 {
        hasFaults && schedule.dice.chance(0.02) ? schedule.dice.time(1...900) : 100 + schedule.dice.time(0...2)
    }

    func transact<Answer>(
        _ name: String, _ process: SimulatedProcess, _ effect: (inout StoreModel) throws -> Answer
    ) throws -> Answer {
        store.now = schedule.now + clockOffset
        let answer = try effect(&store)
        storeChanged()
        return answer
    }

    private func storeChanged() {
        watch.storeChanged(self)
        guard store.queueChanged else { return }
        store.queueChanged = false
        for entry in staff where entry.process.isAlive && entry.session.server != nil { ring(entry.session) }
    }

    func nextSession() -> Int {
        lastSession += 1
        return lastSession
    }

    func ring(_ session: StandingSession) {
        guard let entry = staff.first(where: { $0.session === session }), !entry.process.isCutOff else { return }
        if hasFaults, schedule.dice.chance(0.05) { return }
        schedule.after(latency()) { entry.bell.yield() }
    }

    func diskChanged() { watch.diskChanged(self) }

    func join(_ process: SimulatedProcess) {
        guard process.isAlive, !broker.members.contains(process.number) else { return }
        broker.members.append(process.number)
        broker.rebalance(&schedule.dice)
    }

    /// At once when it says so, and after a while when it just ends.
    func leave(_ process: SimulatedProcess) {
        schedule.after(process.isAlive ? 0 : 3_000_000) {
            self.broker.members.removeAll { $0 == process.number }
            self.broker.rebalance(&self.schedule.dice)
        }
    }

    // MARK: Submitters

    /// Until one of the two durable places has it.
    private func submit(_ run: FaultPlan.Run) {
        let isRecorded = storeIsUp && !(hasFaults && schedule.dice.chance(0.3))
        let isPublished = !isRecorded || !(hasFaults && schedule.dice.chance(0.3))
        guard isRecorded || isPublished else { return schedule.after(200_000) { self.submit(run) } }
        note("submitted \(run.request.runID), recorded: \(isRecorded), published: \(isPublished)")
        if isRecorded {
            store.now = schedule.now + clockOffset
            _ = store.submit(run.request)
        }
        if isPublished {
            let partition = schedule.dice.int(0...BrokerModel.partitions - 1)
            if schedule.dice.chance(0.1) {
                broker.logs[partition].append(BrokerModel.Message(payload: Data("{".utf8), run: nil))
            }
            // An encoding that fails would show as a lost run.
            if let payload = try? run.request.encoded() {
                for _ in 0...(schedule.dice.chance(0.2) ? 1 : 0) {
                    broker.logs[partition].append(
                        BrokerModel.Message(payload: payload, run: run.request.runID))
                }
            }
        }
    }

    /// Once or more often, through either door, the submitter dead before it advanced anything.
    private func submit(_ workflow: WorkflowRequest) {
        let isRecorded = storeIsUp && !(hasFaults && schedule.dice.chance(0.5))
        let isPublished = !isRecorded || !(hasFaults && schedule.dice.chance(0.3))
        note("submitted workflow, recorded: \(isRecorded), published: \(isPublished)")
        if isRecorded {
            store.now = schedule.now + clockOffset
            _ = store.accept(workflow)
        }
        // An encoding that fails would show as lost runs.
        guard isPublished, let payload = try? workflow.encoded() else { return }
        for _ in 0...(schedule.dice.chance(0.5) ? 1 : 0) {
            broker.logs[schedule.dice.int(0...BrokerModel.partitions - 1)].append(
                BrokerModel.Message(payload: payload, run: workflow.runs.first?.runID))
        }
    }

    private func cancel(_ run: FaultPlan.Run) {
        note("cancel of \(run.request.runID)")
        guard storeIsUp else { return }
        store.now = schedule.now + clockOffset
        let before = store.indexes[run.request.runID].map { store.runs[$0].state }
        if before == nil { happened(.cancelledBeforeItsRequest) }
        if before == .running { happened(.cancelledWhileExecuted) }
        store.cancel(run.request.runID)
        storeChanged()
    }

    // MARK: Faults

    private func strike(_ fault: FaultPlan.Fault) {
        guard hasFaults, let victim = present.isEmpty ? nil : schedule.dice.pick(present) else { return }
        faultsDone += 1
        switch fault {
        case .kill: kill(victim.process)
        case .pause: pause(victim.process, schedule.dice.time(300...9000))
        case .cut: cut(victim, schedule.dice.time(300...9000))
        case .loseMost: loseMost(victim.process, schedule.dice.time(4000...9000))
        case .restartStore: restartStore()
        case .endSession:
            note("session of worker \(victim.process.number) is ended")
            happened(.sessionEnded)
            victim.session.end()
        case .rebalance:
            note("rebalance")
            happened(.rebalanced)
            broker.rebalance(&schedule.dice)
        case .loseLog: loseLog()
        case .drain:
            note("worker \(victim.process.number) is asked to stop")
            happened(.drained)
            victim.process.isDraining = true
            victim.worker.drain()
            if schedule.dice.chance(0.3) { schedule.after(schedule.dice.time(1...1500)) { victim.worker.hurry() } }
            keepStaffed()
        case .setClock:
            happened(.clockSet)
            clockOffset += schedule.dice.time(0...6000) - 3_000_000
            note("the database's clock is set to \(clockOffset / 1000) ms")
        }
    }

    private func restartStore() {
        guard storeIsUp else { return }
        note("the store goes down")
        happened(.storeRestarted)
        storeIsUp = false
        for entry in staff { entry.session.end() }
        store.locks = []
        schedule.after(schedule.dice.time(100...2500)) {
            self.note("the store is up")
            self.storeIsUp = true
        }
    }

    /// Only what the store knows may be lost: two durable places, one of which is enough.
    private func loseLog() {
        let runs = broker.logs.joined().compactMap(\.run)
        guard runs.allSatisfy({ store.indexes[$0] != nil }) else { return }
        note("the broker loses its log")
        happened(.logLost)
        broker.loseEverything()
        broker.rebalance(&schedule.dice)
    }

    private func heal() {
        note("everything heals")
        hasFaults = false
        for entry in staff {
            if entry.process.isCutOff { entry.process.isCutOff = false }
            entry.process.isHardlyHeard = false
            entry.process.resume()
        }
        keepStaffed()
    }
}

private struct TraceLog: LogHandler {
    var metadata: Logger.Metadata = [:]
    var logLevel: Logger.Level = .debug
    let write: @Sendable (String) -> Void

    init(_ write: @escaping @Sendable (String) -> Void) { self.write = write }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let details = (event.metadata ?? [:]).sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        write("\(event.level): \(event.message) \(details.joined(separator: " "))")
    }
}
