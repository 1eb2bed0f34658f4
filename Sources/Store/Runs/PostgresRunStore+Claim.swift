public import Fleet
import Foundation
import Logging
import Pipeline

extension PostgresRunStore {
    /// A claim whose answer was lost leaves runs owned and unnamed: the second renewal after it gives them back.
    public func claim(_ worker: WorkerID, limit: Int) async throws(StoreError) -> [ClaimedRun] {
        guard limit > 0 else { return [] }
        let serial = claims.begin(worker)
        defer { claims.end(worker, serial) }
        let calls = [
            ClaimStatements.claim(
                .uuid(worker.rawValue), .int(min(limit, Self.batch)), .int(serial), .bool(claims.isTurnOfAge(worker))),
            ClaimStatements.claimed(.uuid(worker.rawValue), .int(serial)),
        ]
        let rows = try await attempting("claim") { (on) throws(StoreError) in try on.pipelined(calls)[1] }.rows
        if !rows.isEmpty { claims.countClaim(worker) }
        var claimed: [ClaimedRun] = []
        for row in rows {
            let lease = Lease(
                runID: try row.runID("run_id"), attempt: try row.int("attempt"),
                token: LeaseToken(sequence: try row.int64("token"), nonce: try row.uuid("nonce")))
            do {
                claimed.append(
                    ClaimedRun(
                        lease: lease, request: try row.request(), acceptedAt: try row.date("accepted_micros"),
                        decided: try row.jsonIfAny("report"), failures: try row.int("failures"),
                        correction: try row.jsonIfAny("correction")))
            } catch {
                await setBack(lease, unreadable: error)
            }
        }
        await notices.announce(runs: claimed.map(\.lease.runID))
        return claimed
    }

    /// A claimed run that another version of this program wrote: one that can read it may come by. Should this fail, a
    /// renewal gives the run back.
    private func setBack(_ lease: Lease, unreadable error: StoreError) async {
        logger.error(
            "a claimed run can't be read; set back", metadata: ["run_id": "\(lease.runID)", "error": "\(error)"])
        let failure = Failure(.unclassified, "the run can't be read by this version: \(error.message)")
        do {
            _ = try await settle(lease, .retry(failure, after: .seconds(60)))
        } catch {
            logger.warning(
                "setting a run back failed", metadata: ["run_id": "\(lease.runID)", "error": "\(error)"])
        }
    }

    /// Repeated with an equal report: `applied` again.
    public func decide(_ lease: Lease, _ report: AttemptReport) async throws(StoreError) -> GuardAnswer {
        let stored = try Parameter.json(report)
        let decide = ClaimStatements.decide(
            .run(lease.runID), .int(lease.token.sequence), .uuid(lease.token.nonce), stored, .text(report.engine),
            .text(report.engineReason))
        let standing = ClaimStatements.standing(
            .run(lease.runID), .int(lease.token.sequence), .uuid(lease.token.nonce), stored)
        // Between the two statements a cancel or a renewal can change the row: then it is decided again.
        for _ in 0..<5 {
            let answer: GuardAnswer? = try await attempting("decision", run: lease.runID) {
                (on) throws(StoreError) in
                if try !on.execute(decide).isEmpty { return .applied }
                guard let row = try on.execute(standing).first else { return .leaseLost }
                if try row.bool("is_same") { return .applied }
                if try row.text("state") == "publishing" { return .leaseLost }
                return try row.bool("cancel_requested") ? .cancelRequested : nil
            }
            guard let answer else { continue }
            if answer == .applied { await notices.announce(runs: [lease.runID]) }
            return answer
        }
        throw StoreError(
            .contention, operation: "decision", run: lease.runID, message: "the run's row kept changing")
    }

    /// Repeated with the same settlement: `applied` again.
    public func settle(_ lease: Lease, _ settlement: Settlement) async throws(StoreError) -> GuardAnswer {
        let columns = try await SettlementColumns(settlement, shared)
        let settle = Call(
            statement: ClaimStatements.settle,
            parameters: [.run(lease.runID), .int(lease.token.sequence), .uuid(lease.token.nonce)]
                + columns.parameters + [.int(settings.mostWaitingLandings), .text(columns.engineVersion)])
        let ending = ClaimStatements.ending(
            .run(lease.runID), .int(lease.token.sequence), .uuid(lease.token.nonce))
        let (isHeld, next, promoted, ended, workflow, isOutboxFull) = try await attempting("settling", run: lease.runID)
        {
            (on) throws(StoreError) in
            let tables = try on.pipelined([
                QueueStatements.lockLanesOfRuns(.runs([lease.runID])), QueueStatements.lockRuns(.runs([lease.runID])),
                settle,
                QueueStatements.arrange(.runs([lease.runID])),
            ])
            let promoted = try tables[3].rows.map { (row) throws(StoreError) in try row.runID("run_id") }
            if let row = tables[2].first {
                return (
                    true, try row.text("next"), promoted, "", try row.uuidIfAny("workflow_id").map { RunID($0) },
                    try row.bool("is_outbox_full")
                )
            }
            return (false, "", promoted, try on.execute(ending).first?.text("state") ?? "", nil, false)
        }
        guard isHeld else { return ended == columns.ending ? .applied : .leaseLost }
        let isBack = ["queued", "waiting", "publishing"].contains(next)
        await notices.announce(
            queueChanged: !promoted.isEmpty || isBack && columns.delay == .zero, runs: [lease.runID] + promoted,
            queueAfter: isBack && columns.delay > .zero ? columns.delay : nil,
            outboxFilled: columns.announces && next == "succeeded")
        if isOutboxFull, columns.announces, next == "succeeded" {
            logger.error(
                "what a run wrote is not announced: too many landings wait to be published",
                metadata: ["run_id": "\(lease.runID)", "most": "\(settings.mostWaitingLandings)"])
        }
        if let workflow, !isBack { await advanceSoon(workflow) }
        return .applied
    }
}

extension Row {
    /// From the columns of `ClaimStatements.requestColumns`.
    func request() throws(StoreError) -> RunRequest {
        let rank = try int("priority")
        guard let priority = Priority.allCases.first(where: { $0.rank == rank }) else {
            throw StoreError(.undecodable, operation: "reading a run", message: "priority \(rank) is not known")
        }
        return RunRequest(
            runID: try runID("run_id"), pipelineName: try text("pipeline_name"),
            pipelineYAML: try text("pipeline_yaml"), variables: try json("variables"),
            projectYAML: try textIfAny("project_yaml"), profile: try textIfAny("profile"),
            baseDirectory: try text("base_directory"), engine: try value("requested_engine"), priority: priority,
            concurrencyKey: try text("concurrency_key"), retries: try int("retries"),
            timeoutSeconds: try doubleIfAny("timeout_seconds"), failOnChecks: try bool("fail_on_checks"),
            maxRunning: try intIfAny("max_running"), retryOf: try uuidIfAny("retry_of").map { RunID($0) },
            idempotencyKey: try textIfAny("idempotency_key"), submittedAt: try date("submitted_micros"),
            submittedBy: try text("submitted_by"), trigger: try textIfAny("trigger"),
            sourceCode: try jsonIfAny("source_code"))
    }
}
