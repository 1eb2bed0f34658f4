/// Workflows: taking them in, advancing them, asking about them.
enum WorkflowStatements {
    /// One row when it is new. $1 workflow, $2 name, $3 content digest, $4 text, $5 plan, $6 the one it resumes,
    /// $7 idempotency key, $8 trigger, $9 when it was submitted, $10 by whom,
    /// $11 variables, $12 the folder that its runs are relative to.
    static let insert = Statement(
        "workflow_insert",
        """
        INSERT INTO workflows (workflow_id, name, content_digest, yaml, plan, resume_of, idempotency_key, "trigger",
                               submitted_at, submitted_by, variables, base_directory)
        VALUES ($1::uuid, $2::text, $3::text, $4::text, $5::jsonb, $6::uuid, $7::text, $8::text,
                \(SQL.instant("$9::bigint")), $10::text, $11::jsonb, $12::text)
        ON CONFLICT (workflow_id) DO NOTHING RETURNING workflow_id
        """)

    /// $1 workflow.
    static let content = Statement(
        "workflow_content", "SELECT content_digest FROM workflows WHERE workflow_id = $1::uuid")

    /// $1 workflow, $2 stages, $3 names, $4 runs, $5 whether they have succeeded before.
    static let insertSteps = Statement(
        "workflow_insert_steps",
        """
        INSERT INTO workflow_steps (workflow_id, ordinal, stage, name, run_id, is_done)
        SELECT $1::uuid, ordinal, stage, name, run_id, is_done
          FROM unnest($2::text[], $3::text[], $4::uuid[], $5::boolean[])
            WITH ORDINALITY AS s (stage, name, run_id, is_done, ordinal)
        """)

    /// $1 workflow.
    static let wake = Statement("workflow_wake", "INSERT INTO workflow_wakes (workflow_id) VALUES ($1::uuid)")

    // MARK: Advancing

    /// Those that something has happened in, the longest ago first. $1 how many.
    static let woken = Statement(
        "workflow_woken",
        "SELECT workflow_id FROM workflow_wakes GROUP BY workflow_id ORDER BY min(wake_id) LIMIT $1::integer")

    /// One decides at a time. $1 workflow.
    static let lock = Statement(
        "workflow_lock",
        "SELECT pg_advisory_xact_lock(\(LockSpace.workflow), hashtext($1::text))")

    /// $1 workflow.
    static let standing = Statement(
        "workflow_standing",
        """
        SELECT plan, state, cancel_requested_at IS NOT NULL AS is_cancelled FROM workflows WHERE workflow_id = $1::uuid
        """)

    /// Read before the states are: what happens after it leaves another one. $1 workflow.
    static let wakes = Statement(
        "workflow_wakes", "SELECT wake_id FROM workflow_wakes WHERE workflow_id = $1::uuid")

    /// In their order. A run that history has forgotten had ended. $1 workflow.
    static let steps = Statement(
        "workflow_steps",
        """
        SELECT s.run_id, CASE WHEN s.is_done THEN 'succeeded' ELSE coalesce(r.state, 'cancelled') END AS state
          FROM workflow_steps s LEFT JOIN runs r ON r.run_id = s.run_id
         WHERE s.workflow_id = $1::uuid ORDER BY s.ordinal
        """)

    /// Under the lanes of the runs' keys. $1 runs.
    static let release = Statement(
        "workflow_release",
        """
        UPDATE runs SET state = 'submitted', recorded_at = clock_timestamp()
         WHERE run_id = ANY ($1::uuid[]) AND state = 'held'
        """)

    /// In the order given. Under the lanes of the runs' keys. $1 runs.
    static let admit = Statement(
        "workflow_admit",
        """
        SELECT run_id FROM admit_runs($1::uuid[], ARRAY(
            SELECT r.content_digest FROM unnest($1::uuid[]) WITH ORDINALITY AS g (run_id, ordinal)
              JOIN runs r USING (run_id) ORDER BY g.ordinal)) AS run_id
        """)

    /// $1 runs, $2 reasons.
    static let skip = Statement(
        "workflow_skip",
        """
        UPDATE runs r SET state = 'skipped', finished_at = clock_timestamp(), error = 'skipped: ' || given.reason
          FROM unnest($1::uuid[], $2::text[]) AS given (run_id, reason)
         WHERE r.run_id = given.run_id AND r.state = 'held'
        """)

    /// $1 runs.
    static let cancelHeld = Statement(
        "workflow_cancel_held",
        """
        UPDATE runs SET state = 'cancelled', finished_at = clock_timestamp(),
               cancel_requested_at = coalesce(cancel_requested_at, clock_timestamp())
         WHERE run_id = ANY ($1::uuid[]) AND state = 'held'
        """)

    /// $1 workflow, $2 state.
    static let finish = Statement(
        "workflow_finish",
        """
        UPDATE workflows SET state = $2::text, finished_at = clock_timestamp()
         WHERE workflow_id = $1::uuid AND state = 'running'
        """)

    /// $1 wakes.
    static let sleep = Statement(
        "workflow_sleep", "DELETE FROM workflow_wakes WHERE wake_id = ANY ($1::bigint[])")

    /// One row when it had not ended. $1 workflow.
    static let requestCancel = Statement(
        "workflow_request_cancel",
        """
        UPDATE workflows SET cancel_requested_at = coalesce(cancel_requested_at, clock_timestamp())
         WHERE workflow_id = $1::uuid AND state = 'running' RETURNING workflow_id
        """)

    /// Under way, the last of them first: whoever cancels in this order promotes nothing. $1 workflow.
    static let underWay = Statement(
        "workflow_under_way",
        """
        SELECT s.run_id FROM workflow_steps s JOIN runs r ON r.run_id = s.run_id
         WHERE s.workflow_id = $1::uuid AND NOT s.is_done AND r.finished_at IS NULL AND r.state <> 'held'
         ORDER BY s.ordinal DESC
        """)

    // MARK: Questions

    private static let columns = """
        workflow_id, workflow, state, submitted_by, "trigger", resume_of,
        \(SQL.micros("submitted_at")) AS submitted_micros, \(SQL.micros("started_at")) AS started_micros,
        \(SQL.micros("finished_at")) AS finished_micros, cancel_requested_at IS NOT NULL AS is_cancelled,
        runs, succeeded, failed, cancelled, skipped, unfinished, rows_out
        """

    /// The latest first. $1 name (null: any), $2 state (null: any), $3 how many.
    static let list = Statement(
        "workflow_list",
        """
        SELECT \(columns) FROM workflow_history
         WHERE ($1::text IS NULL OR workflow = $1) AND ($2::text IS NULL OR state = $2)
         ORDER BY submitted_at DESC, workflow_id DESC LIMIT $3::integer
        """)

    /// $1 and $2: ids between two, as a prefix stands for them.
    static let find = Statement(
        "workflow_find",
        "SELECT workflow_id FROM workflows WHERE workflow_id BETWEEN $1::uuid AND $2::uuid ORDER BY 1 LIMIT 10")

    /// $1 workflow.
    static let one = Statement(
        "workflow_one", "SELECT \(columns) FROM workflow_history WHERE workflow_id = $1::uuid")

    /// $1 workflow.
    static let definition = Statement(
        "workflow_definition", "SELECT yaml, plan, variables FROM workflows WHERE workflow_id = $1::uuid")

    /// When it began, and the backfill that it belongs to. $1 workflow.
    static let origin = Statement(
        "workflow_origin",
        """
        SELECT \(SQL.micros("w.recorded_at")) AS recorded_micros, b.backfill_id, b.pipeline_name
          FROM workflows w LEFT JOIN backfill_runs br ON br.run_id = w.workflow_id
          LEFT JOIN backfills b ON b.backfill_id = br.backfill_id
         WHERE w.workflow_id = $1::uuid
        """)

    /// $1 workflow.
    static let runs = Statement(
        "workflow_runs",
        """
        SELECT s.stage, s.name AS step, s.run_id, s.is_done, p.name AS pipeline, r.state, r.engine, r.attempts,
               r.rows_out, r.error, \(SQL.micros("r.started_at")) AS started_micros,
               \(SQL.micros("r.finished_at")) AS finished_micros
          FROM workflow_steps s LEFT JOIN runs r ON r.run_id = s.run_id LEFT JOIN pipelines p USING (pipeline_id)
         WHERE s.workflow_id = $1::uuid ORDER BY s.ordinal
        """)
}
