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

    /// Records runs as submitted; one that is there already is left as it is. Answers those that are new.
    static let insertRuns = Statement(
        "intake_insert_runs",
        """
        INSERT INTO runs (
            run_id, pipeline_id, content_digest, state, priority, concurrency_key, key_hash, variables,
            base_directory, requested_engine, retries, timeout_seconds, fail_on_checks, idempotency_key,
            submitted_at, submitted_by, project_yaml, profile)
        SELECT run_id, pipeline_id, content_digest, 'submitted', priority, concurrency_key, key_hash,
               variables::jsonb, base_directory, requested_engine, retries, timeout_seconds, fail_on_checks,
               idempotency_key, \(SQL.instant("submitted_micros")), submitted_by, project_yaml, profile
          FROM unnest(
            $1::uuid[], $2::bigint[], $3::text[], $4::smallint[], $5::text[], $6::bigint[], $7::text[], $8::text[],
            $9::text[], $10::integer[], $11::double precision[], $12::boolean[], $13::text[], $14::bigint[],
            $15::text[], $16::text[], $17::text[]
          ) AS given (
            run_id, pipeline_id, content_digest, priority, concurrency_key, key_hash, variables, base_directory,
            requested_engine, retries, timeout_seconds, fail_on_checks, idempotency_key, submitted_micros,
            submitted_by, project_yaml, profile)
         ORDER BY run_id
        ON CONFLICT (run_id) DO NOTHING
        RETURNING run_id
        """)

    /// What is on record under these ids. $1 runs.
    static let contentOfRuns = Statement(
        "intake_content_of_runs", "SELECT run_id, content_digest FROM runs WHERE run_id = ANY ($1::uuid[])")

    /// Admits submitted runs to the queue, in the order given: the first of its key becomes `queued`, others `blocked`,
    /// and one whose cancel came before it `cancelled`. A run in any other state is left as it is. Under the keys'
    /// lanes and the intake. $1 runs, $2 their content digests.
    static let admit = Statement(
        "intake_admit",
        """
        WITH ready AS MATERIALIZED (
            SELECT run_id, key_hash, priority, is_cancelled, nextval('run_sequence') AS sequence
              FROM (SELECT r.run_id, r.key_hash, r.priority, c.run_id IS NOT NULL AS is_cancelled
                      FROM unnest($1::uuid[], $2::text[]) WITH ORDINALITY AS given (run_id, content_digest, ordinal)
                      JOIN runs r ON r.run_id = given.run_id AND r.content_digest = given.content_digest
                      LEFT JOIN cancellations c ON c.run_id = r.run_id
                     WHERE r.state = 'submitted'
                     ORDER BY given.ordinal) AS ordered
        ), placed AS (
            SELECT *, CASE WHEN is_cancelled THEN 'cancelled'
                           WHEN row_number() OVER (PARTITION BY key_hash, is_cancelled ORDER BY sequence) > 1
                             OR EXISTS (SELECT 1 FROM run_queue q WHERE q.key_hash = ready.key_hash) THEN 'blocked'
                           ELSE 'queued' END AS next
              FROM ready
        ), admitted AS (
            UPDATE runs r
               SET state = p.next, sequence = p.sequence, accepted_at = clock_timestamp(),
                   finished_at = CASE WHEN p.is_cancelled THEN clock_timestamp() END
              FROM placed p WHERE r.run_id = p.run_id
        RETURNING r.run_id, r.accepted_at
        ), inserted AS (
            INSERT INTO run_queue (run_id, sequence, key_hash, base_priority, priority, state, due_at)
            SELECT p.run_id, p.sequence, p.key_hash, p.priority, p.priority, p.next, a.accepted_at
              FROM placed p JOIN admitted a USING (run_id)
             WHERE NOT p.is_cancelled
        )
        SELECT run_id, next FROM placed
        """)

    /// Submitted runs whose message has not come within the grace period. $1 the grace in milliseconds, $2 how many.
    static let overdue = Statement(
        "intake_overdue",
        """
        SELECT run_id, content_digest, key_hash FROM runs
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
}
