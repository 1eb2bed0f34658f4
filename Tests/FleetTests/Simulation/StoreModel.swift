import Fleet
import Foundation
import Pipeline

/// The store's rows and statements, as `Sources/Store` has them; each method is one transaction.
struct StoreModel {
    struct Run {
        /// Of its concurrency key among `keys`.
        var key: Int
        var request: RunRequest
        var state: RunState = .submitted
        var recordedAt: Int64
        var row: QueueRow?
        /// How the attempts ended, by lease; `running` until then.
        var endings: [(lease: Lease, ending: String)] = []
        var sequence: Int?
        var deaths = 0
        var deathsAlone = 0
        /// Among `workflows`.
        var workflow: Int?
    }

    struct Workflow {
        var request: WorkflowRequest
        var state = WorkflowState.running
        /// Something has happened that nobody has drawn conclusions from.
        var isWoken = true
    }

    /// A run that is accepted and not final.
    struct QueueRow {
        var sequence: Int
        var priority: Int
        var dueAt: Int64
        var token: Int64 = 0
        var nonce: UUID?
        var worker: WorkerID?
        var serial: Int64 = 0
        var attempt = 0
        var failures = 0
        var runsAlone = false
        /// The worker had nothing else when it claimed this.
        var isAlone = false
        var cancelRequested = false
        var report: AttemptReport?
        var correction: EngineCorrection?
    }

    struct WorkerRow {
        enum State { case live, lost, retired }

        var id: WorkerID
        var process: Int
        var state: State = .live
        var renewals: Int64 = 0
    }

    struct Owned {
        var run: Int
        var token: Int64
    }

    /// Off: any token passes for the right one.
    var checksTokens = true
    /// By the database's clock, which may be set.
    var now: Int64 = 0
    var runs: [Run] = []
    var indexes: [RunID: Int] = [:]
    var workflows: [Workflow] = []
    var keys: [String] = []
    var workers: [WorkerRow] = []
    var deadLetters: Set<String> = []
    /// The sessions that hold a worker's liveness lock.
    var locks: [(worker: WorkerID, session: Int)] = []
    var cancellations: Set<RunID> = []
    var nextSequence = 0
    var nonces: Dice
    var brokenRule: String?
    /// Set by what makes a run due; the world rings for it.
    var queueChanged = false

    init(seed: UInt64) { nonces = Dice(seed: seed) }

    mutating func move(_ run: Int, to state: RunState) {
        let before = runs[run].state
        guard before != state else { return }
        if !before.allowedNext.contains(state) { brokenRule = "run \(run) went from \(before) to \(state)" }
        runs[run].state = state
        if state.isFinal {
            runs[run].row = nil
            if let workflow = runs[run].workflow, state != .skipped { workflows[workflow].isWoken = true }
        }
        if state == .queued { queueChanged = true }
    }

    /// The runs of a key that are in the queue, in their order.
    func lane(_ key: Int) -> [Int] {
        runs.indices.filter { runs[$0].key == key && runs[$0].row != nil }
            .sorted { runs[$0].row?.sequence ?? 0 < runs[$1].row?.sequence ?? 0 }
    }

    /// How many runs of the key are runnable or running: one at most.
    func heads(of key: Int) -> Int {
        var count = 0
        for run in runs where run.key == key && run.row != nil && run.state != .blocked { count += 1 }
        return count
    }

    // MARK: Intake

    /// As `submitted`; the submitter's own statement.
    mutating func submit(_ request: RunRequest) -> AcceptAnswer {
        if let known = indexes[request.runID] {
            return runs[known].request == request ? .known : .conflict
        }
        indexes[request.runID] = runs.count
        let key = keys.firstIndex(of: request.concurrencyKey) ?? keys.count
        if key == keys.count { keys.append(request.concurrencyKey) }
        runs.append(Run(key: key, request: request, recordedAt: now))
        return .accepted
    }

    mutating func accept(_ requests: [RunRequest]) -> [AcceptAnswer] {
        requests.map { request in
            let answer = submit(request)
            if let run = indexes[request.runID], answer != .conflict { admit(run) }
            return answer
        }
    }

    mutating func acceptOverdue(grace: Int64) -> Int {
        let overdue = runs.indices.filter { runs[$0].state == .submitted && runs[$0].recordedAt < now - grace }
        for run in overdue { admit(run) }
        return overdue.count
    }

    mutating func admit(_ run: Int) {
        guard runs[run].state == .submitted else { return }
        nextSequence += 1
        runs[run].sequence = nextSequence
        guard !cancellations.contains(runs[run].request.runID) else { return move(run, to: .cancelled) }
        let isFirst = lane(runs[run].key).isEmpty
        runs[run].row = QueueRow(sequence: nextSequence, priority: runs[run].request.priority.rank, dueAt: now)
        move(run, to: isFirst ? .queued : .blocked)
    }

    // MARK: Claims

    mutating func claim(_ worker: WorkerID, limit: Int, serial: Int64) -> [ClaimedRun] {
        guard limit > 0, workers.contains(where: { $0.id == worker && $0.state == .live }) else { return [] }
        let owned = owned(by: [worker])
        guard !owned.contains(where: { runs[$0.run].row?.runsAlone == true }) else { return [] }
        let due = runs.indices.filter { run in
            guard let row = runs[run].row else { return false }
            return row.worker == nil && runs[run].state != .blocked && row.dueAt <= now
                && (!row.runsAlone || owned.isEmpty)
        }.sorted { left, right in
            guard let a = runs[left].row, let b = runs[right].row else { return false }
            return (-a.priority, a.dueAt, a.sequence) < (-b.priority, b.dueAt, b.sequence)
        }
        var taken: [ClaimedRun] = []
        for run in due where taken.count < limit {
            guard var row = runs[run].row else { continue }
            if row.runsAlone, !taken.isEmpty { continue }
            row.worker = worker
            row.token += 1
            let nonce = nonces.uuid()
            row.nonce = nonce
            row.attempt += 1
            row.serial = serial
            row.isAlone = row.runsAlone
            runs[run].row = row
            if runs[run].state != .publishing { move(run, to: .running) }
            let lease = Lease(
                runID: runs[run].request.runID, attempt: row.attempt,
                token: LeaseToken(sequence: row.token, nonce: nonce))
            runs[run].endings.append((lease, "running"))
            taken.append(
                ClaimedRun(
                    lease: lease, request: runs[run].request, acceptedAt: Date(timeIntervalSince1970: 0),
                    decided: row.report, failures: row.failures, correction: row.correction))
            if row.runsAlone { break }
        }
        return taken
    }

    // MARK: Cancelling

    mutating func cancel(_ id: RunID) {
        guard let run = indexes[id] else {
            cancellations.insert(id)
            return
        }
        switch runs[run].state {
        case .running: runs[run].row?.cancelRequested = true
        case .held, .submitted, .queued, .blocked, .waiting:
            move(run, to: .cancelled)
            arrange(runs[run].key)
        case .publishing, .succeeded, .failed, .cancelled, .dead, .skipped: break
        }
    }

    // MARK: Order

    /// Makes the first run of the key runnable.
    mutating func arrange(_ key: Int) {
        let lane = lane(key)
        guard let first = lane.first, runs[first].row?.worker == nil else { return }
        let highest = lane.map { runs[$0].request.priority.rank }.max()
        runs[first].row?.priority = highest ?? 0
        if runs[first].state == .blocked { move(first, to: .queued) }
    }

    func owned(by workers: [WorkerID]) -> [Owned] {
        runs.indices.compactMap { run in
            guard let row = runs[run].row, let worker = row.worker, workers.contains(worker) else { return nil }
            return Owned(run: run, token: row.token)
        }
    }
}
