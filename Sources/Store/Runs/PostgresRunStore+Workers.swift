public import Fleet
import Logging
import Pipeline

extension PostgresRunStore {
    /// Repeated: the same worker with the same lock. Runs that a process before this one had under the same id are
    /// given back by the second renewal.
    public func register(_ worker: WorkerRegistration) async throws(StoreError) {
        let call = WorkerStatements.register(
            .uuid(worker.id.rawValue), .text(worker.host), .int(worker.processID), .int(worker.slots),
            .text(worker.version))
        let number = try await attempting("registration of the worker") { (on) throws(StoreError) in
            _ = try on.execute(WorkerStatements.forget())
            guard let row = try on.execute(call).first else {
                throw StoreError(.undecodable, operation: "", message: "the worker's row was not answered")
            }
            return try row.int64("lock_number")
        }
        try await standing.hold(StandingConnection.LivenessLock(number: number))
    }

    /// Gives back what the worker still owns, and its lock. Repeated: nothing is left to do.
    public func retire(_ worker: WorkerID) async throws(StoreError) {
        let given = try await attempting("retirement of the worker") { (on) throws(StoreError) in
            try on.transaction { () throws(StoreError) in
                _ = try on.execute(WorkerStatements.retire(.uuid(worker.rawValue)))
                let owned = try Self.owned(by: [worker], on)
                return try Self.takeBack(
                    owned, attemptsEnd: "interrupted", workerDied: false, reason: "the worker retired", on)
            }
        }
        await announce(given)
        claims.forget(worker)
        await standing.release()
    }

    /// A lost answer does no harm: the next renewal says it again.
    public func renew(_ worker: WorkerID, held: [HeldRun]) async throws(StoreError) -> RenewalAnswer {
        let call = WorkerStatements.renew(
            .uuid(worker.rawValue), .runs(held.map(\.lease.runID)), .ints(held.map(\.lease.token.sequence)),
            .uuids(held.map(\.lease.token.nonce)), .doubles(held.map(\.progress)), .texts(held.map(\.phase)),
            .int(claims.renewalBegins(worker)))
        let rows = try await attempting("renewal") { (on) throws(StoreError) in try on.execute(call) }.rows
        var answer = RenewalAnswer()
        var unnamed: [OwnedRun] = []
        for row in rows {
            guard let ordinal = try row.intIfAny("ordinal") else {
                unnamed.append(OwnedRun(run: try row.runID("run_id"), token: try row.int64("token")))
                continue
            }
            let lease = held[ordinal - 1].lease
            if try row.bool("is_lost") { answer.lost.append(lease) }
            if try row.bool("is_cancelled") { answer.cancelRequested.append(lease) }
        }
        if !unnamed.isEmpty { try await giveBack(unnamed) }
        return answer
    }

    /// Whoever follows one of the runs hears of it at once.
    public func note(_ said: [SaidMessages]) async throws(StoreError) {
        let all = said.flatMap { one in one.messages.map { (lease: one.lease, message: $0) } }
        guard !all.isEmpty else { return }
        let call = WorkerStatements.note(
            .runs(all.map(\.lease.runID)), .ints(all.map(\.lease.token.sequence)), .uuids(all.map(\.lease.token.nonce)),
            .ints(all.map(\.message.ordinal)), .dates(all.map(\.message.at)), .texts(all.map(\.message.level.rawValue)),
            .texts(all.map(\.message.text)))
        let kept = try await attempting("keeping of messages") { (on) throws(StoreError) in
            try on.execute(call).rows.map { (row) throws(StoreError) in try row.runID("run_id") }
        }
        await notices.announce(runs: Array(Set(kept)))
    }

    public func observeWorkers(except worker: WorkerID) async throws(StoreError) -> [WorkerObservation] {
        let call = WorkerStatements.observe(.uuid(worker.rawValue))
        let (rows, session) = try await standing.use("observation of the workers") { (on) throws(StoreError) in
            try on.execute(call).rows
        }
        return try rows.map { (row) throws(StoreError) in
            WorkerObservation(
                id: WorkerID(try row.uuid("worker_id")), lockIsFree: try row.bool("lock_is_free"),
                renewals: try row.int64("renewals"), observerSession: session)
        }
    }

    /// Gives up those that are still as they were observed, and gives their runs back. Repeated: finds them given up.
    public func reclaim(from dead: [WorkerObservation]) async throws(StoreError) -> Int {
        guard !dead.isEmpty else { return 0 }
        let giveUp = WorkerStatements.giveUp(
            .uuids(dead.map(\.id.rawValue)), .ints(dead.map(\.renewals)), .bools(dead.map(\.lockIsFree)))
        let given = try await attempting("reclaiming runs of dead workers") { (on) throws(StoreError) in
            try on.transaction { () throws(StoreError) in
                var lost: [WorkerID] = []
                for row in try on.execute(giveUp).rows { lost.append(WorkerID(try row.uuid("worker_id"))) }
                guard !lost.isEmpty else { return TakenBack() }
                return try Self.takeBack(
                    try Self.owned(by: lost, on), attemptsEnd: "lost", workerDied: true, reason: "its worker died", on)
            }
        }
        await announce(given)
        return given.runs.count
    }

    // MARK: Taking back

    struct OwnedRun: Sendable {
        var run: RunID
        var token: Int64
    }

    struct TakenBack: Sendable {
        var runs: [RunID] = []
        var promoted: [RunID] = []
    }

    /// Runs of a claim whose answer never came, so that nobody works on them.
    private func giveBack(_ unnamed: [OwnedRun]) async throws(StoreError) {
        logger.warning("runs given back that the worker does not know of", metadata: ["runs": "\(unnamed.count)"])
        let given = try await attempting("giving back unheard claims") { (on) throws(StoreError) in
            try on.transaction { () throws(StoreError) in
                try Self.takeBack(
                    unnamed, attemptsEnd: "lost", workerDied: false, reason: "the worker never heard of its claim", on)
            }
        }
        await announce(given)
    }

    private func announce(_ given: TakenBack) async {
        await notices.announce(queueChanged: !given.runs.isEmpty, runs: given.runs + given.promoted)
    }

    private static func owned(by workers: [WorkerID], _ on: isolated Connection) throws(StoreError) -> [OwnedRun] {
        try on.execute(WorkerStatements.ownedRuns(.uuids(workers.map(\.rawValue)))).rows.map {
            (row) throws(StoreError) in OwnedRun(run: try row.runID("run_id"), token: try row.int64("token"))
        }
    }

    /// Inside a transaction. Takes the lanes of the runs' keys first.
    private static func takeBack(
        _ owned: [OwnedRun], attemptsEnd: String, workerDied: Bool, reason: String, _ on: isolated Connection
    ) throws(StoreError) -> TakenBack {
        guard !owned.isEmpty else { return TakenBack() }
        _ = try on.execute(QueueStatements.lockLanesOfRuns(.runs(owned.map(\.run))))
        _ = try on.execute(QueueStatements.lockRuns(.runs(owned.map(\.run))))
        var taken = TakenBack()
        for row in try on.execute(
            QueueStatements.takeBack(
                .runs(owned.map(\.run)), .ints(owned.map(\.token)), .text(attemptsEnd), .bool(workerDied),
                .int(DeathPolicy().deathsAloneBeforeSetAside), .text(reason))
        ).rows { taken.runs.append(try row.runID("run_id")) }
        for row in try on.execute(QueueStatements.arrange(.runs(owned.map(\.run)))).rows {
            taken.promoted.append(try row.runID("run_id"))
        }
        return taken
    }
}
