extension Migration {
    /// More views, lineage that is walked along edges instead of runs, and the indexes of documented queries.
    static let history = Migration(
        version: 6, name: "history",
        sql: #"""
            ALTER TABLE column_lineage ADD COLUMN is_masking boolean NOT NULL DEFAULT false;

            -- When a version of a dataset came to be: with the success of the run that wrote it.
            ALTER TABLE run_outputs ADD COLUMN created_at timestamptz;
            UPDATE run_outputs o SET created_at = coalesce(r.finished_at, r.recorded_at)
              FROM runs r WHERE r.run_id = o.run_id;
            ALTER TABLE run_outputs
                ALTER COLUMN created_at SET DEFAULT clock_timestamp(), ALTER COLUMN created_at SET NOT NULL;
            CREATE INDEX run_outputs_versions ON run_outputs (dataset_id, created_at DESC);

            -- Names can be too long for a B-tree.
            CREATE INDEX datasets_by_name ON datasets USING hash (name);
            CREATE INDEX pipelines_by_name ON pipelines USING hash (name);
            CREATE INDEX runs_failed ON runs (finished_at) WHERE state IN ('failed', 'dead');
            CREATE INDEX runs_ended ON runs (finished_at) WHERE finished_at IS NOT NULL;
            CREATE INDEX runs_open ON runs (state, submitted_at DESC) WHERE finished_at IS NULL;

            -- Which dataset went into which, once for all runs. Kept by a trigger, so that it can't be forgotten.
            CREATE TABLE dataset_edges (
                output_id bigint NOT NULL,
                input_id bigint NOT NULL,
                created_at timestamptz NOT NULL DEFAULT now(),
                PRIMARY KEY (output_id, input_id)
            );
            CREATE INDEX dataset_edges_down ON dataset_edges (input_id, output_id);
            INSERT INTO dataset_edges (output_id, input_id)
            SELECT DISTINCT o.dataset_id, i.dataset_id FROM run_outputs o JOIN run_inputs i USING (run_id, attempt)
             WHERE i.dataset_id <> o.dataset_id;

            -- Sorted, so that two runs with the same new edges can't wait for each other in a circle.
            CREATE FUNCTION note_dataset_edges() RETURNS trigger LANGUAGE plpgsql AS $body$
            BEGIN
                INSERT INTO dataset_edges (output_id, input_id)
                SELECT DISTINCT o.dataset_id, i.dataset_id
                  FROM written o JOIN run_inputs i ON i.run_id = o.run_id AND i.attempt = o.attempt
                 WHERE i.dataset_id <> o.dataset_id
                 ORDER BY 1, 2
                ON CONFLICT DO NOTHING;
                RETURN NULL;
            END
            $body$;
            CREATE TRIGGER run_outputs_edges AFTER INSERT ON run_outputs REFERENCING NEW TABLE AS written
                FOR EACH STATEMENT EXECUTE FUNCTION note_dataset_edges();

            -- Every dataset that this one comes from (up) or goes into (down), with the number of runs between: level by
            -- level, each dataset once. With the rights of its owner, for those who may read views alone.
            CREATE FUNCTION related_datasets(start bigint, going text)
                RETURNS TABLE (related_id bigint, depth integer)
                LANGUAGE plpgsql STABLE ROWS 20 SECURITY DEFINER SET search_path FROM CURRENT AS $body$
            DECLARE
                frontier bigint[] := ARRAY[start];
                seen bigint[] := '{}';
                level integer := 0;
            BEGIN
                LOOP
                    IF going = 'up' THEN
                        SELECT array_agg(DISTINCT e.input_id) INTO frontier FROM dataset_edges e
                         WHERE e.output_id = ANY (frontier) AND e.input_id <> ALL (seen);
                    ELSE
                        SELECT array_agg(DISTINCT e.output_id) INTO frontier FROM dataset_edges e
                         WHERE e.input_id = ANY (frontier) AND e.output_id <> ALL (seen);
                    END IF;
                    EXIT WHEN frontier IS NULL OR level >= 64;
                    level := level + 1;
                    seen := seen || frontier;
                    RETURN QUERY SELECT unnest(frontier), level;
                END LOOP;
            END
            $body$;

            CREATE OR REPLACE VIEW dataset_lineage AS
            SELECT d.namespace, d.name AS dataset, way.direction, reached.depth,
                   o.namespace AS related_namespace, o.name AS related_dataset
              FROM datasets d
             CROSS JOIN (VALUES ('up'), ('down')) AS way (direction)
             CROSS JOIN LATERAL related_datasets(d.dataset_id, way.direction) AS reached
              JOIN datasets o ON o.dataset_id = reached.related_id;

            CREATE OR REPLACE VIEW run_history AS
            SELECT r.run_id, p.name AS pipeline, r.state, r.engine, r.engine_reason, r.attempts, r.worker_id,
                   CASE r.priority WHEN 1 THEN 'high' WHEN 0 THEN 'normal' ELSE 'low' END AS priority,
                   r.variables, r."trigger", r.submitted_at, r.started_at, r.finished_at,
                   (extract(epoch FROM r.finished_at - r.started_at) * 1000)::bigint AS duration_ms,
                   r.rows_in, r.rows_out, r.bytes_in, r.bytes_out, r.estimated_bytes, r.peak_memory_bytes, r.error,
                   r.error_kind, r.submitted_by, r.accepted_at, p.digest AS pipeline_digest, r.retry_of,
                   r.error_step, r.files_written, r.cpu_seconds, r.requested_engine
              FROM runs r LEFT JOIN pipelines p USING (pipeline_id);

            CREATE OR REPLACE VIEW attempt_history AS
            SELECT run_id, attempt, state, worker_id, engine, started_at, finished_at, error,
                   (extract(epoch FROM finished_at - started_at) * 1000)::bigint AS duration_ms,
                   rows_in, rows_out, bytes_in, bytes_out, peak_memory_bytes,
                   engine_reason, error_kind, error_step, cpu_seconds
              FROM attempts;

            CREATE VIEW step_metrics AS
            SELECT s.run_id, s.attempt, s.ordinal, p.name AS pipeline, a.engine, s.name AS step, s.type,
                   s.rows_in, s.rows_out, (s.seconds * 1000)::bigint AS duration_ms
              FROM steps s
              JOIN attempts a ON a.run_id = s.run_id AND a.attempt = s.attempt
              JOIN runs r ON r.run_id = s.run_id
              LEFT JOIN pipelines p ON p.pipeline_id = r.pipeline_id;

            -- Without examples of rows that failed: those are data.
            CREATE VIEW check_history AS
            SELECT c.run_id, c.attempt, c.ordinal, p.name AS pipeline, a.finished_at AS checked_at, c.type, c.subject,
                   c.severity, c.passed, c.failed_rows, c.message
              FROM checks c
              JOIN attempts a ON a.run_id = c.run_id AND a.attempt = c.attempt
              JOIN runs r ON r.run_id = c.run_id
              LEFT JOIN pipelines p ON p.pipeline_id = r.pipeline_id;

            -- A version of a dataset is what one run left there; its name is the run's id.
            CREATE VIEW dataset_versions AS
            SELECT d.namespace, d.name AS dataset, o.run_id AS version, o.created_at, p.name AS pipeline, r.variables,
                   o.rows, o.bytes, o.files, o.columns
              FROM run_outputs o
              JOIN datasets d USING (dataset_id)
              JOIN runs r ON r.run_id = o.run_id
              LEFT JOIN pipelines p ON p.pipeline_id = r.pipeline_id;

            -- Which engine was chosen for an attempt, from what, and what came of it.
            CREATE VIEW router_history AS
            SELECT a.run_id, a.attempt, p.name AS pipeline, r.requested_engine, a.engine, a.engine_reason,
                   a.started_at, r.estimated_bytes, a.bytes_in, a.rows_in, a.peak_memory_bytes,
                   (extract(epoch FROM a.finished_at - a.started_at) * 1000)::bigint AS duration_ms, a.state
              FROM attempts a
              JOIN runs r ON r.run_id = a.run_id
              LEFT JOIN pipelines p ON p.pipeline_id = r.pipeline_id;

            CREATE OR REPLACE VIEW pipeline_summary AS
            SELECT p.name AS pipeline,
                   count(*) AS runs,
                   count(*) FILTER (WHERE r.state = 'succeeded') AS succeeded,
                   count(*) FILTER (WHERE r.state IN ('failed', 'dead')) AS failed,
                   round(count(*) FILTER (WHERE r.state = 'succeeded')::numeric
                         / nullif(count(*) FILTER (WHERE r.state IN ('succeeded', 'failed', 'dead')), 0), 4)
                       AS success_rate,
                   percentile_cont(0.5) WITHIN GROUP
                       (ORDER BY extract(epoch FROM r.finished_at - r.started_at)::double precision * 1000)
                       FILTER (WHERE r.state = 'succeeded') AS p50_duration_ms,
                   percentile_cont(0.95) WITHIN GROUP
                       (ORDER BY extract(epoch FROM r.finished_at - r.started_at)::double precision * 1000)
                       FILTER (WHERE r.state = 'succeeded') AS p95_duration_ms,
                   sum(r.rows_out) AS rows_out,
                   sum(r.bytes_out) AS bytes_out,
                   max(r.finished_at) FILTER (WHERE r.state = 'succeeded') AS last_success_at,
                   sum(r.rows_in) AS rows_in,
                   sum(r.bytes_in) AS bytes_in,
                   count(*) FILTER (WHERE r.finished_at IS NULL) AS open,
                   round(count(*) FILTER (WHERE r.engine = 'duckdb')::numeric / nullif(count(r.engine), 0), 4)
                       AS duckdb_share,
                   round(count(*) FILTER (WHERE r.engine = 'spark')::numeric / nullif(count(r.engine), 0), 4)
                       AS spark_share,
                   max(r.submitted_at) AS last_submitted_at,
                   extract(epoch FROM now() - max(r.finished_at) FILTER (WHERE r.state = 'succeeded'))::bigint
                       AS freshness_seconds
              FROM runs r JOIN pipelines p USING (pipeline_id)
             GROUP BY p.name;

            CREATE OR REPLACE VIEW column_lineage_edges AS
            SELECT r.run_id,
                   od.namespace AS output_namespace, od.name AS output_dataset, l.output_column,
                   id.namespace AS input_namespace, id.name AS input_dataset, l.input_column,
                   l.type, l.subtype, l.is_masking AS masking
              FROM runs r
              JOIN column_lineage l USING (lineage_id)
              JOIN run_outputs o ON o.run_id = r.run_id
              JOIN datasets od ON od.dataset_id = o.dataset_id
              JOIN run_inputs i ON i.run_id = r.run_id AND i.attempt = o.attempt AND i.source_name = l.input_source
              JOIN datasets id ON id.dataset_id = i.dataset_id
             WHERE r.state = 'succeeded';
            """#)
}
