/// The outbox of lineage events.
enum EventStatements {
    /// How long a worker delivers alone after it last said so, and how long events are kept when nobody says so.
    private static let hold = "interval '30 seconds'", keep = "interval '1 day'"

    /// One row when this worker delivers. $1 worker.
    static let take = Statement(
        "event_take",
        """
        UPDATE event_delivery
           SET worker_id = $1::uuid, held_until = clock_timestamp() + \(hold),
               wanted_until = clock_timestamp() + \(keep)
         WHERE worker_id = $1::uuid OR held_until < clock_timestamp()
        RETURNING true AS is_held
        """)

    /// Due, and none of the same run before them that is not. $1 how many.
    static let due = Statement(
        "event_due",
        """
        SELECT o.outbox_id, o.run_id, o.kind, \(SQL.micros("o.occurred_at")) AS occurred_micros, o.tries, o.is_workflow
          FROM lineage_outbox o
         WHERE o.due_at <= clock_timestamp()
           AND NOT EXISTS (
            SELECT 1 FROM lineage_outbox e
             WHERE e.run_id = o.run_id AND e.outbox_id < o.outbox_id AND e.due_at > clock_timestamp())
         ORDER BY o.outbox_id LIMIT $1::integer
        """)

    /// $1 events.
    static let remove = Statement(
        "event_remove", "DELETE FROM lineage_outbox WHERE outbox_id = ANY ($1::bigint[])")

    /// $1 events, $2 milliseconds until they are due again, $3 why.
    static let postpone = Statement(
        "event_postpone",
        """
        UPDATE lineage_outbox o
           SET due_at = clock_timestamp() + p.delay * interval '1 millisecond', tries = o.tries + 1, error = p.reason
          FROM unnest($1::bigint[], $2::bigint[], $3::text[]) AS p (outbox_id, delay, reason)
         WHERE o.outbox_id = p.outbox_id
        """)

    /// An event for each run and workflow that has been running this long since the last. A run that is settled
    /// meanwhile has left the queue, and gets none behind its end. $1 milliseconds.
    static let running = Statement(
        "event_running",
        """
        WITH long AS (
            UPDATE run_queue q SET reported_at = clock_timestamp()
              FROM runs r
             WHERE r.run_id = q.run_id AND q.state = 'running' AND q.worker_id IS NOT NULL
               AND coalesce(q.reported_at, r.started_at) < clock_timestamp() - $1::bigint * interval '1 millisecond'
            RETURNING q.run_id
        ), long_workflow AS (
            UPDATE workflows SET reported_at = clock_timestamp()
             WHERE finished_at IS NULL
               AND coalesce(reported_at, recorded_at) < clock_timestamp() - $1::bigint * interval '1 millisecond'
            RETURNING workflow_id
        )
        INSERT INTO lineage_outbox (run_id, kind, occurred_at, is_workflow)
        SELECT run_id, 'RUNNING', clock_timestamp(), false FROM long
        UNION ALL SELECT workflow_id, 'RUNNING', clock_timestamp(), true FROM long_workflow
        """)

    /// $1 how many may stay.
    static let forget = Statement(
        "event_forget",
        """
        WITH gone AS (
            DELETE FROM lineage_outbox
             WHERE outbox_id <= (SELECT outbox_id FROM lineage_outbox ORDER BY outbox_id DESC OFFSET $1::bigint LIMIT 1)
            RETURNING 1
        )
        SELECT count(*) AS forgotten FROM gone
        """)
}
