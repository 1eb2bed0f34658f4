/// What the views of history say that cannot be, whatever died: attempts that are not there, a success without output, an
/// output without a success, a summary that counts otherwise.
public enum HistoryContradictions {
    /// Answers a line for each.
    public static let sql = """
        WITH tries AS (
            SELECT run_id, count(*) AS n, max(attempt) AS last, count(*) FILTER (WHERE state = 'succeeded') AS good,
                   count(*) FILTER (WHERE state = 'running') AS open
              FROM attempt_history GROUP BY run_id
        ), versions AS (
            SELECT version AS run_id, count(*) AS n FROM dataset_versions GROUP BY version
        ), judged AS (
            SELECT r.run_id, CASE
                WHEN r.attempts <> coalesce(t.n, 0) OR coalesce(t.last, 0) <> coalesce(t.n, 0)
                    THEN format('says %s attempts and has %s, the last of them number %s', r.attempts, t.n, t.last)
                WHEN coalesce(t.good, 0) <> (r.state = 'succeeded')::integer
                    THEN format('is %s and has %s successful attempts', r.state, t.good)
                WHEN coalesce(v.n, 0) <> (r.state = 'succeeded')::integer
                    THEN format('is %s and has %s outputs', r.state, coalesce(v.n, 0))
                WHEN r.finished_at IS NOT NULL AND t.open > 0
                    THEN format('is %s and has %s attempts that go on', r.state, t.open)
                WHEN r.state = 'succeeded' AND r.error IS NOT NULL THEN 'has succeeded and has an error'
                WHEN r.finished_at < r.started_at THEN 'ended before it began'
            END AS what
              FROM run_history r LEFT JOIN tries t USING (run_id) LEFT JOIN versions v USING (run_id)
        )
        SELECT run_id || ': ' || what FROM judged WHERE what IS NOT NULL
        UNION ALL
        SELECT p.pipeline || ': the summary counts ' || p.succeeded || ' successes of ' || p.runs || ', and there are '
               || count(*) FILTER (WHERE r.state = 'succeeded') || ' of ' || count(*)
          FROM pipeline_summary p JOIN run_history r USING (pipeline)
         GROUP BY p.pipeline, p.succeeded, p.runs
        HAVING p.runs <> count(*) OR p.succeeded <> count(*) FILTER (WHERE r.state = 'succeeded')
        """
}
