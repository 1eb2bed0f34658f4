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
    let clock: any Clock<Duration>

    func run(_ claimed: ClaimedRun, control: AttemptControl, logger: Logger) async {
        if let report = claimed.decided {
            logger.info("taking over a decided run", metadata: ["phase": "publishing"])
            return await publish(report, control: control, logger: logger)
        }
        switch await execute(claimed, control: control, logger: logger) {
        case .staged(let report):
            await decide(report, control: control, logger: logger)
        case .ended(let settlement):
            await settle(settlement, control: control, logger: logger)
        case .leaseLost:
            logger.warning("lease lost: nothing is written")
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
            let loaded = try request.loadPipeline()
            let attempt = Attempt(
                lease: claimed.lease, pipeline: loaded.spec, baseDirectory: request.baseDirectory,
                acceptedAt: claimed.acceptedAt, publishesFailedChecks: !request.failOnChecks)
            let report = try await executeWithinTimeout(
                attempt, seconds: request.timeoutSeconds, control: control)
            guard report.failedChecks.isEmpty || !request.failOnChecks else {
                if let manifest = report.manifest { await publisher.discard(manifest) }
                return .ended(.failed(checksFailed(report), report))
            }
            return .staged(report)
        } catch let invalid as InvalidPipeline {
            return .ended(.failed(Failure(.invalidPipeline, invalid.description), nil))
        } catch let failure as Failure {
            if let stopped = stopped(control, request: request) { return stopped }
            return .ended(settlement(of: failure, claimed: claimed))
        } catch is CancellationError {
            return stopped(control, request: request)
                ?? .ended(settlement(of: Failure(.engineLost, "the engine gave up by itself"), claimed: claimed))
        } catch {
            return .ended(settlement(of: Failure(.unclassified, "\(error)"), claimed: claimed))
        }
    }

    private func executeWithinTimeout(
        _ attempt: Attempt, seconds: Double?, control: AttemptControl
    ) async throws -> AttemptReport {
        // Unstructured on purpose: a stop cancels the engine alone; this attempt must go on to settle what became
        // of it. Awaited below, so it cannot outlive the attempt.
        let execution = Task { try await engine.execute(attempt) { control.report($0) } }
        control.began(execution)
        let clock = clock
        let timer = seconds.map { limit in
            Task {
                // Cancelled when the engine ends first: then there is nothing to time out.
                guard (try? await clock.sleep(for: .seconds(limit))) != nil else { return }
                control.stop(.timeout)
            }
        }
        defer { timer?.cancel() }
        return try await execution.value
    }

    /// What becomes of an execution that was stopped from outside; nil when nobody asked for that.
    private func stopped(_ control: AttemptControl, request: RunRequest) -> Execution? {
        switch control.stopReason {
        case nil: nil
        case .shutdown: .ended(.interrupted(reason: "the worker was asked to stop"))
        case .cancelRequested: .ended(.cancelled)
        case .leaseLost: .leaseLost
        case .timeout:
            .ended(.failed(Failure(.timeout, "took longer than its timeout of \(request.timeoutSeconds ?? 0) s"), nil))
        }
    }

    private func settlement(of failure: Failure, claimed: ClaimedRun) -> Settlement {
        limits.retry.settlement(
            of: failure, failures: claimed.failures + 1, retries: claimed.request.retries, jitter: .random(in: 0..<1))
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
        let moved: Void? = await insisting("move of the output into place", control: control, logger: logger) {
            [manifest] in try await publisher.move(manifest)
        }
        guard moved != nil else { return }
        await settle(.succeeded(report), control: control, logger: logger)
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
        case .failed(let failure, _):
            ["outcome": "failed", "kind": "\(failure.kind.rawValue)", "error": "\(failure)"]
        case .retry(let failure, let delay):
            ["outcome": "retry", "kind": "\(failure.kind.rawValue)", "error": "\(failure)", "delay": "\(delay)"]
        case .interrupted(let reason): ["outcome": "interrupted", "reason": "\(reason)"]
        case .cancelled: ["outcome": "cancelled"]
        }
    }
}
