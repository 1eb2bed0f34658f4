import Fleet
import Pipeline
import Synchronization

/// The store as one process sees it: over a network that delays, loses and cuts.
struct StoreClient: RunStore {
    struct Outage: Error {}

    /// The longest statement; the caller gives up then, and the server may not.
    static let callLimit: Int64 = 6_000_000
    static let submissionGrace: Int64 = 2_000_000

    let world: World
    let process: SimulatedProcess
    let session: StandingSession
    let ledger = SimulatedLedger()
    let bell: AsyncStream<Void>

    private func call<Answer: Sendable>(
        _ name: String, _ effect: @escaping (inout StoreModel) throws -> Answer
    ) async throws -> Answer {
        if name.hasPrefix("decide") || name.hasPrefix("settle") {
            world.publishMoment(name, process)
        } else {
            world.moment(name, process)
        }
        return try await process.ask { (reply: Reply<Answer>) in
            send(name, reply, effect)
        }
    }

    private func send<Answer: Sendable>(
        _ name: String, _ reply: Reply<Answer>, _ effect: @escaping (inout StoreModel) throws -> Answer
    ) {
        let (world, process) = (world, process)
        let fate = world.fate(of: process)
        func fail(_ delay: Int64) {
            world.schedule.after(delay) { reply.answer(.failure(Outage())) }
        }
        let there = world.latency()
        switch fate {
        case .refused: return fail(there)
        case .lost: return fail(Self.callLimit)
        case .late:
            // Given up by the caller, who tries again, before it takes effect.
            fail(world.schedule.dice.time(10...400))
        case .normal, .answerLost, .slowAnswer: break
        }
        let journey = fate == .late ? world.schedule.dice.time(400...3000) : there
        world.schedule.after(journey) {
            guard !process.isCutOff, !(process.condition == .dead && fate != .late) else { return fail(Self.callLimit) }
            guard world.storeIsUp else { return fail(world.latency()) }
            let result = Result { try world.transact(name, process, effect) }
            if fate == .late { world.happened(.effectAfterItsCallerGaveUp) }
            if fate == .answerLost { world.happened(.answerLost) }
            if fate == .answerLost { return fail(world.schedule.dice.time(1...50)) }
            let back = fate == .slowAnswer ? world.schedule.dice.time(500...5000) : world.latency()
            world.schedule.after(back) {
                if process.isCutOff { fail(Self.callLimit) } else { reply.answer(result) }
            }
        }
    }

    func accept(_ requests: [RunRequest]) async throws -> [AcceptAnswer] {
        try await call("accept \(requests.count)") { $0.accept(requests) }
    }

    func acceptOverdue() async throws -> Int {
        try await call("accept overdue") { $0.acceptOverdue(grace: Self.submissionGrace) }
    }

    func accept(_ workflow: WorkflowRequest) async throws -> AcceptAnswer {
        let answer = try await call("accept workflow") { $0.accept(workflow) }
        // What fails here is done by the next look.
        if answer == .accepted { _ = try? await advanceWorkflows() }
        return answer
    }

    func advanceWorkflows() async throws -> Int {
        let world = world
        return try await call("advance workflows") { store in
            let released = store.advanceWorkflows()
            if released > 0 { world.happened(.workflowAdvancedByALook) }
            return released
        }
    }

    func recordDeadLetter(_ letter: DeadLetter) async throws {
        try await call("dead letter") { store in
            store.deadLetters.insert("\(letter.partition)/\(letter.offset)")
            return ()
        }
    }

    func register(_ worker: WorkerRegistration) async throws {
        let number = process.number
        try await call("register") { $0.register(worker.id, process: number) }
        session.hold(worker.id)
    }

    func retire(_ worker: WorkerID) async throws {
        let policy = world.limits.deaths
        try await call("retire") { $0.retire(worker, policy: policy) }
        session.release()
    }

    func claim(_ worker: WorkerID, limit: Int) async throws -> [ClaimedRun] {
        let serial = ledger.begin()
        defer { ledger.end(serial) }
        return try await call("claim up to \(limit)") { $0.claim(worker, limit: limit, serial: serial) }
    }

    func renew(_ worker: WorkerID, held: [HeldRun]) async throws -> RenewalAnswer {
        let (world, process) = (world, process)
        let serial = ledger.renewalBegins()
        let sentAt = world.schedule.now
        let (answer, unnamed) = try await call("renew \(held.count)") { store in
            world.watch.renewed(process)
            return store.renew(worker, held: held, serial: serial)
        }
        if !unnamed.isEmpty, world.variant != .forgetsUnheardClaims {
            world.happened(.heardOfNoClaim)
            let policy = world.limits.deaths
            world.note("\(process.number): gives back \(unnamed.map(\.run)), of which it does not know")
            _ = try await call("give back") { $0.takeBack(unnamed, died: false, policy: policy) }
        }
        world.watch.heard(process, sentAt: sentAt)
        return answer
    }

    func note(_ said: [SaidMessages]) async throws { try await call("note \(said.count)") { _ in () } }

    func observeWorkers(except worker: WorkerID) async throws -> [WorkerObservation] {
        guard session.server != nil else {
            try await process.stay(world.latency())
            throw Outage()
        }
        let count = world.variant == .judgesAcrossSessions ? 1 : session.count
        let asked = session.server
        return try await call("observe") { [session] store in
            guard session.server == asked else { throw Outage() }
            return store.observe(except: worker, session: count)
        }
    }

    func reclaim(from dead: [WorkerObservation]) async throws -> Int {
        let (world, process) = (world, process)
        let policy = world.limits.deaths
        return try await call("reclaim") { store in
            let given = store.reclaim(dead, policy: policy)
            if !given.workers.isEmpty { world.watch.reclaimed(world, by: process, given, dead, store) }
            return given.runs.count
        }
    }

    func decide(_ lease: Lease, _ report: AttemptReport) async throws -> GuardAnswer {
        let world = world
        return try await call("decide \(world.name(lease))") { store in
            let answer = store.decide(lease, report)
            if answer == .applied { world.watch.decided(world, store, lease) }
            if answer == .leaseLost { world.happened(.tokenRefusedAtDecide) }
            return answer
        }
    }

    func settle(_ lease: Lease, _ settlement: Settlement) async throws -> GuardAnswer {
        let (world, process) = (world, process)
        let answer = try await call("settle \(world.name(lease)) \(settlement.word)") { store in
            let wasHeld = store.held(lease) != nil
            if wasHeld { world.watch.settles(world, store, by: process, lease, settlement) }
            let answer = store.settle(lease, settlement)
            if answer == .leaseLost { world.happened(.tokenRefusedAtSettle) }
            return answer
        }
        if answer == .applied, let run = world.store.indexes[lease.runID], world.store.runs[run].workflow != nil,
            world.store.runs[run].state.isFinal
        {
            // A moment in which the settler may die, and a call that may fail: the next look does it then.
            _ = try? await call("advance after \(world.name(lease))") { $0.advance(workflowOf: lease.runID) }
        }
        return answer
    }

    func wakeUps() async -> AsyncStream<Void> { bell }
}

extension Settlement {
    var word: String {
        switch self {
        case .succeeded: "succeeded"
        case .failed(let failure, _), .refused(let failure, _): "failed \(failure.kind)"
        case .retry(let failure, _): "retry \(failure.kind)"
        case .moved(let failure, let correction): "moved \(failure.kind) \(correction.to.rawValue)"
        case .interrupted: "interrupted"
        case .cancelled: "cancelled"
        }
    }
}

/// Which claims have been answered, as the real store's ledger knows it.
final class SimulatedLedger: Sendable {
    private struct State {
        var last: Int64 = 0
        var underWay: Set<Int64> = []
        var answered: Int64 = 0
    }

    private let state = Mutex(State())

    func begin() -> Int64 {
        state.withLock { state in
            state.last += 1
            state.underWay.insert(state.last)
            return state.last
        }
    }

    func end(_ serial: Int64) { state.withLock { _ = $0.underWay.remove(serial) } }

    func renewalBegins() -> Int64 {
        state.withLock { state in
            let before = state.answered
            state.answered = (state.underWay.min() ?? state.last + 1) - 1
            return before
        }
    }
}
