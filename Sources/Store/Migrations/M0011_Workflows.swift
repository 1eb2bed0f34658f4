extension Migration {
    /// Workflows: their runs are all there from the beginning, held until it is their turn.
    static let workflows = Migration(
        version: 11, name: "workflows",
        sql: #"""
            CREATE TABLE workflows (
                workflow_id uuid PRIMARY KEY,
                name text NOT NULL,
                content_digest text NOT NULL,
                yaml text NOT NULL,
                -- Stages, and the steps in their order, which is that of workflow_steps.
                plan jsonb NOT NULL,
                state text NOT NULL DEFAULT 'running' CHECK (state IN ('running', 'succeeded', 'failed', 'cancelled')),
                -- What was given for the whole.
                variables jsonb NOT NULL,
                base_directory text,
                resume_of uuid,
                idempotency_key text,
                "trigger" text,
                submitted_at timestamptz NOT NULL,
                submitted_by text NOT NULL,
                recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
                cancel_requested_at timestamptz,
                finished_at timestamptz,
                CONSTRAINT workflows_final_is_finished CHECK ((state = 'running') = (finished_at IS NULL))
            );
            CREATE INDEX workflows_by_submission ON workflows (submitted_at DESC, workflow_id);
            CREATE INDEX workflows_by_name ON workflows USING hash (name);

            -- The run of a step may belong to the workflow that this one resumes: then it has succeeded.
            CREATE TABLE workflow_steps (
                workflow_id uuid NOT NULL REFERENCES workflows ON DELETE CASCADE,
                ordinal integer NOT NULL,
                stage text NOT NULL,
                name text NOT NULL,
                run_id uuid NOT NULL,
                is_done boolean NOT NULL,
                PRIMARY KEY (workflow_id, ordinal)
            );

            -- Something has happened in a workflow that nobody has drawn conclusions from. Inserted only, in the
            -- transaction in which a run ends: whoever advances the workflow removes what it saw.
            CREATE TABLE workflow_wakes (
                wake_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
                workflow_id uuid NOT NULL
            ) WITH (autovacuum_vacuum_scale_factor = 0.1, autovacuum_vacuum_threshold = 500);

            ALTER TABLE runs ADD COLUMN workflow_id uuid;
            CREATE INDEX runs_of_workflow ON runs (workflow_id) WHERE workflow_id IS NOT NULL;
            ALTER TABLE runs DROP CONSTRAINT runs_state, ADD CONSTRAINT runs_state CHECK (state IN (
                    'held', 'submitted', 'queued', 'blocked', 'waiting', 'running', 'publishing',
                    'succeeded', 'failed', 'cancelled', 'dead', 'skipped')),
                DROP CONSTRAINT runs_final_is_finished, ADD CONSTRAINT runs_final_is_finished CHECK
                    ((state IN ('succeeded', 'failed', 'cancelled', 'dead', 'skipped')) = (finished_at IS NOT NULL)),
                DROP CONSTRAINT runs_accepted_in_order, ADD CONSTRAINT runs_accepted_in_order CHECK
                    (state IN ('held', 'submitted', 'cancelled', 'skipped')
                     OR (accepted_at IS NOT NULL AND sequence IS NOT NULL)),
                ADD CONSTRAINT runs_held_in_a_workflow CHECK
                    (state NOT IN ('held', 'skipped') OR workflow_id IS NOT NULL);

            -- The table of transitions; the same as RunState.allowedNext.
            CREATE OR REPLACE FUNCTION check_run_transition() RETURNS trigger LANGUAGE plpgsql AS $body$
            BEGIN
                IF NOT (OLD.state, NEW.state) IN (VALUES
                    ('held', 'submitted'), ('held', 'cancelled'), ('held', 'skipped'),
                    ('submitted', 'queued'), ('submitted', 'blocked'), ('submitted', 'cancelled'),
                    ('queued', 'running'), ('queued', 'cancelled'),
                    ('blocked', 'queued'), ('blocked', 'cancelled'),
                    ('waiting', 'running'), ('waiting', 'queued'), ('waiting', 'cancelled'),
                    ('running', 'publishing'), ('running', 'succeeded'), ('running', 'failed'),
                    ('running', 'cancelled'), ('running', 'waiting'), ('running', 'queued'), ('running', 'dead'),
                    ('publishing', 'succeeded'), ('publishing', 'failed'))
                THEN
                    RAISE EXCEPTION 'a run can not go from % to %', OLD.state, NEW.state
                        USING ERRCODE = 'check_violation';
                END IF;
                RETURN NEW;
            END
            $body$;
            DROP TRIGGER runs_beginning ON runs;
            CREATE TRIGGER runs_beginning BEFORE INSERT ON runs FOR EACH ROW
                WHEN (NEW.state NOT IN ('submitted', 'held')) EXECUTE FUNCTION refuse_run_state();

            CREATE FUNCTION wake_workflow() RETURNS trigger LANGUAGE plpgsql AS $body$
            BEGIN
                INSERT INTO workflow_wakes (workflow_id) VALUES (NEW.workflow_id);
                RETURN NULL;
            END
            $body$;
            -- However a run ends. One that is skipped is so by whoever advances the workflow.
            CREATE TRIGGER runs_wake_workflow AFTER UPDATE OF state ON runs FOR EACH ROW
                WHEN (NEW.workflow_id IS NOT NULL AND NEW.finished_at IS NOT NULL
                      AND OLD.state IS DISTINCT FROM NEW.state AND NEW.state <> 'skipped')
                EXECUTE FUNCTION wake_workflow();

            -- What never started is not told of.
            DROP TRIGGER runs_events ON runs;
            CREATE TRIGGER runs_events AFTER UPDATE OF state ON runs FOR EACH ROW
                WHEN (OLD.state IS DISTINCT FROM NEW.state AND NEW.state <> 'skipped'
                      AND (NEW.finished_at IS NOT NULL OR NEW.state = 'running' AND NEW.attempts = 1))
                EXECUTE FUNCTION note_run_event();

            CREATE VIEW workflow_history AS
            SELECT w.workflow_id, w.name AS workflow, w.state, w.submitted_at, w.submitted_by, w."trigger", w.resume_of,
                   w.cancel_requested_at, w.finished_at, w.variables, runs.*,
                   (extract(epoch FROM w.finished_at - runs.started_at) * 1000)::bigint AS duration_ms
              FROM workflows w
             CROSS JOIN LATERAL (
                SELECT count(*) AS runs,
                       count(*) FILTER (WHERE s.is_done OR r.state = 'succeeded') AS succeeded,
                       count(*) FILTER (WHERE r.state IN ('failed', 'dead')) AS failed,
                       count(*) FILTER (WHERE r.state = 'cancelled') AS cancelled,
                       count(*) FILTER (WHERE r.state = 'skipped') AS skipped,
                       count(*) FILTER (WHERE r.run_id IS NOT NULL AND r.finished_at IS NULL) AS unfinished,
                       min(r.started_at) FILTER (WHERE NOT s.is_done) AS started_at,
                       sum(r.rows_out) FILTER (WHERE NOT s.is_done) AS rows_out
                  FROM workflow_steps s LEFT JOIN runs r ON r.run_id = s.run_id
                 WHERE s.workflow_id = w.workflow_id) AS runs;

            -- The runs of workflows, in the order of their steps.
            CREATE VIEW workflow_run_history AS
            SELECT s.workflow_id, w.name AS workflow, s.ordinal, s.stage, s.name AS step, s.run_id,
                   s.is_done AS was_done_before, r.state, r.started_at, r.finished_at, r.error
              FROM workflow_steps s JOIN workflows w USING (workflow_id) LEFT JOIN runs r USING (run_id);

            CREATE OR REPLACE VIEW run_history AS
            SELECT r.run_id, p.name AS pipeline, r.state, r.engine, r.engine_reason, r.attempts, r.worker_id,
                   CASE r.priority WHEN 1 THEN 'high' WHEN 0 THEN 'normal' ELSE 'low' END AS priority,
                   r.variables, r."trigger", r.submitted_at, r.started_at, r.finished_at,
                   (extract(epoch FROM r.finished_at - r.started_at) * 1000)::bigint AS duration_ms,
                   r.rows_in, r.rows_out, r.bytes_in, r.bytes_out, r.estimated_bytes, r.peak_memory_bytes, r.error,
                   r.error_kind, r.submitted_by, r.accepted_at, p.digest AS pipeline_digest, r.retry_of,
                   r.error_step, r.files_written, r.cpu_seconds, r.requested_engine, r.workflow_id
              FROM runs r LEFT JOIN pipelines p USING (pipeline_id);

            -- A backfill is made of runs or of workflows.
            CREATE OR REPLACE VIEW backfill_history AS
            SELECT b.backfill_id, b.pipeline_name AS pipeline, b.submitted_by, b.created_at,
                   count(*) AS runs,
                   count(*) FILTER (WHERE part.state = 'succeeded') AS succeeded,
                   count(*) FILTER (WHERE part.state IN ('failed', 'dead')) AS failed,
                   count(*) FILTER (WHERE part.state = 'cancelled') AS cancelled,
                   count(*) FILTER (WHERE part.finished_at IS NULL AND part.state IS NOT NULL) AS unfinished,
                   count(*) FILTER (WHERE part.state IS NULL) AS missing,
                   min(part.started_at) AS started_at,
                   CASE WHEN count(*) = count(part.finished_at) THEN max(part.finished_at) END AS finished_at,
                   sum(part.rows_out)::numeric AS rows_out
              FROM backfills b JOIN backfill_runs br USING (backfill_id)
              LEFT JOIN LATERAL (
                SELECT r.state, r.started_at, r.finished_at, r.rows_out::numeric FROM runs r WHERE r.run_id = br.run_id
                UNION ALL
                SELECT w.state, w.started_at, w.finished_at, w.rows_out FROM workflow_history w
                 WHERE w.workflow_id = br.run_id) AS part ON true
             GROUP BY b.backfill_id;
            """#)
}
