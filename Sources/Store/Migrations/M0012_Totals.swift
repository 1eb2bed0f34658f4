extension Migration {
    /// Sums of the runs that have ended. A run's end is noted in the transaction that ends it; whoever comes by counts
    /// what has been noted, in one transaction: each run once, whoever dies. Views add what has not been counted yet, so
    /// that they never lag. What retention removes is taken off again.
    static let totals = #"""
        -- Runs that have ended and are in no total yet.
        CREATE TABLE run_ends (run_id uuid NOT NULL)
            WITH (autovacuum_vacuum_scale_factor = 0.1, autovacuum_vacuum_threshold = 1000);
        INSERT INTO run_ends SELECT run_id FROM runs WHERE finished_at IS NOT NULL;

        CREATE FUNCTION note_run_end() RETURNS trigger LANGUAGE plpgsql AS $body$
        BEGIN
            INSERT INTO run_ends (run_id) VALUES (NEW.run_id);
            RETURN NULL;
        END
        $body$;
        CREATE TRIGGER runs_ends AFTER UPDATE OF state ON runs FOR EACH ROW
            WHEN (OLD.finished_at IS NULL AND NEW.finished_at IS NOT NULL) EXECUTE FUNCTION note_run_end();

        -- Digests stand for names, which can be too long for an index.
        CREATE TABLE pipeline_totals (
            digest uuid PRIMARY KEY,
            name text NOT NULL,
            runs bigint NOT NULL,
            succeeded bigint NOT NULL,
            failed bigint NOT NULL,
            engines bigint NOT NULL,
            duckdb bigint NOT NULL,
            spark bigint NOT NULL,
            rows_in numeric,
            rows_out numeric,
            bytes_in numeric,
            bytes_out numeric,
            last_success_at timestamptz,
            last_submitted_at timestamptz,
            shortest_ms double precision,
            longest_ms double precision,
            -- Of the succeeded runs' durations.
            p50_bucket smallint,
            p95_bucket smallint
        ) WITH (fillfactor = 50);

        -- How many succeeded runs took how long, in steps of a tenth: what is read from it is at most 5 % off.
        CREATE TABLE pipeline_durations (
            digest uuid NOT NULL,
            bucket smallint NOT NULL,
            runs bigint NOT NULL,
            PRIMARY KEY (digest, bucket)
        ) WITH (fillfactor = 70);
        -- 0 up to a millisecond; 300 from some 70 years on.
        CREATE FUNCTION duration_bucket(ms double precision) RETURNS smallint
            LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$
            SELECT CASE WHEN ms < 1 THEN 0 ELSE least(floor(ln(ms) / ln(1.1::double precision)) + 1, 300) END::smallint
        $body$;

        CREATE TABLE step_totals (
            digest uuid PRIMARY KEY,
            pipeline text NOT NULL,
            step text NOT NULL,
            type text NOT NULL,
            engine text,
            times bigint NOT NULL,
            timed bigint NOT NULL,
            seconds double precision NOT NULL,
            counted_in bigint NOT NULL,
            rows_in numeric NOT NULL,
            counted_out bigint NOT NULL,
            rows_out numeric NOT NULL
        ) WITH (fillfactor = 50);
        CREATE INDEX step_totals_pipeline ON step_totals USING hash (pipeline);

        CREATE TABLE check_totals (
            digest uuid PRIMARY KEY,
            pipeline text NOT NULL,
            type text NOT NULL,
            subject text NOT NULL,
            severity text NOT NULL,
            times bigint NOT NULL,
            failures bigint NOT NULL,
            failed_rows numeric NOT NULL,
            last_checked_at timestamptz,
            last_failed_at timestamptz
        ) WITH (fillfactor = 50);

        -- Null only where both are: unknown is not zero.
        CREATE FUNCTION sum_known(a numeric, b numeric) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$
            SELECT CASE WHEN a IS NULL THEN b WHEN b IS NULL THEN a ELSE a + b END
        $body$;

        -- Adds runs to the totals (`sign` 1) or takes them off (-1). Each run at most once either way, and one caller at a
        -- time, by the lock that its callers hold.
        CREATE FUNCTION count_runs(given uuid[], sign integer) RETURNS void
            LANGUAGE plpgsql SET enable_seqscan = off AS $body$
        DECLARE
            -- What a run left came after it was recorded: earlier months need not be looked through.
            since timestamptz;
        BEGIN
            SELECT min(recorded_at) INTO since FROM runs WHERE run_id = ANY (given);
            INSERT INTO pipeline_totals AS t
            SELECT md5(p.name)::uuid, p.name, sign * count(*),
                   sign * count(*) FILTER (WHERE r.state = 'succeeded'),
                   sign * count(*) FILTER (WHERE r.state IN ('failed', 'dead')),
                   sign * count(r.engine), sign * count(*) FILTER (WHERE r.engine = 'duckdb'),
                   sign * count(*) FILTER (WHERE r.engine = 'spark'),
                   sign * sum(r.rows_in), sign * sum(r.rows_out), sign * sum(r.bytes_in), sign * sum(r.bytes_out),
                   max(r.finished_at) FILTER (WHERE r.state = 'succeeded'), max(r.submitted_at),
                   min(extract(epoch FROM r.finished_at - r.started_at) * 1000) FILTER (WHERE r.state = 'succeeded'),
                   max(extract(epoch FROM r.finished_at - r.started_at) * 1000) FILTER (WHERE r.state = 'succeeded')
              FROM runs r JOIN pipelines p USING (pipeline_id)
             WHERE r.run_id = ANY (given)
             GROUP BY p.name
            ON CONFLICT (digest) DO UPDATE
               SET runs = t.runs + excluded.runs, succeeded = t.succeeded + excluded.succeeded,
                   failed = t.failed + excluded.failed, engines = t.engines + excluded.engines,
                   duckdb = t.duckdb + excluded.duckdb, spark = t.spark + excluded.spark,
                   rows_in = sum_known(t.rows_in, excluded.rows_in), rows_out = sum_known(t.rows_out, excluded.rows_out),
                   bytes_in = sum_known(t.bytes_in, excluded.bytes_in),
                   bytes_out = sum_known(t.bytes_out, excluded.bytes_out),
                   last_success_at = greatest(t.last_success_at, excluded.last_success_at),
                   last_submitted_at = greatest(t.last_submitted_at, excluded.last_submitted_at),
                   shortest_ms = least(t.shortest_ms, excluded.shortest_ms),
                   longest_ms = greatest(t.longest_ms, excluded.longest_ms);

            INSERT INTO pipeline_durations AS t
            SELECT md5(p.name)::uuid, d.bucket, sign * count(*)
              FROM runs r JOIN pipelines p USING (pipeline_id)
             CROSS JOIN LATERAL duration_bucket(
                (extract(epoch FROM r.finished_at - r.started_at) * 1000)::double precision) AS d (bucket)
             WHERE r.run_id = ANY (given) AND r.state = 'succeeded' AND r.started_at IS NOT NULL
             GROUP BY p.name, d.bucket
            ON CONFLICT (digest, bucket) DO UPDATE SET runs = t.runs + excluded.runs;

            INSERT INTO step_totals AS t
            SELECT md5(jsonb_build_array(p.name, s.name, s.type, a.engine)::text)::uuid, p.name, s.name, s.type, a.engine,
                   sign * count(*), sign * count(s.seconds), sign * coalesce(sum(s.seconds), 0),
                   sign * count(s.rows_in), sign * coalesce(sum(s.rows_in), 0),
                   sign * count(s.rows_out), sign * coalesce(sum(s.rows_out), 0)
              FROM steps s
              JOIN attempts a ON a.run_id = s.run_id AND a.attempt = s.attempt
              JOIN runs r ON r.run_id = s.run_id
              JOIN pipelines p ON p.pipeline_id = r.pipeline_id
             WHERE s.run_id = ANY (given) AND s.created_at >= since
             GROUP BY p.name, s.name, s.type, a.engine
            ON CONFLICT (digest) DO UPDATE
               SET times = t.times + excluded.times, timed = t.timed + excluded.timed,
                   seconds = greatest(0, t.seconds + excluded.seconds),
                   counted_in = t.counted_in + excluded.counted_in, rows_in = t.rows_in + excluded.rows_in,
                   counted_out = t.counted_out + excluded.counted_out, rows_out = t.rows_out + excluded.rows_out;

            INSERT INTO check_totals AS t
            SELECT md5(jsonb_build_array(p.name, c.type, c.subject, c.severity)::text)::uuid, p.name, c.type, c.subject, c.severity,
                   sign * count(*), sign * count(*) FILTER (WHERE NOT c.passed), sign * coalesce(sum(c.failed_rows), 0),
                   max(a.finished_at), max(a.finished_at) FILTER (WHERE NOT c.passed)
              FROM checks c
              JOIN attempts a ON a.run_id = c.run_id AND a.attempt = c.attempt
              JOIN runs r ON r.run_id = c.run_id
              JOIN pipelines p ON p.pipeline_id = r.pipeline_id
             WHERE c.run_id = ANY (given) AND c.created_at >= since
             GROUP BY p.name, c.type, c.subject, c.severity
            ON CONFLICT (digest) DO UPDATE
               SET times = t.times + excluded.times, failures = t.failures + excluded.failures,
                   failed_rows = t.failed_rows + excluded.failed_rows,
                   last_checked_at = greatest(t.last_checked_at, excluded.last_checked_at),
                   last_failed_at = greatest(t.last_failed_at, excluded.last_failed_at);

            IF sign < 0 THEN
                DELETE FROM pipeline_totals WHERE runs <= 0;
                DELETE FROM pipeline_durations WHERE runs <= 0;
                DELETE FROM step_totals WHERE times <= 0;
                DELETE FROM check_totals WHERE times <= 0;
            END IF;

            UPDATE pipeline_totals t SET p50_bucket = q.p50, p95_bucket = q.p95
              FROM (SELECT d.digest, min(d.bucket) FILTER (WHERE d.up_to >= 0.5 * d.whole) AS p50,
                           min(d.bucket) FILTER (WHERE d.up_to >= 0.95 * d.whole) AS p95
                      FROM (SELECT digest, bucket, sum(runs) OVER (PARTITION BY digest ORDER BY bucket) AS up_to,
                                   sum(runs) OVER (PARTITION BY digest) AS whole
                              FROM pipeline_durations
                             WHERE digest IN (SELECT md5(p.name)::uuid FROM runs r JOIN pipelines p USING (pipeline_id)
                                               WHERE r.run_id = ANY (given))) AS d
                     GROUP BY d.digest) AS q
             WHERE t.digest = q.digest AND (t.p50_bucket, t.p95_bucket) IS DISTINCT FROM (q.p50, q.p95);
        END
        $body$;

        -- Counts up to `most` of the runs that have ended. Answers how many; none where another one is counting.
        CREATE FUNCTION count_ended_runs(most integer) RETURNS integer LANGUAGE plpgsql AS $body$
        DECLARE
            ended uuid[];
        BEGIN
            IF NOT pg_try_advisory_xact_lock(1903523847, 0) THEN
                RETURN 0;
            END IF;
            WITH taken AS (
                DELETE FROM run_ends WHERE ctid = ANY (ARRAY(SELECT ctid FROM run_ends LIMIT most)) RETURNING run_id
            )
            SELECT array_agg(run_id) INTO ended FROM taken;
            IF ended IS NULL THEN
                RETURN 0;
            END IF;
            PERFORM count_runs(ended, 1);
            RETURN cardinality(ended);
        END
        $body$;

        -- Removes up to `most` of the runs that ended before `before`, oldest first, and takes them off the totals.
        -- Answers how many. What settlements added to them goes with its month.
        CREATE FUNCTION remove_runs(before timestamptz, most integer) RETURNS integer LANGUAGE plpgsql AS $body$
        DECLARE
            old uuid[];
            uncounted uuid[];
        BEGIN
            PERFORM pg_advisory_xact_lock(1903523847, 0);
            old := ARRAY(SELECT run_id FROM runs WHERE finished_at < before
                AND NOT EXISTS (SELECT 1 FROM workflows w
                                 WHERE w.workflow_id = runs.workflow_id AND w.finished_at IS NULL)
                ORDER BY finished_at LIMIT most);
            IF cardinality(old) = 0 THEN
                RETURN 0;
            END IF;
            WITH gone AS (DELETE FROM run_ends WHERE run_id = ANY (old) RETURNING run_id)
            SELECT coalesce(array_agg(run_id), '{}') INTO uncounted FROM gone;
            PERFORM count_runs(ARRAY(SELECT unnest(old) EXCEPT SELECT unnest(uncounted)), -1);
            DELETE FROM runs WHERE run_id = ANY (old) AND finished_at IS NOT NULL;
            RETURN cardinality(old);
        END
        $body$;

        """#
}
