import Fleet

/// The queue as a whole: who stands first, who takes runs back, who is told.
enum QueueStatements {
    /// Holds off everybody else who changes the order of these keys, or of keys whose paths lie within or around them,
    /// until the transaction ends. $1 keys.
    static let lockLanes = Statement(
        "queue_lock_lanes",
        "SELECT lock_lanes(array_agg(concurrency_path(key))) FROM unnest($1::text[]) AS key")

    /// The same for the keys of runs. $1 runs.
    static let lockLanesOfRuns = Statement(
        "queue_lock_lanes_of_runs",
        "SELECT lock_lanes(array_agg(DISTINCT key_path)) FROM runs WHERE run_id = ANY ($1::uuid[])")

    /// Locks rows of the queue before a statement that decides on them. In a statement of its own, so that the one
    /// after it sees them as they are now: where lock and change are one statement, PostgreSQL checks the table's
    /// constraints on the row as the snapshot saw it, mixed with what the lock found. $1 runs.
    static let lockRuns = Statement(
        "queue_lock_runs",
        "SELECT run_id FROM run_queue WHERE run_id = ANY ($1::uuid[]) ORDER BY run_id FOR UPDATE")

    /// Makes runnable what nothing stands before any more, at and around the keys of these runs, which may have left
    /// the queue, and gives the first of each key the highest priority behind it. Under the keys' lanes. $1 runs.
    static let arrange = Statement(
        "queue_arrange",
        """
        SELECT run_id FROM arrange_queue(
            ARRAY(SELECT DISTINCT key_path FROM runs WHERE run_id = ANY ($1::uuid[]))) AS run_id
        """)

    /// Takes owned runs away from their workers and gives them back to the queue, or ends those that were to be
    /// cancelled or that killed workers with nothing else to do too often: what dies beside others may have been
    /// killed by one of them, so that a run has a worker for itself after two deaths, and only those count then. What
    /// has been decided stays decided. Under the keys' lanes, the rows locked.
    /// $1 runs, $2 their tokens, $3 how their attempts ended, $4 whether a worker died, $5 deaths alone that set a run
    /// aside, $6 the reason, for people.
    static let takeBack = Statement(
        "queue_take_back",
        """
        WITH held AS (
            SELECT q.run_id, q.state, q.attempt, q.cancel_requested, q.phase,
                   q.deaths + ($4::boolean AND q.state = 'running')::integer AS deaths,
                   q.deaths_alone + ($4 AND q.state = 'running' AND q.runs_alone)::integer AS deaths_alone
              FROM run_queue q JOIN unnest($1::uuid[], $2::bigint[]) AS named (run_id, token)
                ON q.run_id = named.run_id AND q.token = named.token
             WHERE q.worker_id IS NOT NULL
        ), verdict AS (
            SELECT *, CASE WHEN state = 'publishing' THEN 'publishing'
                           WHEN cancel_requested THEN 'cancelled'
                           WHEN deaths_alone >= $5::integer THEN 'dead'
                           ELSE 'queued' END AS next,
                   $6::text || coalesce(' in phase ' || phase, '') AS reason
              FROM held
        ), gone AS (
            DELETE FROM run_queue q USING verdict v
             WHERE q.run_id = v.run_id AND v.next IN ('cancelled', 'dead')
        ), kept AS (
            UPDATE run_queue q
               SET state = v.next, worker_id = NULL, deaths = v.deaths, deaths_alone = v.deaths_alone,
                   runs_alone = v.next = 'queued' AND v.deaths >= \(DeathPolicy().deathsBeforeAlone),
                   progress = NULL, phase = NULL
              FROM verdict v WHERE q.run_id = v.run_id AND v.next NOT IN ('cancelled', 'dead')
        ), evidence AS (
            SELECT v.run_id,
                   string_agg(
                       'attempt ' || a.attempt || ' on ' || coalesce(w.host || ' (process ' || w.process_id || ')',
                           'a worker forgotten since') || ': '
                       || CASE a.attempt WHEN v.attempt THEN v.reason ELSE a.error END, '; ' ORDER BY a.attempt) AS text
              FROM verdict v
              JOIN attempts a ON a.run_id = v.run_id AND (a.state = 'lost' OR a.attempt = v.attempt)
              LEFT JOIN workers w ON w.worker_id = a.worker_id
             WHERE v.next = 'dead'
             GROUP BY v.run_id
        ), run AS (
            UPDATE runs r
               SET state = v.next, deaths = v.deaths, deaths_alone = v.deaths_alone,
                   finished_at = CASE WHEN v.next IN ('cancelled', 'dead') THEN clock_timestamp() END,
                   error_kind = CASE WHEN v.next = 'dead' THEN 'poison' ELSE r.error_kind END,
                   error = CASE WHEN v.next = 'dead'
                       THEN 'set aside: workers died ' || v.deaths || ' times while they had it, ' || v.deaths_alone
                            || ' of them with nothing else to do (' || e.text || ')'
                       ELSE r.error END
              FROM verdict v LEFT JOIN evidence e ON e.run_id = v.run_id WHERE r.run_id = v.run_id
        ), attempt AS (
            UPDATE attempts a SET state = $3::text, finished_at = clock_timestamp(), error = v.reason
              FROM verdict v WHERE a.run_id = v.run_id AND a.attempt = v.attempt AND a.state = 'running'
        )
        SELECT run_id, next FROM verdict
        """)

    /// $1 channels, $2 their payloads.
    static let notify = Statement(
        "queue_notify",
        "SELECT pg_notify(channel, payload) FROM unnest($1::text[], $2::text[]) AS notice (channel, payload)")
}
