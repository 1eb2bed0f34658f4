-- A long history, written straight into the tables of a migrated, empty store. For psql, as a superuser:
--
--   psql -d STORE -v runs=10000000 -f Benchmarks/History/fill.sql
--
-- 200 pipelines, each with inputs and outputs of its own, one after the other over 400 days; one run in fifty failed.
-- Indexes are made when the rows are there. On a server with wal_level = minimal nothing is logged, for the tables are
-- emptied or made in the transaction that fills them.
\set ON_ERROR_STOP on
\timing on
SET session_replication_role = replica;
SET synchronous_commit = off;
SET maintenance_work_mem = '512MB';
SET work_mem = '256MB';

CREATE TEMPORARY TABLE later AS
SELECT i.indexrelid::regclass::text AS name, replace(pg_get_indexdef(i.indexrelid), ' ON ONLY ', ' ON ') AS definition
  FROM pg_index i
 WHERE i.indrelid IN ('runs'::regclass, 'attempts'::regclass, 'steps'::regclass, 'checks'::regclass,
                      'run_inputs'::regclass, 'run_outputs'::regclass)
   AND NOT EXISTS (SELECT 1 FROM pg_constraint c WHERE c.conindid = i.indexrelid);

BEGIN;
TRUNCATE runs CASCADE;
SELECT format('DROP INDEX %s', name) FROM later \gexec

INSERT INTO pipelines (name, digest, yaml)
SELECT CASE n WHEN 1 THEN 'daily_delays' WHEN 2 THEN 'monthly_delays' ELSE 'pipeline_' || n END, md5(n::text),
       'name: p' || n
  FROM generate_series(1, 200) AS n;

-- Pipeline n reads dataset n and writes dataset n + 1, so that lineage is a chain of 200; every fifth begins a new one.
INSERT INTO datasets (namespace, name, digest)
SELECT 'file',
       CASE n WHEN 1 THEN '/data/raw/flights.csv' WHEN 2 THEN '/data/out/daily' WHEN 3 THEN '/data/out/monthly'
              ELSE '/data/' || n END, md5('d' || n)
  FROM generate_series(1, 201) AS n;
INSERT INTO lineages (digest) SELECT md5('l' || n) FROM generate_series(1, 200) AS n;
INSERT INTO column_lineage (lineage_id, ordinal, output_column, input_source, input_column, type, subtype, is_masking)
SELECT n, c, CASE c WHEN 1 THEN 'mean_delay' ELSE 'column_' || c END, 'source',
       CASE c WHEN 1 THEN 'delay' WHEN 2 THEN 'tailnum' ELSE 'column_' || c END, 'DIRECT', 'AGGREGATION', c % 3 = 0
  FROM generate_series(1, 200) AS n, generate_series(1, 12) AS c;
INSERT INTO workers (worker_id, host, process_id, slots, version, state)
SELECT md5('w' || n)::uuid, 'host' || n, n, 4, 'fill', 'live' FROM generate_series(1, 20) AS n;

-- Months as they would have been made meanwhile: the store that was migrated just now has one table for all the past.
DO $do$
DECLARE
    child text;
    part regclass;
    month timestamp;
BEGIN
    FOREACH child IN ARRAY ARRAY['steps', 'checks', 'run_inputs', 'run_outputs', 'run_messages'] LOOP
        FOR part IN SELECT inhrelid FROM pg_inherits WHERE inhparent = child::regclass LOOP
            EXECUTE format('DROP TABLE %s', part);
        END LOOP;
        FOR i IN -14..1 LOOP
            month := date_trunc('month', now() AT TIME ZONE 'UTC') + make_interval(months => i);
            EXECUTE format('CREATE TABLE %I PARTITION OF %I FOR VALUES FROM (%L) TO (%L)',
                child || to_char(month, '"_"YYYY"_"MM'), child, month AT TIME ZONE 'UTC',
                (month + interval '1 month') AT TIME ZONE 'UTC');
        END LOOP;
        EXECUTE format('CREATE TABLE %I PARTITION OF %I DEFAULT', child || '_other', child);
    END LOOP;
END
$do$;

-- Ids as runs have them: they sort by time.
INSERT INTO runs (
    run_id, pipeline_id, content_digest, state, priority, concurrency_key, key_path, variables, base_directory,
    requested_engine, retries, fail_on_checks, submitted_at, submitted_by, recorded_at, accepted_at, sequence, attempts,
    worker_id, started_at, decided_at, finished_at, engine, engine_reason, rows_in, rows_out, bytes_in, bytes_out,
    peak_memory_bytes, lineage_id, error_kind, error)
SELECT (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '70008000' || lpad(to_hex(n), 12, '0'))::uuid,
       1 + n % 200, md5(n::text),
       CASE WHEN n > :runs - 50 THEN 'running' WHEN (n + n / 200) % 50 = 0 THEN 'failed' ELSE 'succeeded' END,
       0, '/data/' || n % 200, '\x00'::bytea,
       jsonb_build_object('DATE', (date '2013-01-01' + (n / 200) % 365)::text), '/', 'auto', 2, true,
       at, 'fill', at, at, n, 1, md5('w' || n % 20)::uuid, at, at,
       CASE WHEN n <= :runs - 50 THEN at + (n % 97) * interval '100 milliseconds' END,
       CASE WHEN n % 10 = 0 THEN 'spark' ELSE 'duckdb' END, 'by size', n % 100000, n % 1000, n % 10000000, n % 100000,
       (n % 1000) * 1000000, CASE WHEN (n + n / 200) % 50 <> 0 THEN 1 + n % 200 END,
       CASE WHEN (n + n / 200) % 50 = 0 THEN 'bad_data' END, CASE WHEN (n + n / 200) % 50 = 0 THEN 'a value could not be cast' END
  FROM generate_series(1, :runs) AS n
 CROSS JOIN LATERAL (SELECT now() - (:runs - n) * (interval '400 days' / :runs) AS at) AS moment;

INSERT INTO attempts (
    run_id, attempt, token, nonce, worker_id, state, started_at, decided_at, finished_at, engine, engine_reason, rows_in,
    rows_out, bytes_in, bytes_out, peak_memory_bytes, error_kind, error)
SELECT run_id, 1, 1, run_id, worker_id, state, started_at, decided_at, finished_at, engine, engine_reason, rows_in,
       rows_out, bytes_in, bytes_out, peak_memory_bytes, error_kind, error
  FROM runs;
INSERT INTO steps (run_id, attempt, ordinal, name, type, rows_in, rows_out, seconds, created_at)
SELECT run_id, 1, s, CASE s WHEN 1 THEN 'read_source' ELSE 'write_sink' END, 'x', rows_in, rows_out, 0.1, finished_at
  FROM runs, generate_series(1, 2) AS s WHERE finished_at IS NOT NULL;
INSERT INTO checks (run_id, attempt, ordinal, type, subject, severity, passed, failed_rows, message, created_at)
SELECT run_id, 1, 1, 'not_null', 'id', 'error', (sequence + sequence / 200) % 500 <> 0, 0, '', finished_at
  FROM runs WHERE finished_at IS NOT NULL;
INSERT INTO run_inputs (run_id, attempt, ordinal, dataset_id, source_name, rows, bytes, files, columns, created_at)
SELECT run_id, 1, 1, pipeline_id, 'source', rows_in, bytes_in, 1, '[]', finished_at
  FROM runs WHERE finished_at IS NOT NULL;
INSERT INTO run_outputs (run_id, attempt, ordinal, dataset_id, rows, bytes, files, columns, created_at)
SELECT run_id, 1, 1, pipeline_id + 1, rows_out, bytes_out, 1, '[]', finished_at FROM runs WHERE state = 'succeeded';
-- Of one run in twenty, which lasted.
INSERT INTO run_messages (run_id, attempt, ordinal, created_at, level, message)
SELECT run_id, 1, m, started_at + m * interval '1 millisecond', 'info', 'Spark''s stage ' || m || ' is done: 200 tasks'
  FROM runs, generate_series(1, 2) AS m WHERE sequence % 20 = 0 OR finished_at IS NULL;
INSERT INTO dataset_edges (output_id, input_id)
SELECT n + 1, n FROM generate_series(1, 200) AS n WHERE n <= 3 OR n % 5 <> 0;

SELECT definition FROM later \gexec
COMMIT;

-- As the fleet does it, but in pieces of a million: whole tables are read a few times, and a piece takes 2 GB of memory.
ALTER FUNCTION count_runs(uuid[], integer) RESET enable_seqscan;
-- A plan for any number of runs would be one for a few.
SET plan_cache_mode = force_custom_plan;
INSERT INTO run_ends SELECT run_id FROM runs WHERE finished_at IS NOT NULL;
ANALYZE;
SELECT 'SELECT count_ended_runs(1000000)' FROM generate_series(1, (:runs + 999999) / 1000000) \gexec
ALTER FUNCTION count_runs(uuid[], integer) SET enable_seqscan = off;
VACUUM ANALYZE;
