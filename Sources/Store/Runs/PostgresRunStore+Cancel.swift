public import Fleet
public import Pipeline

/// What became of a cancel.
public enum CancelAnswer: Sendable, Hashable {
    /// The run is final, nothing was published.
    case cancelled
    /// A worker has it: it will stop the run and say so.
    case requested
    /// Its output is being published already.
    case tooLate
    /// It had ended before, in this state.
    case ended(RunState)
    /// No such run yet: should its request come within a week, it will be cancelled.
    case unknown
}

extension PostgresRunStore {
    /// Repeated: says where the run stands by then.
    public func cancel(_ run: RunID) async throws(StoreError) -> CancelAnswer {
        let (answer, promoted) = try await attempting("cancel", run: run) { (on) throws(StoreError) in
            try on.transaction { () throws(StoreError) in
                var isKnown = try !on.execute(CancelStatements.find(.run(run))).isEmpty
                if !isKnown {
                    _ = try on.execute(CancelStatements.closeIntake())
                    isKnown = try !on.execute(CancelStatements.find(.run(run))).isEmpty
                }
                guard isKnown else {
                    _ = try on.execute(CancelStatements.leaveTombstone(.run(run)))
                    return (CancelAnswer.unknown, [RunID]())
                }
                _ = try on.execute(QueueStatements.lockLanesOfRuns(.runs([run])))
                if try on.execute(CancelStatements.flag(.run(run))).first?.text("state") == "running" {
                    _ = try on.execute(CancelStatements.recordRequest(.run(run)))
                    return (.requested, [])
                }
                if try !on.execute(CancelStatements.finish(.run(run))).isEmpty {
                    _ = try on.execute(CancelStatements.leaveQueue(.run(run)))
                    let promoted = try on.execute(QueueStatements.arrange(.runs([run]))).rows
                    return (.cancelled, try promoted.map { (row) throws(StoreError) in try row.runID("run_id") })
                }
                let state: RunState? = try on.execute(CancelStatements.find(.run(run))).first?.value("state")
                guard let state, state != .publishing else { return (.tooLate, []) }
                return (.ended(state), [])
            }
        }
        if answer == .cancelled { await notices.announce(queueChanged: !promoted.isEmpty, runs: [run] + promoted) }
        return answer
    }
}
