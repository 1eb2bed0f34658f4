/// Claim, decide, settle: everything that names a lease.
enum ClaimStatements {
    /// The columns from which a request is put together again.
    static let requestColumns = """
        r.run_id, p.name AS pipeline_name, p.yaml AS pipeline_yaml, r.variables, r.base_directory, r.requested_engine,
        r.priority, r.concurrency_key, r.retries, r.timeout_seconds, r.fail_on_checks, r.max_running,
        r.retry_of, r.idempotency_key, \(SQL.micros("r.submitted_at")) AS submitted_micros, r.submitted_by,
        r.project_yaml, r.profile, r."trigger", r.source_code
        """

    /// Takes runs that are due, if the worker is live. $1 worker, $2 how many, $3 the serial of this claim, $4 whether
    /// age counts instead of priority.
    static let claim = Statement(
        "claim_due", "SELECT claim_runs($1::uuid, $2::integer, $3::bigint, $4::boolean) AS taken")

    /// What a claim took. $1 worker, $2 the serial of the claim.
    static let claimed = Statement(
        "claim_taken",
        """
        SELECT \(requestColumns), \(SQL.micros("r.accepted_at")) AS accepted_micros,
               q.token, q.nonce, q.attempt, q.failures, q.report, q.correction
          FROM run_queue q JOIN runs r ON r.run_id = q.run_id JOIN pipelines p ON p.pipeline_id = r.pipeline_id
         WHERE q.worker_id = $1::uuid AND q.claim_serial = $2::bigint
         ORDER BY q.priority DESC, q.due_at, q.sequence
        """)

    /// One row when the lease holds, nothing has been decided and nobody asked for a cancel; none otherwise.
    /// $1 run, $2 token, $3 nonce, $4 report, $5 engine, $6 its reason.
    static let decide = Statement(
        "decide",
        """
        WITH held AS (
            UPDATE run_queue SET state = 'publishing', report = $4::jsonb
             WHERE run_id = $1::uuid AND token = $2::bigint AND nonce = $3::uuid AND worker_id IS NOT NULL
               AND state = 'running' AND NOT cancel_requested
        RETURNING run_id, attempt
        ), run AS (
            UPDATE runs r
               SET state = 'publishing', decided_at = clock_timestamp(), engine = $5::text, engine_reason = $6::text
              FROM held WHERE r.run_id = held.run_id
        ), attempt AS (
            UPDATE attempts a SET decided_at = clock_timestamp(), engine = $5::text, engine_reason = $6::text
              FROM held WHERE a.run_id = held.run_id AND a.attempt = held.attempt
        )
        SELECT run_id FROM held
        """)

    /// What stands under a lease when decide changed nothing. $1 run, $2 token, $3 nonce, $4 report.
    static let standing = Statement(
        "decide_standing",
        """
        SELECT state, cancel_requested, coalesce(report = $4::jsonb, false) AS is_same FROM run_queue
         WHERE run_id = $1::uuid AND token = $2::bigint AND nonce = $3::uuid AND worker_id IS NOT NULL
        """)

    /// Ends the attempt, and the run where that is final. One row when the lease holds, none otherwise. What has been
    /// decided ends as `succeeded`, or as `failed` when its target refused it; until then it stays `publishing`, due
    /// again after the delay. A run that is to be cancelled is not tried again. Under the key's lane, the row locked.
    static let settle = Statement(
        "settle",
        """
        WITH held AS (
            SELECT run_id, attempt, state, cancel_requested FROM run_queue
             WHERE run_id = $1::uuid AND token = $2::bigint AND nonce = $3::uuid AND worker_id IS NOT NULL
        ), verdict AS (
            SELECT run_id, attempt,
                   CASE WHEN $4::text = 'succeeded' THEN 'succeeded'
                        WHEN $4 = 'refused' THEN 'failed'
                        WHEN state = 'publishing' THEN 'publishing'
                        WHEN $4 IN ('failed', 'cancelled') THEN $4
                        WHEN cancel_requested THEN 'cancelled'
                        WHEN $4 = 'retry' THEN 'waiting'
                        -- Also a moved one: at once, on another engine.
                        ELSE 'queued' END AS next,
                   CASE WHEN $4 IN ('retry', 'moved', 'refused') THEN 'failed' ELSE $4 END AS attempt_state
              FROM held
        ), gone AS (
            DELETE FROM run_queue q USING verdict v
             WHERE q.run_id = v.run_id AND v.next IN ('succeeded', 'failed', 'cancelled')
        ), kept AS (
            UPDATE run_queue q
               SET state = v.next, worker_id = NULL, progress = NULL, phase = NULL,
                   failures = q.failures + ($4 = 'retry')::integer,
                   correction = coalesce($47::jsonb, q.correction),
                   due_at = CASE $5::bigint WHEN 0 THEN q.due_at
                       ELSE clock_timestamp() + $5 * interval '1 millisecond' END
              FROM verdict v
             WHERE q.run_id = v.run_id AND v.next IN ('publishing', 'waiting', 'queued')
        ), run AS (
            UPDATE runs r
               SET state = v.next,
                   finished_at = CASE WHEN v.next IN ('succeeded', 'failed', 'cancelled') THEN clock_timestamp() END,
                   failures = r.failures + ($4 = 'retry')::integer,
                   error_kind = CASE WHEN $4 = 'succeeded' THEN NULL ELSE coalesce($6::text, r.error_kind) END,
                   error = CASE WHEN $4 = 'succeeded' THEN NULL ELSE coalesce($7::text, r.error) END,
                   error_step = CASE WHEN $4 = 'succeeded' THEN NULL
                                     WHEN $6 IS NOT NULL THEN $8::text ELSE r.error_step END,
                   engine = coalesce($9::text, r.engine), engine_reason = coalesce($10::text, r.engine_reason),
                   rows_in = coalesce($11::bigint, r.rows_in), rows_out = coalesce($12::bigint, r.rows_out),
                   bytes_in = coalesce($13::bigint, r.bytes_in), bytes_out = coalesce($14::bigint, r.bytes_out),
                   files_written = coalesce($15::integer, r.files_written),
                   peak_memory_bytes = coalesce($16::bigint, r.peak_memory_bytes),
                   cpu_seconds = coalesce($17::double precision, r.cpu_seconds),
                   phase_seconds = coalesce($18::jsonb, r.phase_seconds),
                   lineage_id = coalesce($19::bigint, r.lineage_id),
                   estimated_bytes = coalesce($45::bigint, r.estimated_bytes)
              FROM verdict v WHERE r.run_id = v.run_id
        ), attempt AS (
            UPDATE attempts a
               SET state = v.attempt_state, finished_at = clock_timestamp(),
                   error_kind = $6, error = $7, error_step = $8,
                   engine = coalesce($9, a.engine), engine_reason = coalesce($10, a.engine_reason),
                   rows_in = $11, rows_out = $12, bytes_in = $13, bytes_out = $14, peak_memory_bytes = $16,
                   cpu_seconds = $17, phase_seconds = $18, decision = $44::jsonb,
                   engine_version = coalesce($49::text, a.engine_version)
              FROM verdict v WHERE a.run_id = v.run_id AND a.attempt = v.attempt
        ), step AS (
            INSERT INTO steps (run_id, attempt, ordinal, name, type, rows_in, rows_out, seconds)
            SELECT v.run_id, v.attempt, s.ordinal, s.name, s.type, s.rows_in, s.rows_out, s.seconds
              FROM verdict v, unnest($20::text[], $21::text[], $22::bigint[], $23::bigint[], $24::double precision[])
                WITH ORDINALITY AS s (name, type, rows_in, rows_out, seconds, ordinal)
        ), "check" AS (
            INSERT INTO checks (
                run_id, attempt, ordinal, type, subject, severity, passed, failed_rows, message, samples)
            SELECT v.run_id, v.attempt, c.ordinal, c.type, c.subject, c.severity, c.passed, c.failed_rows, c.message,
                   c.samples::jsonb
              FROM verdict v,
                   unnest($25::text[], $26::text[], $27::text[], $28::boolean[], $29::bigint[], $30::text[], $42::text[])
                WITH ORDINALITY AS c (type, subject, severity, passed, failed_rows, message, samples, ordinal)
        ), input AS (
            INSERT INTO run_inputs (run_id, attempt, ordinal, dataset_id, source_name, rows, bytes, files, columns)
            SELECT v.run_id, v.attempt, i.ordinal, i.dataset_id, i.source_name, i.rows, i.bytes, i.files,
                   i.columns::jsonb
              FROM verdict v,
                   unnest($31::bigint[], $32::text[], $33::bigint[], $34::bigint[], $35::integer[], $36::text[])
                WITH ORDINALITY AS i (dataset_id, source_name, rows, bytes, files, columns, ordinal)
        ), output AS (
            INSERT INTO run_outputs (run_id, attempt, ordinal, dataset_id, rows, bytes, files, columns)
            SELECT v.run_id, v.attempt, o.ordinal, o.dataset_id, o.rows, o.bytes, o.files, o.columns::jsonb
              FROM verdict v, unnest($37::bigint[], $38::bigint[], $39::bigint[], $40::integer[], $41::text[])
                WITH ORDINALITY AS o (dataset_id, rows, bytes, files, columns, ordinal)
             WHERE v.next = 'succeeded'
        ), observation AS (
            INSERT INTO routing_observations (run_id, attempt, pipeline, shape, engine, observation)
            SELECT v.run_id, v.attempt,
                   (SELECT p.name FROM runs r JOIN pipelines p USING (pipeline_id) WHERE r.run_id = v.run_id),
                   seen.value #>> '{workload,shape}', seen.value ->> 'engine', seen.value
              FROM verdict v, unnest($46::text[]) AS found (text),
                   LATERAL (SELECT found.text::jsonb AS value) AS seen
        ), backlog AS (
            -- Their numbers first, which takes two looks; counted only where those are far apart.
            SELECT CASE WHEN max(outbox_id) - min(outbox_id) < $48::integer - 1 THEN false
                        ELSE (SELECT count(*) FROM (
                            SELECT 1 FROM outbox WHERE kind = 'landing' LIMIT $48) AS waiting) >= $48 END AS is_full
              FROM outbox WHERE kind = 'landing'
        ), announcement AS (
            INSERT INTO outbox (run_id, kind, payload)
            SELECT v.run_id, 'landing', landing::jsonb FROM verdict v, unnest($43::text[]) AS landing
             WHERE v.next = 'succeeded' AND (SELECT is_full FROM backlog) IS NOT TRUE
        )
        SELECT next, (SELECT r.workflow_id FROM runs r WHERE r.run_id = verdict.run_id) AS workflow_id,
               coalesce((SELECT is_full FROM backlog), false) AS is_outbox_full
          FROM verdict
        """)

    /// How the attempt of this very lease ended: when it is what a settlement says, the answer to it was lost, not
    /// the lease. $1 run, $2 token, $3 nonce.
    static let ending = Statement(
        "settle_ending",
        "SELECT state FROM attempts WHERE run_id = $1::uuid AND token = $2::bigint AND nonce = $3::uuid")
}
