/// Forgetting history that is old enough.
enum RetentionStatements {
    /// Runs that ended this long ago, and all that was recorded of them. $1 milliseconds, $2 how many at most.
    static let remove = Statement(
        "retention_remove",
        """
        WITH old AS (
            SELECT run_id FROM runs
             WHERE finished_at < clock_timestamp() - $1::bigint * interval '1 millisecond'
               AND NOT EXISTS (
                SELECT 1 FROM workflows w WHERE w.workflow_id = runs.workflow_id AND w.finished_at IS NULL)
             ORDER BY finished_at LIMIT $2::integer
        ), gone AS (
            DELETE FROM runs r USING old WHERE r.run_id = old.run_id AND r.finished_at IS NOT NULL RETURNING 1
        )
        SELECT count(*) AS removed FROM gone
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

    /// $1 milliseconds.
    static let count = Statement(
        "retention_count",
        """
        SELECT count(*) AS old FROM runs
         WHERE finished_at < clock_timestamp() - $1::bigint * interval '1 millisecond'
        """)
}
