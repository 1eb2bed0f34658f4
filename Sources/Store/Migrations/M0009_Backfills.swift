extension Migration {
    /// Many runs of one pipeline, asked for together.
    static let backfills = Migration(
        version: 9, name: "backfills",
        sql: #"""
            CREATE TABLE backfills (
                backfill_id uuid PRIMARY KEY,
                pipeline_name text NOT NULL,
                submitted_by text NOT NULL,
                created_at timestamptz NOT NULL DEFAULT clock_timestamp()
            );
            CREATE INDEX backfills_by_time ON backfills (created_at DESC);

            -- Written before the runs are: one that is missing was never handed in.
            CREATE TABLE backfill_runs (
                backfill_id uuid NOT NULL REFERENCES backfills ON DELETE CASCADE,
                ordinal integer NOT NULL,
                run_id uuid NOT NULL UNIQUE,
                PRIMARY KEY (backfill_id, ordinal)
            );

            CREATE VIEW backfill_history AS
            SELECT b.backfill_id, b.pipeline_name AS pipeline, b.submitted_by, b.created_at,
                   count(*) AS runs,
                   count(*) FILTER (WHERE r.state = 'succeeded') AS succeeded,
                   count(*) FILTER (WHERE r.state IN ('failed', 'dead')) AS failed,
                   count(*) FILTER (WHERE r.state = 'cancelled') AS cancelled,
                   count(*) FILTER (WHERE r.finished_at IS NULL AND r.run_id IS NOT NULL) AS unfinished,
                   count(*) FILTER (WHERE r.run_id IS NULL) AS missing,
                   min(r.started_at) AS started_at,
                   CASE WHEN count(*) = count(r.finished_at) THEN max(r.finished_at) END AS finished_at,
                   sum(r.rows_out) AS rows_out
              FROM backfills b JOIN backfill_runs USING (backfill_id) LEFT JOIN runs r USING (run_id)
             GROUP BY b.backfill_id;
            """#)
}
