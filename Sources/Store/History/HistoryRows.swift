import Fleet
import Foundation
import Pipeline

/// Rows of `HistoryStatements` as values.
extension Row {
    func summary() throws(StoreError) -> RunSummary {
        let rank = try int("priority")
        let started = try dateIfAny("started_micros")
        let finished = try dateIfAny("finished_micros")
        var duration: Int64?
        if let started, let finished { duration = Int64((finished.timeIntervalSince(started) * 1000).rounded()) }
        return RunSummary(
            runID: try runID("run_id"), pipeline: try textIfAny("pipeline") ?? "", state: try value("state"),
            engine: try textIfAny("engine"), attempts: try int("attempts"),
            priority: Priority.allCases.first { $0.rank == rank } ?? .normal, submittedAt: try date("submitted_micros"),
            startedAt: started, finishedAt: finished, durationMilliseconds: duration,
            rowsIn: try int64IfAny("rows_in"), rowsOut: try int64IfAny("rows_out"),
            bytesIn: try int64IfAny("bytes_in"), bytesOut: try int64IfAny("bytes_out"), error: try textIfAny("error"))
    }

    func status() throws(StoreError) -> RunStatus {
        RunStatus(
            runID: try runID("run_id"), state: try value("state"), attempts: try int("attempts"),
            progress: try doubleIfAny("progress"), phase: try textIfAny("phase"), error: try textIfAny("error"),
            messages: try intIfAny("messages") ?? 0)
    }

    func pipeline() throws(StoreError) -> PipelineSummary {
        PipelineSummary(
            pipeline: try text("pipeline"), runs: try int64("runs"), succeeded: try int64("succeeded"),
            failed: try int64("failed"), open: try int64("open"), successRate: try doubleIfAny("success_rate"),
            p50DurationMilliseconds: try doubleIfAny("p50_duration_ms"),
            p95DurationMilliseconds: try doubleIfAny("p95_duration_ms"),
            duckdbShare: try doubleIfAny("duckdb_share"), sparkShare: try doubleIfAny("spark_share"),
            lastSuccessAt: try dateIfAny("last_success_micros"),
            lastSubmittedAt: try dateIfAny("last_submitted_micros"),
            freshnessSeconds: try int64IfAny("freshness_seconds"))
    }

    func worker() throws(StoreError) -> WorkerSummary {
        WorkerSummary(
            workerID: try text("worker_id"), host: try text("host"), processID: try int("process_id"),
            state: try text("state"), slots: try int("slots"), runs: try int("runs"), version: try text("version"),
            startedAt: try date("started_micros"), renewedAt: try date("renewed_micros"),
            endedAt: try dateIfAny("ended_micros"))
    }

    func deadLetter() throws(StoreError) -> DeadLetterSummary {
        // PostgreSQL breaks Base64 into lines.
        func bytes(_ text: String) -> Data { Data(base64Encoded: text, options: .ignoreUnknownCharacters) ?? Data() }
        return DeadLetterSummary(
            id: try int64("dead_letter_id"), topic: try text("topic"), partition: try int("partition"),
            offset: try int64("message_offset"),
            reason: try text("reason"), detail: try text("detail"), key: try textIfAny("message_key").map(bytes),
            payload: bytes(try text("payload")), receivedAt: try date("received_micros"),
            replayedAt: try dateIfAny("replayed_micros"))
    }

    /// From the run's row and the tables of its parts, in the order in which `RunHistory.run` asks for them.
    func detail(_ tables: [ResultTable]) throws(StoreError) -> RunDetail {
        RunDetail(
            summary: try summary(), parent: try parent(), pipelineDigest: try textIfAny("pipeline_digest") ?? "",
            pipelineYAML: try textIfAny("yaml") ?? "", variables: try json("variables"),
            baseDirectory: try text("base_directory"), requestedEngine: try text("requested_engine"),
            engineReason: try textIfAny("engine_reason"),
            decision: try tables[1].rows.last.flatMap { (row) throws(StoreError) in try row.decisionIfAny() },
            estimatedBytes: try int64IfAny("estimated_bytes"), concurrencyKey: try text("concurrency_key"),
            maxRunning: try intIfAny("max_running"), retryOf: try textIfAny("retry_of"),
            retries: try int("retries"), failures: try int("failures"), deaths: try int("deaths"),
            deathsAlone: try int("deaths_alone"),
            submittedBy: try text("submitted_by"), acceptedAt: try dateIfAny("accepted_micros"),
            dueAt: try dateIfAny("due_micros"), cancelRequestedAt: try dateIfAny("cancel_requested_micros"),
            workerID: try textIfAny("worker_id"), progress: try doubleIfAny("progress"),
            phase: try textIfAny("phase"), filesWritten: try intIfAny("files_written"),
            peakMemoryBytes: try int64IfAny("peak_memory_bytes"), cpuSeconds: try doubleIfAny("cpu_seconds"),
            phaseSeconds: try jsonIfAny("phase_seconds") ?? [:], errorKind: try textIfAny("error_kind"),
            errorStep: try textIfAny("error_step"),
            attempts: try tables[1].rows.map { (row) throws(StoreError) in try row.attempt() },
            steps: try tables[2].rows.map { (row) throws(StoreError) in try row.step() },
            checks: try tables[3].rows.map { (row) throws(StoreError) in try row.check() },
            inputs: try tables[4].rows.map { (row) throws(StoreError) in try row.dataset() },
            outputs: try tables[5].rows.map { (row) throws(StoreError) in try row.dataset() },
            lineage: try tables[6].rows.map { (row) throws(StoreError) in try row.lineageEdge() },
            messages: try tables[7].rows.map { (row) throws(StoreError) in try row.message() })
    }

    private func parent() throws(StoreError) -> RunDetail.Parent? {
        guard let id = try uuidIfAny("parent_id") else { return nil }
        return RunDetail.Parent(
            kind: try uuidIfAny("workflow_id") == nil ? .backfill : .workflow, id: RunID(id),
            name: try textIfAny("parent_name") ?? "")
    }

    private func attempt() throws(StoreError) -> RunDetail.Attempt {
        RunDetail.Attempt(
            attempt: try int("attempt"), state: try text("state"), workerID: try text("worker_id"),
            engine: try textIfAny("engine"), startedAt: try date("started_micros"),
            finishedAt: try dateIfAny("finished_micros"), rowsIn: try int64IfAny("rows_in"),
            rowsOut: try int64IfAny("rows_out"), peakMemoryBytes: try int64IfAny("peak_memory_bytes"),
            errorKind: try textIfAny("error_kind"), error: try textIfAny("error"),
            errorStep: try textIfAny("error_step"), engineReason: try textIfAny("engine_reason"),
            decision: try decisionIfAny(), engineVersion: try textIfAny("engine_version"))
    }

    /// One that another version of this program made may be unreadable: the rest of the history is not.
    func decisionIfAny() throws(StoreError) -> Decision? {
        guard try textIfAny("decision") != nil else { return nil }
        return try? jsonIfAny("decision")
    }

    private func message() throws(StoreError) -> RunDetail.Message {
        RunDetail.Message(
            attempt: try int("attempt"), at: try date("said_micros"), level: try value("level"),
            text: try text("message"))
    }

    private func step() throws(StoreError) -> RunDetail.Step {
        RunDetail.Step(
            attempt: try int("attempt"), name: try text("name"), type: try text("type"),
            rowsIn: try int64IfAny("rows_in"), rowsOut: try int64IfAny("rows_out"),
            seconds: try doubleIfAny("seconds"))
    }

    private func check() throws(StoreError) -> RunDetail.Check {
        RunDetail.Check(
            attempt: try int("attempt"), type: try text("type"), subject: try text("subject"),
            severity: try value("severity"), passed: try bool("passed"), failedRows: try int64("failed_rows"),
            message: try text("message"), samples: try json("samples"))
    }

    private func dataset() throws(StoreError) -> RunDetail.Dataset {
        RunDetail.Dataset(
            attempt: try int("attempt"), namespace: try text("namespace"), name: try text("name"),
            sourceName: try textIfAny("source_name"), rows: try int64IfAny("rows"), bytes: try int64IfAny("bytes"),
            files: try intIfAny("files"), columns: try json("columns"), version: try textIfAny("version"))
    }

    private func lineageEdge() throws(StoreError) -> RunDetail.LineageEdge {
        RunDetail.LineageEdge(
            outputColumn: try textIfAny("output_column"), inputSource: try text("input_source"),
            inputColumn: try text("input_column"), type: try text("type"), subtype: try text("subtype"),
            masking: try bool("is_masking"))
    }
}
