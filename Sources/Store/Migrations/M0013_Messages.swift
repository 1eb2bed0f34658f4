extension Migration {
    /// What attempts say while they go on, what engine it was that did the work, where a definition stands, and events
    /// of workflows.
    static let messages = Migration(
        version: 13, name: "messages",
        sql: #"""
            CREATE TABLE run_messages (
                run_id uuid NOT NULL,
                attempt integer NOT NULL,
                ordinal integer NOT NULL,
                -- By the worker's clock: given, so that a message that comes twice is there once.
                created_at timestamptz NOT NULL,
                level text NOT NULL CHECK (level IN ('progress', 'info', 'warning')),
                message text NOT NULL,
                PRIMARY KEY (run_id, attempt, ordinal, created_at)
            ) PARTITION BY RANGE (created_at);
            DO $do$
            DECLARE
                month timestamp := date_trunc('month', now() AT TIME ZONE 'UTC');
            BEGIN
                EXECUTE format('CREATE TABLE %I PARTITION OF run_messages FOR VALUES FROM (MINVALUE) TO (%L)',
                    'run_messages' || to_char(month, '"_"YYYY"_"MM'),
                    (month + interval '1 month') AT TIME ZONE 'UTC');
            END
            $do$;
            CREATE TABLE run_messages_other PARTITION OF run_messages DEFAULT;

            -- As before, of one table more.
            CREATE OR REPLACE FUNCTION make_month(ahead integer) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER AS $body$
            DECLARE
                child text;
                month timestamp;
                place text;
                first timestamptz;
                beyond timestamptz;
            BEGIN
                IF NOT pg_try_advisory_xact_lock(1903523846, 0) THEN
                    RETURN false;
                END IF;
                PERFORM set_config('lock_timeout', '2s', true);
                FOR i IN 0..least(ahead, 24) LOOP
                    month := date_trunc('month', now() AT TIME ZONE 'UTC') + make_interval(months => i);
                    FOREACH child IN ARRAY ARRAY['steps', 'checks', 'run_inputs', 'run_outputs',
                        'run_messages'] LOOP
                        place := child || to_char(month, '"_"YYYY"_"MM');
                        CONTINUE WHEN to_regclass(place) IS NOT NULL;
                        first := month AT TIME ZONE 'UTC';
                        beyond := (month + interval '1 month') AT TIME ZONE 'UTC';
                        EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING INDEXES)',
                            place, child);
                        EXECUTE format('LOCK TABLE %I IN ACCESS EXCLUSIVE MODE', child || '_other');
                        EXECUTE format('WITH moved AS (
                                DELETE FROM %I WHERE created_at >= %L AND created_at < %L RETURNING *)
                            INSERT INTO %I SELECT * FROM moved', child || '_other', first, beyond, place);
                        EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', child, place,
                            first, beyond);
                        RETURN true;
                    END LOOP;
                END LOOP;
                RETURN false;
            END
            $body$;
            CREATE OR REPLACE FUNCTION drop_month(before timestamptz) RETURNS text LANGUAGE plpgsql AS $body$
            DECLARE
                part record;
            BEGIN
                PERFORM set_config('lock_timeout', '5s', true);
                FOR part IN
                    SELECT c.oid::regclass::text AS name,
                           (to_timestamp(right(c.relname, 7), 'YYYY_MM')::timestamp + interval '1 month')
                               AT TIME ZONE 'UTC' AS beyond
                      FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
                     WHERE i.inhparent IN ('steps'::regclass, 'checks'::regclass, 'run_inputs'::regclass,
                                           'run_outputs'::regclass, 'run_messages'::regclass)
                       AND c.relname ~ '_\d{4}_\d{2}$'
                     ORDER BY right(c.relname, 7), c.relname
                LOOP
                    EXIT WHEN part.beyond > before OR EXISTS (SELECT 1 FROM runs r WHERE r.recorded_at < part.beyond);
                    EXECUTE format('DROP TABLE %s', part.name);
                    RETURN part.name;
                END LOOP;
                RETURN NULL;
            END
            $body$;
            DO $do$
            BEGIN
                EXECUTE format('ALTER FUNCTION make_month(integer) SET search_path = %I, pg_temp', current_schema());
            END
            $do$;

            CREATE VIEW message_history AS
            SELECT m.run_id, m.attempt, m.ordinal, p.name AS pipeline, m.created_at AS said_at, a.worker_id, m.level,
                   m.message
              FROM run_messages m
              JOIN attempts a ON a.run_id = m.run_id AND a.attempt = m.attempt
              JOIN runs r ON r.run_id = m.run_id
              LEFT JOIN pipelines p ON p.pipeline_id = r.pipeline_id;

            ALTER TABLE attempts ADD COLUMN engine_version text;
            -- Repository, path and commit of the definition, as far as its submitter knew them.
            ALTER TABLE runs ADD COLUMN source_code jsonb;
            CREATE OR REPLACE VIEW attempt_history AS
            SELECT run_id, attempt, state, worker_id, engine, started_at, finished_at, error,
                   (extract(epoch FROM finished_at - started_at) * 1000)::bigint AS duration_ms,
                   rows_in, rows_out, bytes_in, bytes_out, peak_memory_bytes,
                   engine_reason, error_kind, error_step, cpu_seconds, engine_version
              FROM attempts;

            -- Of a workflow, its id stands in `run_id`.
            ALTER TABLE lineage_outbox ADD COLUMN is_workflow boolean NOT NULL DEFAULT false;
            ALTER TABLE workflows ADD COLUMN reported_at timestamptz;
            CREATE INDEX workflows_open ON workflows (recorded_at) WHERE finished_at IS NULL;
            CREATE FUNCTION note_workflow_event() RETURNS trigger LANGUAGE plpgsql AS $body$
            BEGIN
                IF (SELECT wanted_until > now() FROM event_delivery) THEN
                    INSERT INTO lineage_outbox (run_id, kind, occurred_at, is_workflow)
                    VALUES (NEW.workflow_id,
                            CASE NEW.state WHEN 'running' THEN 'START' WHEN 'succeeded' THEN 'COMPLETE'
                                           WHEN 'cancelled' THEN 'ABORT' ELSE 'FAIL' END,
                            CASE NEW.state WHEN 'running' THEN NEW.recorded_at ELSE NEW.finished_at END, true);
                END IF;
                RETURN NULL;
            END
            $body$;
            CREATE TRIGGER workflows_begin AFTER INSERT ON workflows FOR EACH ROW
                EXECUTE FUNCTION note_workflow_event();
            CREATE TRIGGER workflows_end AFTER UPDATE OF state ON workflows FOR EACH ROW
                WHEN (OLD.state IS DISTINCT FROM NEW.state AND NEW.finished_at IS NOT NULL)
                EXECUTE FUNCTION note_workflow_event();
            """#)
}
