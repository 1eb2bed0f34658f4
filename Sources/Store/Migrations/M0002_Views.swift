extension Migration {
    /// What people query: stable across versions, whatever happens to the tables.
    static let views = Migration(
        version: 2, name: "views",
        sql: #"""
            CREATE VIEW run_history AS
            SELECT r.run_id, p.name AS pipeline, r.state, r.engine, r.engine_reason, r.attempts, r.worker_id,
                   CASE r.priority WHEN 1 THEN 'high' WHEN 0 THEN 'normal' ELSE 'low' END AS priority,
                   r.variables, r."trigger", r.submitted_at, r.started_at, r.finished_at,
                   (extract(epoch FROM r.finished_at - r.started_at) * 1000)::bigint AS duration_ms,
                   r.rows_in, r.rows_out, r.bytes_in, r.bytes_out, r.estimated_bytes, r.peak_memory_bytes, r.error,
                   r.error_kind, r.submitted_by, r.accepted_at, p.digest AS pipeline_digest
              FROM runs r LEFT JOIN pipelines p USING (pipeline_id);

            CREATE VIEW attempt_history AS
            SELECT run_id, attempt, state, worker_id, engine, started_at, finished_at, error,
                   (extract(epoch FROM finished_at - started_at) * 1000)::bigint AS duration_ms,
                   rows_in, rows_out, bytes_in, bytes_out, peak_memory_bytes
              FROM attempts;

            CREATE VIEW pipeline_summary AS
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
                   max(r.finished_at) FILTER (WHERE r.state = 'succeeded') AS last_success_at
              FROM runs r JOIN pipelines p USING (pipeline_id)
             GROUP BY p.name;

            CREATE VIEW column_lineage_edges AS
            SELECT r.run_id,
                   od.namespace AS output_namespace, od.name AS output_dataset, l.output_column,
                   id.namespace AS input_namespace, id.name AS input_dataset, l.input_column,
                   l.type, l.subtype
              FROM runs r
              JOIN column_lineage l USING (lineage_id)
              JOIN run_outputs o ON o.run_id = r.run_id
              JOIN datasets od ON od.dataset_id = o.dataset_id
              JOIN run_inputs i ON i.run_id = r.run_id AND i.attempt = o.attempt AND i.source_name = l.input_source
              JOIN datasets id ON id.dataset_id = i.dataset_id
             WHERE r.state = 'succeeded';

            -- Every dataset that another one comes from (up) or goes into (down), with the number of runs between.
            CREATE VIEW dataset_lineage AS
            WITH RECURSIVE edges AS (
                SELECT DISTINCT i.dataset_id AS input_id, o.dataset_id AS output_id
                  FROM run_inputs i
                  JOIN run_outputs o USING (run_id, attempt)
                  JOIN runs r USING (run_id)
                 WHERE r.state = 'succeeded' AND i.dataset_id <> o.dataset_id
            ), reach (dataset_id, related_id, direction, depth) AS (
                SELECT output_id, input_id, 'up', 1 FROM edges
                UNION
                SELECT input_id, output_id, 'down', 1 FROM edges
                UNION
                SELECT * FROM (
                    WITH known AS (SELECT * FROM reach)
                    SELECT k.dataset_id, e.input_id, k.direction, k.depth + 1
                      FROM known k JOIN edges e ON k.direction = 'up' AND e.output_id = k.related_id
                     WHERE k.depth < 32
                    UNION
                    SELECT k.dataset_id, e.output_id, k.direction, k.depth + 1
                      FROM known k JOIN edges e ON k.direction = 'down' AND e.input_id = k.related_id
                     WHERE k.depth < 32
                ) AS further
            )
            SELECT d.namespace, d.name AS dataset, r.direction, min(r.depth) AS depth,
                   o.namespace AS related_namespace, o.name AS related_dataset
              FROM reach r
              JOIN datasets d USING (dataset_id)
              JOIN datasets o ON o.dataset_id = r.related_id
             GROUP BY d.namespace, d.name, r.direction, o.namespace, o.name;

            CREATE VIEW fleet_status AS
            SELECT w.worker_id, w.host, w.process_id, w.state, w.slots, w.version,
                   (SELECT count(*) FROM run_queue q WHERE q.worker_id = w.worker_id) AS runs,
                   w.started_at, w.renewed_at, w.ended_at
              FROM workers w;
            """#)
}
