import Fleet
import Pipeline

/// What is guarded by a lease's token.
extension StoreModel {
    /// The run that the lease holds.
    func held(_ lease: Lease) -> Int? {
        guard let run = indexes[lease.runID], let row = runs[run].row, row.worker != nil else { return nil }
        guard checksTokens else { return run }
        return row.token == lease.token.sequence && row.nonce == lease.token.nonce ? run : nil
    }

    mutating func decide(_ lease: Lease, _ report: AttemptReport) -> GuardAnswer {
        guard let run = held(lease) else { return .leaseLost }
        if runs[run].state == .running, runs[run].row?.cancelRequested == false {
            runs[run].row?.report = report
            move(run, to: .publishing)
            return .applied
        }
        if runs[run].row?.report == report { return .applied }
        if runs[run].state == .publishing { return .leaseLost }
        return .cancelRequested
    }

    mutating func settle(_ lease: Lease, _ settlement: Settlement) -> GuardAnswer {
        let ending =
            switch settlement {
            case .succeeded: "succeeded"
            case .failed, .refused, .retry, .moved: "failed"
            case .interrupted: "interrupted"
            case .cancelled: "cancelled"
            }
        guard let run = held(lease), let row = runs[run].row else {
            let before = indexes[lease.runID].flatMap { runs[$0].endings.last { $0.lease == lease }?.ending }
            return before == ending ? .applied : .leaseLost
        }
        let delay: Duration = if case .retry(_, let after) = settlement { after } else { .zero }
        let next: RunState =
            switch settlement {
            case .succeeded: .succeeded
            case .refused: .failed
            case _ where runs[run].state == .publishing: .publishing
            case .failed: .failed
            case .cancelled: .cancelled
            case .retry: row.cancelRequested ? .cancelled : .waiting
            case .interrupted, .moved: row.cancelRequested ? .cancelled : .queued
            }
        end(run, row, ending)
        runs[run].row?.worker = nil
        if case .retry = settlement { runs[run].row?.failures += 1 }
        if case .moved(_, let correction) = settlement { runs[run].row?.correction = correction }
        if delay > .zero { runs[run].row?.dueAt = now + delay.micros }
        move(run, to: next)
        if next == .publishing { queueChanged = true }
        arrange(runs[run].key)
        return .applied
    }

    /// Gives runs back to the queue, or ends those that were to be cancelled or are poison. Answers which.
    mutating func takeBack(_ owned: [Owned], died: Bool, policy: DeathPolicy) -> [Int] {
        var taken: [Int] = []
        for owned in owned {
            let run = owned.run
            guard let row = runs[run].row, row.worker != nil, row.token == owned.token else { continue }
            taken.append(run)
            end(run, row, "lost")
            if died, runs[run].state == .running {
                runs[run].deaths += 1
                runs[run].deathsAlone += row.isAlone ? 1 : 0
            }
            runs[run].row?.worker = nil
            if runs[run].state == .publishing {
                queueChanged = true
            } else if row.cancelRequested {
                move(run, to: .cancelled)
            } else {
                switch policy.verdict(deaths: runs[run].deaths, deathsAlone: runs[run].deathsAlone) {
                case .setAside: move(run, to: .dead)
                case .again(let alone):
                    runs[run].row?.runsAlone = alone
                    move(run, to: .queued)
                }
            }
            arrange(runs[run].key)
        }
        return taken
    }

    private mutating func end(_ run: Int, _ row: QueueRow, _ ending: String) {
        guard let last = runs[run].endings.indices.last, runs[run].endings[last].lease.attempt == row.attempt
        else { return }
        runs[run].endings[last].ending = ending
    }
}
