/// Backfills: what they are made of, and where they stand.
enum BackfillStatements {
    /// $1 backfill, $2 pipeline, $3 submitter.
    static let insert = Statement(
        "backfill_insert",
        """
        INSERT INTO backfills (backfill_id, pipeline_name, submitted_by) VALUES ($1::uuid, $2::text, $3::text)
        ON CONFLICT (backfill_id) DO NOTHING
        """)

    /// $1 backfill, $2 runs.
    static let insertRuns = Statement(
        "backfill_insert_runs",
        """
        INSERT INTO backfill_runs (backfill_id, ordinal, run_id)
        SELECT $1::uuid, ordinal, run_id FROM unnest($2::uuid[]) WITH ORDINALITY AS r (run_id, ordinal)
        ON CONFLICT DO NOTHING
        """)

    /// How earlier runs with these variables stand. $1 pipeline, $2 base directory, $3 variables.
    static let earlier = Statement(
        "backfill_earlier",
        """
        SELECT wanted.ordinal, bool_or(r.state = 'succeeded') AS has_succeeded,
               bool_or(r.finished_at IS NULL) AS is_under_way,
               (array_agg(r.state ORDER BY r.submitted_at DESC, r.recorded_at DESC))[1] AS latest
          FROM unnest($3::text[]) WITH ORDINALITY AS wanted (variables, ordinal)
          JOIN runs r ON r.variables = wanted.variables::jsonb AND r.base_directory = $2::text
          JOIN pipelines p ON p.pipeline_id = r.pipeline_id AND p.name = $1::text
         GROUP BY wanted.ordinal
        """)

    /// The same of earlier workflows. $1 name, $2 base directory, $3 variables.
    static let earlierWorkflows = Statement(
        "backfill_earlier_workflows",
        """
        SELECT wanted.ordinal, bool_or(w.state = 'succeeded') AS has_succeeded,
               bool_or(w.finished_at IS NULL) AS is_under_way,
               (array_agg(w.state ORDER BY w.submitted_at DESC, w.recorded_at DESC))[1] AS latest
          FROM unnest($3::text[]) WITH ORDINALITY AS wanted (variables, ordinal)
          JOIN workflows w ON w.variables = wanted.variables::jsonb AND w.name = $1::text
               AND (w.base_directory = $2::text OR w.base_directory IS NULL)
         GROUP BY wanted.ordinal
        """)

    private static let columns = """
        backfill_id, pipeline, submitted_by, \(SQL.micros("created_at")) AS created_micros,
        \(SQL.micros("finished_at")) AS finished_micros, runs, succeeded, failed, cancelled, unfinished, missing, rows_out
        """

    /// $1 how many.
    static let list = Statement(
        "backfill_list",
        "SELECT \(columns) FROM backfill_history ORDER BY created_at DESC, backfill_id LIMIT $1::integer")

    /// $1 and $2: ids between two, as a prefix stands for them.
    static let find = Statement(
        "backfill_find",
        "SELECT \(columns) FROM backfill_history WHERE backfill_id BETWEEN $1::uuid AND $2::uuid ORDER BY 1 LIMIT 2")

    /// Those that have not ended, latest first: whoever cancels in this order promotes nothing. $1 backfill.
    static let unfinished = Statement(
        "backfill_unfinished",
        """
        SELECT run_id FROM backfill_runs JOIN runs r USING (run_id)
         WHERE backfill_id = $1::uuid AND r.finished_at IS NULL ORDER BY ordinal DESC
        """)

    /// The same of workflows. $1 backfill.
    static let unfinishedWorkflows = Statement(
        "backfill_unfinished_workflows",
        """
        SELECT run_id FROM backfill_runs JOIN workflows w ON w.workflow_id = run_id
         WHERE backfill_id = $1::uuid AND w.finished_at IS NULL ORDER BY ordinal DESC
        """)

    /// Those that failed. $1 backfill, $2 how many.
    static let failed = Statement(
        "backfill_failed",
        """
        SELECT run_id, variables, error FROM (
            SELECT br.ordinal, br.run_id, r.variables, r.error FROM backfill_runs br JOIN runs r USING (run_id)
             WHERE br.backfill_id = $1::uuid AND r.state IN ('failed', 'dead')
            UNION ALL
            SELECT br.ordinal, br.run_id, w.variables, w.succeeded || ' of ' || w.runs || ' runs succeeded'
              FROM backfill_runs br JOIN workflow_history w ON w.workflow_id = br.run_id
             WHERE br.backfill_id = $1 AND w.state = 'failed') AS failed
         ORDER BY ordinal LIMIT $2::integer
        """)
}
