/// Forgetting history that is old enough.
enum RetentionStatements {
    /// The oldest runs that ended this long ago, taken off the totals. $1 milliseconds, $2 how many at most.
    static let remove = Statement(
        "retention_remove",
        """
        SELECT remove_runs(clock_timestamp() - $1::bigint * interval '1 millisecond', $2::integer) AS removed
        """)

    /// Workflows that ended this long ago and that no run is left of. $1 milliseconds, $2 how many at most.
    static let removeWorkflows = Statement(
        "retention_remove_workflows",
        """
        DELETE FROM workflows WHERE workflow_id IN (
            SELECT w.workflow_id FROM workflows w
             WHERE w.finished_at < clock_timestamp() - $1::bigint * interval '1 millisecond'
               AND NOT EXISTS (SELECT 1 FROM runs r WHERE r.workflow_id = w.workflow_id)
             ORDER BY w.finished_at LIMIT $2::integer)
        RETURNING workflow_id
        """)

    /// One table of a month of whose time no run is left; null when there is none. $1 milliseconds.
    static let dropMonth = Statement(
        "retention_drop_month",
        "SELECT drop_month(clock_timestamp() - $1::bigint * interval '1 millisecond') AS dropped")

    /// $1 milliseconds.
    static let count = Statement(
        "retention_count",
        """
        SELECT count(*) AS old FROM runs
         WHERE finished_at < clock_timestamp() - $1::bigint * interval '1 millisecond'
        """)
}
