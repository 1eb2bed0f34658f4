extension Migration {
    /// What settlements add to a run lies in one table per month, which is dropped whole when no run of its time is left.
    /// Rows without a run may be in it until then: every view joins the run.
    ///
    /// What there was becomes the table of the current month, unmoved, so that the step is short however long the history.
    static let months = #"""
        DROP TRIGGER run_outputs_edges ON run_outputs;
        ALTER INDEX run_inputs_dataset RENAME TO run_inputs_before_dataset;
        ALTER INDEX run_outputs_dataset RENAME TO run_outputs_before_dataset;
        ALTER INDEX run_outputs_versions RENAME TO run_outputs_before_versions;
        DO $do$
        DECLARE
            child text;
            month timestamp := date_trunc('month', now() AT TIME ZONE 'UTC');
            place text;
        BEGIN
            FOREACH child IN ARRAY ARRAY['steps', 'checks', 'run_inputs', 'run_outputs'] LOOP
                place := child || to_char(month, '"_"YYYY"_"MM');
                IF child <> 'run_outputs' THEN
                    EXECUTE format('ALTER TABLE %I ADD COLUMN created_at timestamptz NOT NULL DEFAULT now()', child);
                END IF;
                EXECUTE format('ALTER TABLE %I DROP CONSTRAINT %I, DROP CONSTRAINT %I', child, child || '_pkey',
                    child || '_run_id_fkey');
                EXECUTE format('ALTER TABLE %I RENAME TO %I', child, place);
                EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING DEFAULTS INCLUDING CONSTRAINTS)
                    PARTITION BY RANGE (created_at)', child, place);
                EXECUTE format('CREATE INDEX %I ON %I (run_id, attempt, ordinal)', child || '_of_run', child);
                IF child IN ('run_inputs', 'run_outputs') THEN
                    EXECUTE format('CREATE INDEX %I ON %I (dataset_id, run_id)', child || '_dataset', child);
                END IF;
                IF child = 'run_outputs' THEN
                    CREATE INDEX run_outputs_versions ON run_outputs (dataset_id, created_at DESC);
                END IF;
                EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (MINVALUE) TO (%L)', child, place,
                    (month + interval '1 month') AT TIME ZONE 'UTC');
                -- For what comes when nobody has made its month: a settlement never fails for that.
                EXECUTE format('CREATE TABLE %I PARTITION OF %I DEFAULT', child || '_other', child);
            END LOOP;
        END
        $do$;
        CREATE TRIGGER run_outputs_edges AFTER INSERT ON run_outputs REFERENCING NEW TABLE AS written
            FOR EACH STATEMENT EXECUTE FUNCTION note_dataset_edges();

        -- Whether runs of a month are left is asked before the month is dropped. Small, as runs come in this order.
        CREATE INDEX runs_by_record ON runs USING brin (recorded_at);

        -- Makes one table of the months up to `ahead` after this one, and answers whether there was one to make: to be
        -- repeated until there is none, each time in a transaction of its own, so that it never holds one table while
        -- it waits for another. With the rights of its owner: workers do not change the schema by themselves.
        CREATE FUNCTION make_month(ahead integer) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER AS $body$
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
                FOREACH child IN ARRAY ARRAY['steps', 'checks', 'run_inputs', 'run_outputs'] LOOP
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

        -- Drops one table of a month that ended before `before` and of whose time, or an earlier one, no run is left.
        -- Answers its name, or nothing when there is none. Rows that no month was made for stay.
        CREATE FUNCTION drop_month(before timestamptz) RETURNS text LANGUAGE plpgsql AS $body$
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
                                       'run_outputs'::regclass)
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

        -- The same views, of the tables that have taken the names.
        CREATE OR REPLACE VIEW step_metrics AS
        SELECT s.run_id, s.attempt, s.ordinal, p.name AS pipeline, a.engine, s.name AS step, s.type,
               s.rows_in, s.rows_out, (s.seconds * 1000)::bigint AS duration_ms
          FROM steps s
          JOIN attempts a ON a.run_id = s.run_id AND a.attempt = s.attempt
          JOIN runs r ON r.run_id = s.run_id
          LEFT JOIN pipelines p ON p.pipeline_id = r.pipeline_id;
        CREATE OR REPLACE VIEW check_history AS
        SELECT c.run_id, c.attempt, c.ordinal, p.name AS pipeline, a.finished_at AS checked_at, c.type, c.subject,
               c.severity, c.passed, c.failed_rows, c.message
          FROM checks c
          JOIN attempts a ON a.run_id = c.run_id AND a.attempt = c.attempt
          JOIN runs r ON r.run_id = c.run_id
          LEFT JOIN pipelines p ON p.pipeline_id = r.pipeline_id;
        CREATE OR REPLACE VIEW dataset_versions AS
        SELECT d.namespace, d.name AS dataset, o.run_id AS version, o.created_at, p.name AS pipeline, r.variables,
               o.rows, o.bytes, o.files, o.columns, o.dataset_id
          FROM run_outputs o
          JOIN datasets d USING (dataset_id)
          JOIN runs r ON r.run_id = o.run_id
          LEFT JOIN pipelines p ON p.pipeline_id = r.pipeline_id;
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

        -- A function that has its owner's rights finds no table that its caller has put in the way.
        DO $do$
        BEGIN
            EXECUTE format('ALTER FUNCTION make_month(integer) SET search_path = %I, pg_temp', current_schema());
        END
        $do$;

        """#
}
