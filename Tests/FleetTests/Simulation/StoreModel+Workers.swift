import Fleet
import Pipeline

/// Presence, renewal, death.
extension StoreModel {
    mutating func register(_ id: WorkerID, process: Int) {
        workers.append(WorkerRow(id: id, process: process))
    }

    /// Answers what is lost or to be cancelled, and what the worker owns by claims up to `serial` and did not name.
    mutating func renew(_ id: WorkerID, held: [HeldRun], serial: Int64) -> (RenewalAnswer, unnamed: [Owned]) {
        var answer = RenewalAnswer()
        let worker = workers.firstIndex { $0.id == id && $0.state != .retired }
        if let worker {
            workers[worker].renewals += 1
            workers[worker].state = .live
        }
        for lease in held.map(\.lease) {
            guard worker != nil, let run = indexes[lease.runID], let row = runs[run].row, row.worker == id,
                row.token == lease.token.sequence, row.nonce == lease.token.nonce
            else {
                answer.lost.append(lease)
                continue
            }
            if row.cancelRequested, runs[run].state == .running { answer.cancelRequested.append(lease) }
        }
        let unnamed = owned(by: [id]).filter { owned in
            guard let row = runs[owned.run].row, row.serial <= serial else { return false }
            return !held.contains {
                $0.lease.runID == runs[owned.run].request.runID && $0.lease.token.sequence == owned.token
            }
        }
        return (answer, unnamed)
    }

    func observe(except id: WorkerID, session: Int64) -> [WorkerObservation] {
        workers.filter { $0.state == .live && $0.id != id }.map { worker in
            WorkerObservation(
                id: worker.id, lockIsFree: !isLocked(worker.id), renewals: worker.renewals, observerSession: session)
        }
    }

    func isLocked(_ id: WorkerID) -> Bool { locks.contains { $0.worker == id } }

    /// Answers the workers given up, and the runs taken from them.
    mutating func reclaim(_ dead: [WorkerObservation], policy: DeathPolicy) -> (workers: [Int], runs: [Int]) {
        var given: [Int] = []
        for seen in dead {
            guard let index = workers.firstIndex(where: { $0.id == seen.id }), workers[index].state == .live,
                workers[index].renewals == seen.renewals, !(seen.lockIsFree && isLocked(seen.id))
            else { continue }
            workers[index].state = .lost
            given.append(index)
        }
        let runs = takeBack(owned(by: given.map { workers[$0].id }), died: true, policy: policy)
        return (given, runs)
    }

    mutating func retire(_ id: WorkerID, policy: DeathPolicy) {
        guard let worker = workers.firstIndex(where: { $0.id == id }), workers[worker].state != .retired else { return }
        workers[worker].state = .retired
        _ = takeBack(owned(by: [id]), died: false, policy: policy)
    }
}
