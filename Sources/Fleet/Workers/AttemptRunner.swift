import Logging
import Pipeline

/// Takes one claimed run to its end: execute, decide, move, settle.
///
/// The order is what makes one effect of many tries. Nothing is visible before *decide* is committed under the
/// lease's token; after it, nobody executes the run again, and move and settle may be repeated by whoever holds the
/// run. Where the store's answer was lost, the statement is repeated: each is idempotent under its token.
struct AttemptRunner: Sendable {
    let store: any RunStore
    let engine: any Engine
    let publisher: any Publisher
    let limits: FleetLimits
    let clock: MonotonicClock
    /// In 0..<1: spreads retries.
    let jitter: @Sendable () -> Double
    /// Called when the attempt has left its slot to another.
    let slotIsFree: @Sendable () -> Void

    func run(_ claimed: ClaimedRun, control: AttemptControl, logger: Logger) async {
        if let report = claimed.decided {
            logger.info("taking over a decided run", metadata: ["phase": "publishing"])
            return await publish(report, control: control, logger: logger)
        }
        let execution = await execute(claimed, control: control, logger: logger)
        await tell(execution, control: control, logger: logger)
        switch execution {
        case .staged(let report):
            await decide(report, control: control, logger: logger)
        case .ended(let settlement):
            await settle(settlement, control: control, logger: logger)
        case .leaseLost:
            logger.warning("lease lost: nothing is written")
        }
    }

    /// What the engine had to say, before the attempt ends: asked once, for a run does not wait for its own story.
    private func tell(_ execution: Execution, control: AttemptControl, logger: Logger) async {
        switch execution {
        case .leaseLost: return
        case .staged: guard control.hasWords else { return }
        case .ended: break
        }
        guard let unsaid = control.unsaid else { return }
        do {
            try await store.note([unsaid])
            control.hasSaid(unsaid)
        } catch {
            logger.warning("what the engine said is not kept", metadata: ["error": "\(error)"])
        }
    }

    // MARK: Execute

    private enum Execution {
        case staged(AttemptReport)
        case ended(Settlement)
        case leaseLost
    }

    private func execute(_ claimed: ClaimedRun, control: AttemptControl, logger: Logger) async -> Execution {
        let request = claimed.request
        do {
            // The submitter resolved every variable; this worker's own environment must not leak in.
            var pipeline = try request.loadPipeline().spec
            // The submitter has weighed the pipeline's own wish already.
            pipeline.engine = request.engine
            let attempt = Attempt(
                lease: claimed.lease, pipeline: pipeline, baseDirectory: request.baseDirectory,
                acceptedAt: claimed.acceptedAt, publishesFailedChecks: !request.failOnChecks,
                correction: claimed.correction)
            let report = try await executeWithinTimeout(
                attempt, seconds: request.timeoutSeconds, control: control)
            guard report.failedChecks.isEmpty || !request.failOnChecks else {
                if let manifest = report.manifest { await publisher.discard(manifest) }
                return .ended(.failed(checksFailed(report), report))
            }
            return .staged(report)
        } catch let invalid as InvalidPipeline {
            return .ended(.failed(Failure(.invalidPipeline, invalid.description), nil))
        } catch {
            // Whatever the engine says when it is stopped, why it was stopped decides.
            if let ending = stopped(control, request: request) { return ending }
            let failure =
                switch error {
                case let failure as Failure: failure
                case is CancellationError: Failure(.engineLost, "the engine gave up by itself")
                default: Failure(.unclassified, "\(error)")
                }
            return .ended(settlement(of: failure, claimed: claimed))
        }
    }

    /// A stop cancels the engine alone: the attempt goes on, to settle what became of it.
    private func executeWithinTimeout(
        _ attempt: Attempt, seconds: Double?, control: AttemptControl
    ) async throws -> AttemptReport {
        try await withThrowingTaskGroup(of: AttemptReport?.self) { group in
            group.addTask {
                try await engine.execute(attempt) { if control.report($0) { slotIsFree() } }
            }
            group.addTask {
                await control.untilStopped()
                return nil
            }
            if let seconds {
                group.addTask {
                    // Cancelled when the engine ends first: then there is nothing to time out.
                    guard (try? await clock.sleep(for: .seconds(seconds))) != nil else { return nil }
                    control.stop(.timeout)
                    return nil
                }
            }
            defer { group.cancelAll() }
            while let ended = try await group.next() {
                if let report = ended { return report }
                group.cancelAll()
            }
            throw CancellationError()
        }
    }

    /// What becomes of an execution that was stopped from outside; nil when nobody asked for that.
    private func stopped(_ control: AttemptControl, request: RunRequest) -> Execution? {
        switch control.stopReason {
        case nil where Task.isCancelled, .shutdown: .ended(.interrupted(reason: "the worker was asked to stop"))
        case nil: nil
        case .cancelRequested: .ended(.cancelled)
        case .leaseLost: .leaseLost
        case .timeout:
            .ended(.failed(Failure(.timeout, "took longer than its timeout of \(request.timeoutSeconds ?? 0) s"), nil))
        }
    }

    private func settlement(of failure: Failure, claimed: ClaimedRun) -> Settlement {
        if let correction = EngineCorrection(of: failure) { return .moved(failure, correction) }
        return limits.retry.settlement(
            of: failure, failures: claimed.failures + 1, retries: claimed.request.retries, jitter: jitter())
    }

    private func checksFailed(_ report: AttemptReport) -> Failure {
        let failed = report.failedChecks
        let list = failed.map { "\($0.type) \($0.subject): \($0.message)" }.joined(separator: "; ")
        return Failure(
            .checksFailed, "\(failed.count) of \(report.checks.count) checks failed: \(list)", step: "quality_checks")
    }

    // MARK: Decide, move, settle

    private func decide(_ report: AttemptReport, control: AttemptControl, logger: Logger) async {
        guard let manifest = report.manifest else {
            return await settle(.succeeded(report), control: control, logger: logger)
        }
        let lease = control.lease
        var tries = 0
        let answer = await insisting("decide", control: control, logger: logger) {
            tries += 1
            return try await store.decide(lease, report)
        }
        switch answer {
        case .applied:
            await publish(report, control: control, logger: logger)
        case .cancelRequested:
            await publisher.discard(manifest)
            await settle(.cancelled, control: control, logger: logger)
        case .leaseLost:
            // Only the first try proves that this token never decided. After a lost answer the decision may stand,
            // and a successor may be publishing exactly these files.
            if tries == 1 { await publisher.discard(manifest) }
            logger.warning("lease lost before publishing: nothing is written")
        case nil:
            // No answer: the decision may stand, and a successor may need the staged files. Leave them.
            logger.warning("gave up before the store had answered; a successor goes on")
        }
    }

    private func publish(_ report: AttemptReport, control: AttemptControl, logger: Logger) async {
        control.report(AttemptProgress(phase: "publish"))
        guard var manifest = report.manifest else {
            return await settle(.succeeded(report), control: control, logger: logger)
        }
        // The mover's own token, which may be a successor's: files and staging place stay as decided.
        manifest.lease = control.lease
        let refusal = await insisting("move of the output into place", control: control, logger: logger) {
            [manifest] () async throws -> Failure? in
            do {
                try await publisher.move(manifest)
                return nil
            } catch let refused as RefusedByTarget {
                return refused.failure
            }
        }
        guard let refusal else { return }
        if refusal != nil { await publisher.discard(manifest) }
        await settle(
            refusal.map { .refused($0, report) } ?? .succeeded(report), control: control, logger: logger)
    }

    private func settle(_ settlement: Settlement, control: AttemptControl, logger: Logger) async {
        let lease = control.lease
        let answer = await insisting("settle", control: control, logger: logger) {
            try await store.settle(lease, settlement)
        }
        switch answer {
        case .applied: logger.info("attempt settled", metadata: settlement.logMetadata)
        case .leaseLost: logger.warning("lease lost before settling: nothing is written")
        case .cancelRequested, nil: logger.warning("attempt left unsettled; a successor goes on")
        }
    }

    /// Repeats `operation` until it answers, the lease is lost, or the worker has to go. Nil: no answer.
    private func insisting<Answer: Sendable>(
        _ name: String, control: AttemptControl, logger: Logger, _ operation: () async throws -> Answer
    ) async -> Answer? {
        var patience = Patience(limits)
        while true {
            do {
                return try await operation()
            } catch {
                let wait = patience.wait()
                logger.error(
                    "\(name) failed; trying again", metadata: ["error": "\(error)", "wait": "\(wait)"])
                switch control.stopReason {
                case .leaseLost, .shutdown: return nil
                case nil, .cancelRequested, .timeout: break
                }
                // Only a cancelled task cuts the wait short, and then there is no point in going on.
                guard (try? await clock.sleep(for: wait)) != nil else { return nil }
            }
        }
    }
}

extension Settlement {
    var logMetadata: Logger.Metadata {
        switch self {
        case .succeeded(let report):
            ["outcome": "succeeded", "rows_out": "\(report.metrics.rowsOut.map(String.init) ?? "unknown")"]
        case .failed(let failure, _), .refused(let failure, _):
            ["outcome": "failed", "kind": "\(failure.kind.rawValue)", "error": "\(failure)"]
        case .retry(let failure, let delay):
            ["outcome": "retry", "kind": "\(failure.kind.rawValue)", "error": "\(failure)", "delay": "\(delay)"]
        case .moved(let failure, let correction):
            [
                "outcome": "moved", "kind": "\(failure.kind.rawValue)", "error": "\(failure)",
                "engine": "\(correction.to.rawValue)",
            ]
        case .interrupted(let reason): ["outcome": "interrupted", "reason": "\(reason)"]
        case .cancelled: ["outcome": "cancelled"]
        }
    }
}
