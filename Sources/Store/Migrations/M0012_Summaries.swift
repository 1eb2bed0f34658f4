extension Migration {
    /// The views of totals, and how datasets are found without reading all of their versions.
    static let summaries = #"""
        CREATE OR REPLACE VIEW pipeline_summary AS
        WITH uncounted AS MATERIALIZED (
            SELECT md5(p.name)::uuid AS digest, p.name, r.state, r.engine, r.rows_in, r.rows_out, r.bytes_in,
                   r.bytes_out, r.submitted_at, r.finished_at,
                   (extract(epoch FROM r.finished_at - r.started_at) * 1000)::double precision AS ms
              FROM (SELECT run_id FROM run_ends
                    UNION ALL
                    SELECT run_id FROM runs WHERE finished_at IS NULL) AS u
              JOIN runs r USING (run_id)
              JOIN pipelines p USING (pipeline_id)
        ), parts AS (
            SELECT digest, name, runs, succeeded, failed, engines, duckdb, spark, rows_in, rows_out, bytes_in, bytes_out,
                   last_success_at, last_submitted_at, shortest_ms, longest_ms, p50_bucket, p95_bucket, 0 AS open
              FROM pipeline_totals
            UNION ALL
            SELECT digest, name, count(*), count(*) FILTER (WHERE state = 'succeeded'),
                   count(*) FILTER (WHERE state IN ('failed', 'dead')), count(engine),
                   count(*) FILTER (WHERE engine = 'duckdb'), count(*) FILTER (WHERE engine = 'spark'),
                   sum(rows_in), sum(rows_out), sum(bytes_in), sum(bytes_out),
                   max(finished_at) FILTER (WHERE state = 'succeeded'), max(submitted_at),
                   min(ms) FILTER (WHERE state = 'succeeded'), max(ms) FILTER (WHERE state = 'succeeded'),
                   NULL, NULL, count(*) FILTER (WHERE finished_at IS NULL)
              FROM uncounted GROUP BY digest, name
        ), whole AS (
            SELECT digest, name, sum(runs)::bigint AS runs, sum(succeeded)::bigint AS succeeded,
                   sum(failed)::bigint AS failed, sum(engines) AS engines, sum(duckdb) AS duckdb, sum(spark) AS spark,
                   sum(rows_in) AS rows_in, sum(rows_out) AS rows_out, sum(bytes_in) AS bytes_in,
                   sum(bytes_out) AS bytes_out,
                   CASE WHEN sum(succeeded) > 0 THEN max(last_success_at) END AS last_success_at,
                   max(last_submitted_at) AS last_submitted_at, min(shortest_ms) AS shortest_ms,
                   max(longest_ms) AS longest_ms, max(p50_bucket) AS p50_bucket, max(p95_bucket) AS p95_bucket,
                   sum(open)::bigint AS open
              FROM parts GROUP BY digest, name
        ), fresh AS (
            SELECT digest, duration_bucket(ms) AS bucket, 1 AS runs FROM uncounted
             WHERE state = 'succeeded' AND ms IS NOT NULL
        ), durations AS (
            -- Only of pipelines whose totals lag.
            SELECT digest, bucket, runs FROM pipeline_durations WHERE digest IN (SELECT digest FROM fresh)
            UNION ALL
            SELECT digest, bucket, runs FROM fresh
        ), percentiles AS (
            SELECT d.digest, min(d.bucket) FILTER (WHERE d.up_to >= 0.5 * d.whole) AS p50,
                   min(d.bucket) FILTER (WHERE d.up_to >= 0.95 * d.whole) AS p95
              FROM (SELECT digest, bucket, sum(runs) OVER (PARTITION BY digest ORDER BY bucket) AS up_to,
                           sum(runs) OVER (PARTITION BY digest) AS whole FROM durations) AS d
             GROUP BY d.digest
        )
        SELECT w.name AS pipeline, w.runs, w.succeeded, w.failed,
               round(w.succeeded::numeric / nullif(w.succeeded + w.failed, 0), 4) AS success_rate,
               -- The middle of the step, and nothing that no run has taken.
               least(w.longest_ms, greatest(w.shortest_ms,
                   1.1::double precision ^ (coalesce(q.p50, w.p50_bucket) - 0.5))) AS p50_duration_ms,
               least(w.longest_ms, greatest(w.shortest_ms,
                   1.1::double precision ^ (coalesce(q.p95, w.p95_bucket) - 0.5))) AS p95_duration_ms,
               w.rows_out, w.bytes_out, w.last_success_at, w.rows_in, w.bytes_in, w.open,
               round(w.duckdb / nullif(w.engines, 0), 4) AS duckdb_share,
               round(w.spark / nullif(w.engines, 0), 4) AS spark_share,
               w.last_submitted_at, extract(epoch FROM now() - w.last_success_at)::bigint AS freshness_seconds
          FROM whole w LEFT JOIN percentiles q USING (digest);

        CREATE VIEW step_summary AS
        WITH parts AS (
            SELECT pipeline, step, type, engine, times, timed, seconds, counted_in, rows_in, counted_out, rows_out
              FROM step_totals
            UNION ALL
            SELECT m.pipeline, m.step, m.type, m.engine, 1, (m.duration_ms IS NOT NULL)::integer,
                   coalesce(m.duration_ms / 1000.0::double precision, 0), (m.rows_in IS NOT NULL)::integer,
                   coalesce(m.rows_in, 0), (m.rows_out IS NOT NULL)::integer, coalesce(m.rows_out, 0)
              FROM run_ends e JOIN step_metrics m USING (run_id)
        )
        SELECT pipeline, step, type, engine, sum(times)::bigint AS times,
               sum(seconds) * 1000 / nullif(sum(timed), 0)::double precision AS mean_ms,
               round(sum(rows_in) / nullif(sum(counted_in), 0), 1) AS mean_rows_in,
               round(sum(rows_out) / nullif(sum(counted_out), 0), 1) AS mean_rows_out
          FROM parts GROUP BY pipeline, step, type, engine;

        CREATE VIEW check_summary AS
        WITH parts AS (
            SELECT pipeline, type, subject, severity, times, failures, failed_rows, last_checked_at, last_failed_at
              FROM check_totals
            UNION ALL
            SELECT h.pipeline, h.type, h.subject, h.severity, 1, (NOT h.passed)::integer, h.failed_rows, h.checked_at,
                   CASE WHEN NOT h.passed THEN h.checked_at END
              FROM run_ends e JOIN check_history h USING (run_id)
        )
        SELECT pipeline, type, subject, severity, sum(times)::bigint AS times, sum(failures)::bigint AS failures,
               sum(failed_rows) AS failed_rows, max(last_checked_at) AS last_checked_at,
               CASE WHEN sum(failures) > 0 THEN max(last_failed_at) END AS last_failed_at
          FROM parts GROUP BY pipeline, type, subject, severity;

        -- The number of a dataset, for those who may read views alone: versions of one number are read newest first,
        -- and no more of them than are wanted.
        CREATE FUNCTION dataset_id(in_namespace text, called text) RETURNS bigint
            LANGUAGE sql STABLE SECURITY DEFINER AS $body$
            SELECT d.dataset_id FROM datasets d WHERE d.name = called AND d.namespace = in_namespace
        $body$;
        -- The run that left what a dataset is now.
        CREATE FUNCTION newest_version(in_namespace text, called text) RETURNS uuid
            LANGUAGE sql STABLE SECURITY DEFINER AS $body$
            SELECT o.run_id FROM run_outputs o JOIN runs r ON r.run_id = o.run_id
             WHERE o.dataset_id = dataset_id(in_namespace, called) ORDER BY o.created_at DESC LIMIT 1
        $body$;
        DO $do$
        BEGIN
            EXECUTE format('ALTER FUNCTION dataset_id(text, text) SET search_path = %I, pg_temp', current_schema());
            EXECUTE format('ALTER FUNCTION newest_version(text, text) SET search_path = %I, pg_temp', current_schema());
        END
        $do$;
        """#
}
