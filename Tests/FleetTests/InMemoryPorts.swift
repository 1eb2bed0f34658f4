import Fleet
import Foundation
import Pipeline
import Synchronization

/// A store in memory that keeps the guards of the real one, with faults on demand.
final class InMemoryRunStore: RunStore {
    enum Step: Hashable { case claim, renew, decide, settle, register }

    /// What happens to the next call of a step.
    enum Fault {
        case refuse
        /// The call takes effect and its answer is lost.
        case loseAnswer
        /// The call takes effect, its answer is lost, and a successor has taken the run over before the next call.
        case loseAnswerAndLease
    }

    struct Outage: Error {}

    struct Row {
        var request: RunRequest
        /// Renewals that had begun when it was claimed.
        var claimedAfter = 0
        var state: RunState
        var owner: Lease?
        var attempts = 0
        var report: AttemptReport?
        var cancelRequested = false
        var correction: EngineCorrection?
        var settlements: [String] = []
        var said: [AttemptMessage] = []
    }

    struct State {
        var rows: [RunID: Row] = [:]
        var order: [RunID] = []
        var deadLetters: [DeadLetter] = []
        var faults: [Step: [Fault]] = [:]
        var retired: [WorkerID] = []
        var renewals = 0
        var loses: Set<RunID> = []
        /// Whether the store can be reached for renewals at all.
        var isCutOff = false
        /// Steps whose calls are not answered until they are let go.
        var hangs: Set<Step> = []
        var hanging: [CheckedContinuation<Void, Never>] = []
    }

    let state = Mutex(State())
    private let changed: AsyncStream<Void>
    private let change: AsyncStream<Void>.Continuation
    private let wake: AsyncStream<Void>
    private let ring: AsyncStream<Void>.Continuation

    init() {
        (changed, change) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        (wake, ring) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    }

    /// Waits until `condition` holds of the rows; every change of state is looked at.
    func until(_ condition: @Sendable (State) -> Bool) async {
        change.yield()
        for await _ in changed where state.withLock({ condition($0) }) { return }
    }

    func enqueue(_ request: RunRequest) {
        state.withLock { state in
            state.rows[request.runID] = Row(request: request, state: .queued)
            state.order.append(request.runID)
        }
        ring.yield()
        change.yield()
    }

    func fail(_ step: Step, _ faults: [Fault]) { state.withLock { $0.faults[step] = faults } }

    /// From now on calls of this step are not answered.
    func hang(_ step: Step) { state.withLock { _ = $0.hangs.insert(step) } }

    /// Answers all that hang.
    func letGo() {
        let hanging = state.withLock { state in
            state.hangs = []
            defer { state.hanging = [] }
            return state.hanging
        }
        for call in hanging { call.resume() }
    }

    private func hangIfTold(_ step: Step) async {
        await withCheckedContinuation { continuation in
            let hangs = state.withLock { state in
                if state.hangs.contains(step) { state.hanging.append(continuation) }
                return state.hangs.contains(step)
            }
            change.yield()
            if !hangs { continuation.resume() }
        }
    }

    private func act<Answer>(_ step: Step, _ body: (inout State) -> Answer) throws -> Answer {
        defer { change.yield() }
        return try state.withLock { state in
            if state.isCutOff { throw Outage() }
            let fault = state.faults[step]?.first
            if fault != nil { state.faults[step]?.removeFirst() }
            if fault == .refuse { throw Outage() }
            let answer = body(&state)
            if fault == .loseAnswerAndLease {
                for id in state.order {
                    state.rows[id]?.owner = Lease(
                        runID: id, attempt: 9, token: LeaseToken(sequence: 9, nonce: UUID()))
                }
            }
            if fault != nil { throw Outage() }
            return answer
        }
    }

    func accept(_ requests: [RunRequest]) async throws -> [AcceptAnswer] {
        let answers: [AcceptAnswer] = requests.map { request in
            let known = state.withLock { $0.rows[request.runID]?.request }
            guard let known else {
                enqueue(request)
                return .accepted
            }
            return known.contentDigest == request.contentDigest ? .known : .conflict
        }
        return answers
    }

    func acceptOverdue() async throws -> Int { 0 }

    /// All runs at once, whatever the order of the stages.
    func accept(_ workflow: WorkflowRequest) async throws -> AcceptAnswer {
        try await accept(workflow.runs).contains(.accepted) ? .accepted : .known
    }

    func advanceWorkflows() async throws -> Int { 0 }

    func recordDeadLetter(_ letter: DeadLetter) async throws {
        state.withLock { $0.deadLetters.append(letter) }
        change.yield()
    }

    func register(_ worker: WorkerRegistration) async throws { try act(.register) { _ in } }

    func retire(_ worker: WorkerID) async throws {
        state.withLock { $0.retired.append(worker) }
        change.yield()
    }

    func claim(_ worker: WorkerID, limit: Int) async throws -> [ClaimedRun] {
        await hangIfTold(.claim)
        return try act(.claim) { state in
            var claimed: [ClaimedRun] = []
            for id in state.order where claimed.count < limit {
                guard var row = state.rows[id], row.owner == nil, row.state == .queued || row.state == .publishing
                else { continue }
                row.attempts += 1
                let lease = Lease(
                    runID: id, attempt: row.attempts,
                    token: LeaseToken(sequence: Int64(row.attempts), nonce: UUID()))
                row.owner = lease
                row.claimedAfter = state.renewals
                if row.state == .queued { row.state = .running }
                state.rows[id] = row
                claimed.append(
                    ClaimedRun(
                        lease: lease, request: row.request, acceptedAt: Date(), decided: row.report,
                        correction: row.correction))
            }
            return claimed
        }
    }

    func renew(_ worker: WorkerID, held: [HeldRun]) async throws -> RenewalAnswer {
        await hangIfTold(.renew)
        return try act(.renew) { state in
            state.renewals += 1
            let named = Set(held.map(\.lease))
            for id in state.order {
                guard let row = state.rows[id], let owner = row.owner, !named.contains(owner),
                    row.claimedAfter < state.renewals - 1
                else { continue }
                state.rows[id]?.owner = nil
                if state.rows[id]?.state == .running { state.rows[id]?.state = .queued }
            }
            let lost = held.map(\.lease).filter { state.loses.contains($0.runID) || state.rows[$0.runID]?.owner != $0 }
            let cancelled = held.map(\.lease).filter { state.rows[$0.runID]?.cancelRequested == true }
            return RenewalAnswer(lost: lost, cancelRequested: cancelled)
        }
    }

    func note(_ said: [SaidMessages]) async throws {
        state.withLock { state in
            for one in said where state.rows[one.lease.runID]?.owner == one.lease {
                let known = state.rows[one.lease.runID]?.said.map(\.ordinal) ?? []
                state.rows[one.lease.runID]?.said += one.messages.filter { !known.contains($0.ordinal) }
            }
        }
        change.yield()
    }

    func observeWorkers(except worker: WorkerID) async throws -> [WorkerObservation] { [] }

    func reclaim(from dead: [WorkerObservation]) async throws -> Int { 0 }

    func decide(_ lease: Lease, _ report: AttemptReport) async throws -> GuardAnswer {
        try act(.decide) { state in
            guard state.rows[lease.runID]?.owner == lease else { return .leaseLost }
            if state.rows[lease.runID]?.state == .publishing { return .applied }
            if state.rows[lease.runID]?.cancelRequested == true { return .cancelRequested }
            state.rows[lease.runID]?.state = .publishing
            state.rows[lease.runID]?.report = report
            return .applied
        }
    }

    func settle(_ lease: Lease, _ settlement: Settlement) async throws -> GuardAnswer {
        try act(.settle) { state in
            guard state.rows[lease.runID]?.owner == lease else { return .leaseLost }
            let (next, name): (RunState, String) =
                switch settlement {
                case .succeeded: (.succeeded, "succeeded")
                case .failed(let failure, _): (.failed, "failed \(failure.kind.rawValue)")
                case .refused(let failure, _): (.failed, "refused \(failure.kind.rawValue)")
                case .retry(let failure, _): (.waiting, "retry \(failure.kind.rawValue)")
                case .moved(let failure, let correction):
                    (.queued, "moved \(failure.kind.rawValue) \(correction.to.rawValue)")
                case .interrupted: (.queued, "interrupted")
                case .cancelled: (.cancelled, "cancelled")
                }
            // A settled lease stays the owner here, so that a repetition is told "applied".
            if state.rows[lease.runID]?.state != next { state.rows[lease.runID]?.settlements.append(name) }
            state.rows[lease.runID]?.state = next
            if case .moved(_, let correction) = settlement {
                state.rows[lease.runID]?.correction = correction
                state.rows[lease.runID]?.owner = nil
                ring.yield()
            }
            return .applied
        }
    }

    func wakeUps() async -> AsyncStream<Void> { wake }
}

/// Takes messages that the test hands over.
struct HandedStream: RequestStream {
    let batches: AsyncStream<[IncomingMessage]>

    func consume(_ accept: @escaping @Sendable ([IncomingMessage]) async throws -> Void) async throws {
        for await batch in batches { try await accept(batch) }
        try await Task.sleep(for: .seconds(86_400))
    }
}

struct NoSink: RequestSink {
    func publish(_ request: RunRequest) async throws {}
    func publish(_ workflow: WorkflowRequest) async throws {}
    func publish(_ letter: DeadLetter) async throws {}
}

/// An engine whose attempts end as the test says, or go on until they are stopped.
final class ScriptedEngine: Engine {
    enum Ending {
        case staged, failsCheck
        case throwsFailure(Failure)
        case runsUntilStopped
        case failsUntilMoved(Failure)
        /// Says so, and ends when five have begun.
        case leavesItsSlot
        /// Says something, and ends as staged.
        case says(AttemptProgress.Said)
        /// Says something, and ends when it has been kept.
        case saysAndWaits(AttemptProgress.Said, until: AsyncStream<Void>)
    }

    let ending: Ending
    let executions = Mutex(0)
    /// Those who left their slots and wait for the others.
    private let waiting = Mutex<[AsyncStream<Void>.Continuation]>([])
    /// An element when an execution has been stopped.
    let stops: AsyncStream<Void>
    private let stopped: AsyncStream<Void>.Continuation

    init(_ ending: Ending) {
        self.ending = ending
        (stops, stopped) = AsyncStream.makeStream(of: Void.self)
    }

    func execute(_ attempt: Attempt, progress: @escaping @Sendable (AttemptProgress) -> Void) async throws
        -> AttemptReport
    {
        executions.withLock { $0 += 1 }
        var report = AttemptReport(engine: "scripted", engineReason: "a test")
        switch ending {
        case .staged:
            report.manifest = Manifest(
                move: .replaceFile, entries: [], stagingDirectory: "/nowhere", lease: attempt.lease)
        case .failsCheck:
            report.checks = [
                CheckReport(
                    type: "unique", subject: "id", severity: .error, passed: false, failedRows: 2, message: "2 rows")
            ]
        case .throwsFailure(let failure): throw failure
        case .failsUntilMoved(let failure):
            guard attempt.correction?.to == .spark else { throw failure }
        case .leavesItsSlot:
            progress(AttemptProgress(phase: "execute", hasOwnPlace: true))
            let (turn, waiter) = AsyncStream.makeStream(of: Void.self)
            let gathered = waiting.withLock { waiting in
                waiting.append(waiter)
                return waiting.count >= 5 ? waiting : []
            }
            for waiter in gathered { waiter.finish() }
            for await _ in turn {}
        case .says(let said):
            progress(AttemptProgress(phase: "execute", said: said))
            report.manifest = Manifest(
                move: .replaceFile, entries: [], stagingDirectory: "/nowhere", lease: attempt.lease)
        case .saysAndWaits(let said, let kept):
            progress(AttemptProgress(phase: "execute", said: said))
            for await _ in kept { break }
        case .runsUntilStopped:
            defer { stopped.yield() }
            try await Task.sleep(for: .seconds(86_400))
        }
        return report
    }
}

final class CountingPublisher: Publisher {
    let moves = Mutex(0)
    let movers = Mutex<[Lease]>([])
    let discards = Mutex(0)
    let failures: Mutex<Int>
    /// What the target says in the end, if it refuses.
    let refusal: Failure?

    init(failures: Int = 0, refusal: Failure? = nil) {
        self.failures = Mutex(failures)
        self.refusal = refusal
    }

    func move(_ manifest: Manifest) async throws {
        let fails = failures.withLock { left in
            left -= 1
            return left >= 0
        }
        if fails { throw Failure(.unreachable, "the file system is away") }
        if let refusal { throw RefusedByTarget(failure: refusal) }
        movers.withLock { $0.append(manifest.lease) }
        moves.withLock { $0 += 1 }
    }

    func discard(_ manifest: Manifest) async { discards.withLock { $0 += 1 } }
}
