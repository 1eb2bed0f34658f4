/// Questions of people. They read what is committed and lock nothing.
enum HistoryStatements {
    private static let summaryColumns = """
        r.run_id, p.name AS pipeline, r.state, r.engine, r.attempts, r.priority,
        \(SQL.micros("r.submitted_at")) AS submitted_micros, \(SQL.micros("r.started_at")) AS started_micros,
        \(SQL.micros("r.finished_at")) AS finished_micros,
        r.rows_in, r.rows_out, r.bytes_in, r.bytes_out, r.error
        """

    /// $1 how many, $2 state, $3 name of the pipeline (null: any).
    static let list = Statement(
        "history_list",
        """
        SELECT \(summaryColumns)
          FROM runs r LEFT JOIN pipelines p USING (pipeline_id)
         WHERE ($2::text IS NULL OR r.state = $2) AND ($3::text IS NULL OR p.name = $3)
         ORDER BY r.submitted_at DESC, r.run_id DESC LIMIT $1::integer
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
               r.peak_memory_bytes, r.cpu_seconds, r.phase_seconds, r.error_kind, r.error_step,
               q.progress, q.phase, \(SQL.micros("q.due_at")) AS due_micros
          FROM runs r LEFT JOIN pipelines p USING (pipeline_id) LEFT JOIN run_queue q USING (run_id)
         WHERE r.run_id = $1::uuid
        """)

    static let attempts = Statement(
        "history_attempts",
        """
        SELECT attempt, state, worker_id, engine, \(SQL.micros("started_at")) AS started_micros,
               \(SQL.micros("finished_at")) AS finished_micros, rows_in, rows_out, peak_memory_bytes, error_kind, error,
               error_step
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
        SELECT i.attempt, d.namespace, d.name, i.source_name, i.rows, i.bytes, i.files, i.columns
          FROM run_inputs i JOIN datasets d USING (dataset_id) WHERE i.run_id = $1::uuid ORDER BY i.attempt, i.ordinal
        """)

    static let outputs = Statement(
        "history_outputs",
        """
        SELECT o.attempt, d.namespace, d.name, NULL::text AS source_name, o.rows, o.bytes, o.files, o.columns
          FROM run_outputs o JOIN datasets d USING (dataset_id) WHERE o.run_id = $1::uuid ORDER BY o.attempt, o.ordinal
        """)

    static let lineage = Statement(
        "history_lineage",
        """
        SELECT l.output_column, l.input_source, l.input_column, l.type, l.subtype
          FROM runs r JOIN column_lineage l USING (lineage_id) WHERE r.run_id = $1::uuid ORDER BY l.ordinal
        """)

    static let status = Statement(
        "history_status",
        """
        SELECT r.run_id, r.state, r.attempts, r.error, q.progress, q.phase
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
