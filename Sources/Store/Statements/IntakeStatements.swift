/// How requests become runs.
enum IntakeStatements {
    /// Definitions, before the transaction that refers to them; sorted, so that two batches can't wait for each other.
    /// $1 names, $2 digests, $3 texts.
    static let insertPipelines = Statement(
        "intake_insert_pipelines",
        """
        INSERT INTO pipelines (name, digest, yaml)
        SELECT name, digest, yaml FROM unnest($1::text[], $2::text[], $3::text[]) AS given (name, digest, yaml)
         ORDER BY digest COLLATE "C", name COLLATE "C"
        ON CONFLICT (digest, name) DO NOTHING
        """)

    /// $1 names, $2 digests.
    static let findPipelines = Statement(
        "intake_find_pipelines",
        """
        SELECT p.pipeline_id, p.name, p.digest
          FROM pipelines p JOIN unnest($1::text[], $2::text[]) AS given (name, digest)
            ON p.digest = given.digest AND p.name = given.name
        """)

    /// Shared by all who take requests in: a cancel that finds no run waits until these have committed.
    static let joinIntake = Statement(
        "intake_join", "SELECT pg_advisory_xact_lock_shared(\(LockSpace.intake), 0)")

    /// Records runs as submitted, or, of a workflow, as held; one that is there already is left as it is. Answers those that are new.
    static let insertRuns = Statement(
        "intake_insert_runs",
        """
        INSERT INTO runs (
            run_id, pipeline_id, content_digest, state, priority, concurrency_key, key_path, variables,
            base_directory, requested_engine, retries, timeout_seconds, fail_on_checks, idempotency_key,
            submitted_at, submitted_by, project_yaml, profile, max_running, retry_of, "trigger", workflow_id,
            source_code)
        SELECT run_id, pipeline_id, content_digest,
               CASE WHEN workflow_id IS NULL THEN 'submitted' ELSE 'held' END, priority, concurrency_key,
               concurrency_path(concurrency_key), variables::jsonb, base_directory, requested_engine, retries,
               timeout_seconds, fail_on_checks, idempotency_key, \(SQL.instant("submitted_micros")), submitted_by,
               project_yaml, profile, max_running, retry_of, started_by, workflow_id, source_code::jsonb
          FROM unnest(
            $1::uuid[], $2::bigint[], $3::text[], $4::smallint[], $5::text[], $6::text[], $7::text[], $8::text[],
            $9::integer[], $10::double precision[], $11::boolean[], $12::text[], $13::bigint[], $14::text[],
            $15::text[], $16::text[], $17::integer[], $18::uuid[], $19::text[], $20::uuid[], $21::text[]
          ) AS given (
            run_id, pipeline_id, content_digest, priority, concurrency_key, variables, base_directory,
            requested_engine, retries, timeout_seconds, fail_on_checks, idempotency_key, submitted_micros,
            submitted_by, project_yaml, profile, max_running, retry_of, started_by, workflow_id, source_code)
         ORDER BY run_id
        ON CONFLICT (run_id) DO NOTHING
        RETURNING run_id
        """)

    /// What is on record under these ids. $1 runs.
    static let contentOfRuns = Statement(
        "intake_content_of_runs", "SELECT run_id, content_digest FROM runs WHERE run_id = ANY ($1::uuid[])")

    /// Admits submitted runs to the queue, in the order given, and raises those that stand before them. Under the keys'
    /// lanes and the intake. $1 runs, $2 their content digests.
    static let admit = Statement(
        "intake_admit", "SELECT run_id FROM admit_runs($1::uuid[], $2::text[]) AS run_id")

    /// Submitted runs whose message has not come within the grace period. $1 the grace in milliseconds, $2 how many.
    static let overdue = Statement(
        "intake_overdue",
        """
        SELECT run_id, content_digest, concurrency_key FROM runs
         WHERE state = 'submitted' AND recorded_at < clock_timestamp() - $1::bigint * interval '1 millisecond'
         ORDER BY recorded_at, run_id LIMIT $2::integer
        """)

    static let insertDeadLetter = Statement(
        "intake_insert_dead_letter",
        """
        INSERT INTO dead_letters (topic, partition, message_offset, reason, detail, message_key, payload)
        VALUES ($1::text, $2::integer, $3::bigint, $4::text, $5::text, $6::bytea, $7::bytea)
        ON CONFLICT (topic, partition, message_offset, sha256(payload)) DO NOTHING
        """)

    /// $1 letter.
    static let markReplayed = Statement(
        "intake_mark_replayed",
        "UPDATE dead_letters SET replayed_at = clock_timestamp() WHERE dead_letter_id = $1::bigint")
}
