/// The queue as a whole: who stands first, who takes runs back, who is told.
enum QueueStatements {
    /// Holds off everybody else who changes the order of these keys, until the transaction ends. Ascending, so that
    /// two transactions can't wait for each other. $1 key hashes.
    static let lockLanes = Statement(
        "queue_lock_lanes",
        """
        SELECT pg_advisory_xact_lock(\(LockSpace.lane), lane)
          FROM (SELECT DISTINCT \(LockSpace.lane(of: "hash")) AS lane
                  FROM unnest($1::bigint[]) AS hash ORDER BY 1) AS lanes
        """)

    /// The same for the key of one run. $1 run.
    static let lockLaneOfRun = Statement(
        "queue_lock_lane_of_run",
        """
        SELECT pg_advisory_xact_lock(\(LockSpace.lane), \(LockSpace.lane(of: "key_hash")))
          FROM runs WHERE run_id = $1::uuid
        """)

    /// Locks rows of the queue before a statement that decides on them. In a statement of its own, so that the one
    /// after it sees them as they are now: where lock and change are one statement, PostgreSQL checks the table's
    /// constraints on the row as the snapshot saw it, mixed with what the lock found. $1 runs.
    static let lockRuns = Statement(
        "queue_lock_runs",
        "SELECT run_id FROM run_queue WHERE run_id = ANY ($1::uuid[]) ORDER BY run_id FOR UPDATE")

    /// Makes the first run of each key runnable, and gives it the highest priority that waits behind it. A run that is
    /// owned keeps its priority: it is of no use there. Under the keys' lanes. $1 key hashes.
    static let arrange = Statement(
        "queue_arrange",
        """
        WITH keys AS (SELECT DISTINCT hash AS key_hash FROM unnest($1::bigint[]) AS hash), \(arranging)
        """)

    /// The same for the key of one run, also when that run has left the queue. $1 run.
    static let arrangeBehind = Statement(
        "queue_arrange_behind",
        """
        WITH keys AS (SELECT key_hash FROM runs WHERE run_id = $1::uuid), \(arranging)
        """)

    private static let arranging = """
        head AS (
            SELECT first.run_id, first.state, highest.priority
              FROM keys
             CROSS JOIN LATERAL (
                SELECT q.run_id, q.state, q.priority, q.worker_id FROM run_queue q
                 WHERE q.key_hash = keys.key_hash ORDER BY q.sequence LIMIT 1) AS first
             CROSS JOIN LATERAL (
                SELECT q.base_priority AS priority FROM run_queue q
                 WHERE q.key_hash = keys.key_hash ORDER BY q.base_priority DESC LIMIT 1) AS highest
             WHERE first.worker_id IS NULL
               AND (first.state = 'blocked' OR first.priority < highest.priority)
        ), changed AS (
            UPDATE run_queue q
               SET state = CASE head.state WHEN 'blocked' THEN 'queued' ELSE q.state END, priority = head.priority
              FROM head WHERE q.run_id = head.run_id
        RETURNING q.run_id, head.state = 'blocked' AS was_blocked
        ), promoted AS (
            UPDATE runs r SET state = 'queued'
              FROM changed WHERE changed.was_blocked AND r.run_id = changed.run_id
        RETURNING r.run_id
        )
        SELECT run_id FROM promoted
        """

    /// Takes owned runs away from their workers and gives them back to the queue, or ends those that were to be
    /// cancelled or whose workers died too often. What has been decided stays decided. Under the keys' lanes, the rows
    /// locked.
    /// $1 runs, $2 their tokens, $3 how their attempts ended, $4 whether a worker died, $5 deaths that set a run aside,
    /// $6 the reason, for people.
    static let takeBack = Statement(
        "queue_take_back",
        """
        WITH held AS (
            SELECT q.run_id, q.state, q.attempt, q.cancel_requested,
                   q.deaths + ($4::boolean AND q.state = 'running')::integer AS deaths
              FROM run_queue q JOIN unnest($1::uuid[], $2::bigint[]) AS named (run_id, token)
                ON q.run_id = named.run_id AND q.token = named.token
             WHERE q.worker_id IS NOT NULL
        ), verdict AS (
            SELECT *, CASE WHEN state = 'publishing' THEN 'publishing'
                           WHEN cancel_requested THEN 'cancelled'
                           WHEN deaths >= $5::integer THEN 'dead'
                           ELSE 'queued' END AS next
              FROM held
        ), gone AS (
            DELETE FROM run_queue q USING verdict v
             WHERE q.run_id = v.run_id AND v.next IN ('cancelled', 'dead')
        ), kept AS (
            UPDATE run_queue q
               SET state = v.next, worker_id = NULL, deaths = v.deaths, runs_alone = v.deaths >= 2, progress = NULL,
                   phase = NULL
              FROM verdict v WHERE q.run_id = v.run_id AND v.next NOT IN ('cancelled', 'dead')
        ), run AS (
            UPDATE runs r
               SET state = v.next, deaths = v.deaths,
                   finished_at = CASE WHEN v.next IN ('cancelled', 'dead') THEN clock_timestamp() END,
                   error = CASE WHEN v.next = 'dead'
                       THEN 'set aside: its worker died ' || v.deaths || ' times' ELSE r.error END
              FROM verdict v WHERE r.run_id = v.run_id
        ), attempt AS (
            UPDATE attempts a SET state = $3::text, finished_at = clock_timestamp(), error = $6::text
              FROM verdict v WHERE a.run_id = v.run_id AND a.attempt = v.attempt AND a.state = 'running'
        )
        SELECT run_id, next FROM verdict
        """)

    /// Whose keys these are. $1 runs.
    static let keysOfRuns = Statement(
        "queue_keys_of_runs",
        "SELECT DISTINCT key_hash FROM run_queue WHERE run_id = ANY ($1::uuid[])")

    /// $1 channels, $2 their payloads.
    static let notify = Statement(
        "queue_notify",
        "SELECT pg_notify(channel, payload) FROM unnest($1::text[], $2::text[]) AS notice (channel, payload)")
}
