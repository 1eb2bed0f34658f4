extension Migration {
    /// Which engine was chosen, from what, and what came of it.
    static let routing = Migration(
        version: 10, name: "routing",
        sql: #"""
            -- Whole, so that the same choice can be made again.
            ALTER TABLE attempts ADD COLUMN decision jsonb;
            -- An attempt failed for want of memory: the next one has to take this engine.
            ALTER TABLE run_queue ADD COLUMN correction jsonb;

            -- What predictions are learned from. Runs that are too small to teach anything are not among them. Goes
            -- with its run.
            CREATE TABLE routing_observations (
                observation_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
                run_id uuid NOT NULL,
                attempt integer NOT NULL,
                observed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
                pipeline text NOT NULL,
                shape text NOT NULL,
                engine text NOT NULL,
                observation jsonb NOT NULL,
                FOREIGN KEY (run_id, attempt) REFERENCES attempts ON DELETE CASCADE
            );
            -- Names can be too long for a B-tree.
            CREATE INDEX routing_observations_by_pipeline ON routing_observations
                (hashtextextended(pipeline, 0), engine, observation_id DESC);
            CREATE INDEX routing_observations_by_shape ON routing_observations (shape, engine, observation_id DESC);
            CREATE INDEX routing_observations_by_run ON routing_observations (run_id, attempt);
            CREATE INDEX routing_observations_by_time ON routing_observations (observed_at);

            CREATE OR REPLACE VIEW router_history AS
            SELECT a.run_id, a.attempt, p.name AS pipeline, r.requested_engine, a.engine, a.engine_reason,
                   a.started_at, coalesce((a.decision ->> 'estimated_bytes')::bigint, r.estimated_bytes)
                       AS estimated_bytes,
                   a.bytes_in, a.rows_in, a.peak_memory_bytes,
                   (extract(epoch FROM a.finished_at - a.started_at) * 1000)::bigint AS duration_ms, a.state,
                   a.decision ->> 'rule' AS rule,
                   (a.decision ->> 'estimated_files')::bigint AS estimated_files,
                   (a.decision #>> '{predicted_seconds,duckdb}')::double precision AS predicted_seconds_duckdb,
                   (a.decision #>> '{predicted_seconds,spark}')::double precision AS predicted_seconds_spark,
                   (a.decision #>> '{predicted_peak_memory_bytes,duckdb}')::bigint
                       AS predicted_peak_memory_bytes_duckdb,
                   (a.decision #>> '{predicted_peak_memory_bytes,spark}')::bigint
                       AS predicted_peak_memory_bytes_spark,
                   (a.phase_seconds ->> 'execute')::double precision
                       + coalesce((a.phase_seconds ->> 'check')::double precision, 0)
                       + coalesce((a.phase_seconds ->> 'write')::double precision, 0) AS engine_seconds,
                   a.error_kind, a.decision
              FROM attempts a
              JOIN runs r ON r.run_id = a.run_id
              LEFT JOIN pipelines p ON p.pipeline_id = r.pipeline_id;
            """#)
}
