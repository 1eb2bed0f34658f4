import Fleet

/// Questions of people. They read what is committed and lock nothing.
enum HistoryStatements {
    private static let summaryColumns = """
        r.run_id, p.name AS pipeline, r.state, r.engine, r.attempts, r.priority,
        \(SQL.micros("r.submitted_at")) AS submitted_micros, \(SQL.micros("r.started_at")) AS started_micros,
        \(SQL.micros("r.finished_at")) AS finished_micros,
        r.rows_in, r.rows_out, r.bytes_in, r.bytes_out, r.error
        """

    /// Only the conditions that are asked for stand in it, so that each question is answered from the index that it
    /// has. $1 how many.
    static func list(_ filter: RunFilter, limit: Int) -> Call {
        var conditions: [String] = []
        var names: [String] = []
        var parameters: [Parameter] = [.int(limit)]
        func place(_ parameter: Parameter) -> String {
            parameters.append(parameter)
            return "$\(parameters.count)"
        }
        func require(_ name: String, _ condition: String) {
            names.append(name)
            conditions.append(condition)
        }
        if let state = filter.state {
            require(
                state.isFinal ? "ended" : "open",
                "r.state = \(place(.text(state.rawValue)))::text"
                    + (state.isFinal ? "" : " AND r.finished_at IS NULL"))
        }
        if let name = filter.pipeline {
            require(
                "pipeline",
                "r.pipeline_id = ANY (ARRAY(SELECT pipeline_id FROM pipelines WHERE name = \(place(.text(name)))::text))"
            )
        }
        if let since = filter.since {
            require("since", "r.submitted_at >= \(SQL.instant("\(place(.date(since)))::bigint"))")
        }
        if let engine = filter.engine { require("engine", "r.engine = \(place(.text(engine)))::text") }
        if let dataset = filter.dataset {
            let name = place(.text(dataset))
            require(
                "dataset",
                """
                r.run_id IN (
                    SELECT i.run_id FROM run_inputs i JOIN datasets d USING (dataset_id) WHERE d.name = \(name)::text
                    UNION ALL
                    SELECT o.run_id FROM run_outputs o JOIN datasets d USING (dataset_id) WHERE d.name = \(name)::text)
                """)
        }
        for (number, variable) in filter.variables.enumerated() {
            require(
                "variable\(number)",
                "r.variables ->> \(place(.text(variable.name)))::text = \(place(.text(variable.value)))::text")
        }
        if let workflow = filter.workflow {
            require(
                "workflow",
                "r.run_id IN (SELECT run_id FROM workflow_steps WHERE workflow_id = \(place(.run(workflow)))::uuid)")
        }
        if let before = filter.before {
            require(
                "before",
                "(r.submitted_at, r.run_id) < (SELECT b.submitted_at, b.run_id FROM runs b WHERE b.run_id = \(place(.run(before)))::uuid)"
            )
        }
        let statement = Statement(
            (["history_list"] + names).joined(separator: "_"),
            """
            SELECT \(summaryColumns)
              FROM runs r LEFT JOIN pipelines p USING (pipeline_id)
             \(conditions.isEmpty ? "" : "WHERE " + conditions.joined(separator: " AND "))
             ORDER BY r.submitted_at DESC, r.run_id DESC LIMIT $1::integer
            """)
        return Call(statement: statement, parameters: parameters)
    }

    private static let pipelineColumns = """
        pipeline, runs, succeeded, failed, open, success_rate::double precision, p50_duration_ms, p95_duration_ms,
        duckdb_share::double precision, spark_share::double precision,
        \(SQL.micros("last_success_at")) AS last_success_micros,
        \(SQL.micros("last_submitted_at")) AS last_submitted_micros, freshness_seconds
        """

    /// $1 name (null: any), $2 how many.
    static let pipelines = Statement(
        "history_pipelines",
        """
        SELECT \(pipelineColumns) FROM pipeline_summary WHERE $1::text IS NULL OR pipeline = $1
         ORDER BY pipeline LIMIT $2::integer
        """)

    /// The definition that was asked for last. $1 name.
    static let definition = Statement(
        "history_definition",
        """
        SELECT p.yaml, p.digest FROM pipelines p JOIN runs r USING (pipeline_id) WHERE p.name = $1::text
         ORDER BY r.submitted_at DESC LIMIT 1
        """)

    /// Ids between two, as a prefix stands for them. $1 from, $2 to.
    static let find = Statement(
        "history_find",
        "SELECT run_id FROM runs WHERE run_id BETWEEN $1::uuid AND $2::uuid ORDER BY run_id LIMIT 10")

    static let run = Statement(
        "history_run",
        """
        SELECT \(summaryColumns), p.digest AS pipeline_digest, p.yaml, r.variables, r.base_directory,
               r.requested_engine, r.engine_reason, r.concurrency_key, r.max_running, r.retry_of, r.retries, r.failures,
               r.deaths, r.deaths_alone, r.submitted_by, \(SQL.micros("r.accepted_at")) AS accepted_micros,
               \(SQL.micros("r.cancel_requested_at")) AS cancel_requested_micros, r.worker_id, r.files_written,
               r.peak_memory_bytes, r.cpu_seconds, r.phase_seconds, r.error_kind, r.error_step, r.estimated_bytes,
               q.progress, q.phase, \(SQL.micros("q.due_at")) AS due_micros,
               coalesce(w.workflow_id, b.backfill_id) AS parent_id, coalesce(w.name, b.pipeline_name) AS parent_name,
               w.workflow_id
          FROM runs r LEFT JOIN pipelines p USING (pipeline_id) LEFT JOIN run_queue q USING (run_id)
          LEFT JOIN workflows w ON w.workflow_id = r.workflow_id
          LEFT JOIN backfill_runs br ON br.run_id = r.run_id LEFT JOIN backfills b ON b.backfill_id = br.backfill_id
         WHERE r.run_id = $1::uuid
        """)

    static let attempts = Statement(
        "history_attempts",
        """
        SELECT attempt, state, worker_id, engine, \(SQL.micros("started_at")) AS started_micros,
               \(SQL.micros("finished_at")) AS finished_micros, rows_in, rows_out, peak_memory_bytes, error_kind, error,
               error_step, engine_reason, decision, engine_version
          FROM attempts WHERE run_id = $1::uuid ORDER BY attempt
        """)

    static let steps = Statement(
        "history_steps",
        """
        SELECT attempt, name, type, rows_in, rows_out, seconds
          FROM steps WHERE run_id = $1::uuid ORDER BY attempt, ordinal
        """)

    static let checks = Statement(
        "history_checks",
        """
        SELECT attempt, type, subject, severity, passed, failed_rows, message, samples
          FROM checks WHERE run_id = $1::uuid ORDER BY attempt, ordinal
        """)

    static let inputs = Statement(
        "history_inputs",
        """
        SELECT i.attempt, d.namespace, d.name, i.source_name, i.rows, i.bytes, i.files, i.columns,
               (SELECT v.run_id FROM run_outputs v JOIN attempts a ON a.run_id = i.run_id AND a.attempt = i.attempt
                 WHERE v.dataset_id = i.dataset_id AND v.created_at <= a.started_at
                 ORDER BY v.created_at DESC LIMIT 1) AS version
          FROM run_inputs i JOIN datasets d USING (dataset_id) WHERE i.run_id = $1::uuid ORDER BY i.attempt, i.ordinal
        """)

    static let outputs = Statement(
        "history_outputs",
        """
        SELECT o.attempt, d.namespace, d.name, NULL::text AS source_name, o.rows, o.bytes, o.files, o.columns,
               o.run_id AS version
          FROM run_outputs o JOIN datasets d USING (dataset_id) WHERE o.run_id = $1::uuid ORDER BY o.attempt, o.ordinal
        """)

    static let lineage = Statement(
        "history_lineage",
        """
        SELECT l.output_column, l.input_source, l.input_column, l.type, l.subtype, l.is_masking
          FROM runs r JOIN column_lineage l USING (lineage_id) WHERE r.run_id = $1::uuid ORDER BY l.ordinal
        """)

    static let messages = Statement(
        "history_messages",
        """
        SELECT attempt, \(SQL.micros("created_at")) AS said_micros, level, message
          FROM run_messages WHERE run_id = $1::uuid ORDER BY attempt, ordinal
        """)

    static let status = Statement(
        "history_status",
        """
        SELECT r.run_id, r.state, r.attempts, r.error, q.progress, q.phase,
               (SELECT max(m.ordinal) FROM run_messages m WHERE m.run_id = r.run_id AND m.attempt = r.attempts) AS messages
          FROM runs r LEFT JOIN run_queue q USING (run_id) WHERE r.run_id = $1::uuid
        """)

    static let workers = Statement(
        "history_workers",
        """
        SELECT worker_id, host, process_id, state, slots, version, runs, \(SQL.micros("started_at")) AS started_micros,
               \(SQL.micros("renewed_at")) AS renewed_micros, \(SQL.micros("ended_at")) AS ended_micros
          FROM fleet_status ORDER BY state, host, process_id
        """)

    /// What a run was asked to do. $1 run.
    static let request = Statement(
        "history_request",
        """
        SELECT \(ClaimStatements.requestColumns)
          FROM runs r JOIN pipelines p USING (pipeline_id) WHERE r.run_id = $1::uuid
        """)

    private static let letterColumns = """
        dead_letter_id, topic, partition, message_offset, reason, detail,
        encode(message_key, 'base64') AS message_key, encode(payload, 'base64') AS payload,
        \(SQL.micros("received_at")) AS received_micros, \(SQL.micros("replayed_at")) AS replayed_micros
        """

    /// $1 how many, $2 whether those that were sent again count as well.
    static let deadLetters = Statement(
        "history_dead_letters",
        """
        SELECT \(letterColumns) FROM dead_letters WHERE $2::boolean OR replayed_at IS NULL
         ORDER BY dead_letter_id DESC LIMIT $1::integer
        """)

    /// $1 letter.
    static let deadLetter = Statement(
        "history_dead_letter", "SELECT \(letterColumns) FROM dead_letters WHERE dead_letter_id = $1::bigint")
}
