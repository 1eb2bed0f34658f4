extension Migration {
    /// Tables of runs, their attempts and results, the queue, the workers.
    static let runs = Migration(
        version: 1, name: "runs",
        sql: #"""
            -- Definitions as they were requested. Insert-only; shared by many runs, so runs refer to them without a
            -- foreign key, whose check would lock the shared row in every insert.
            CREATE TABLE pipelines (
                pipeline_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
                name text NOT NULL,
                digest text NOT NULL,
                yaml text NOT NULL,
                created_at timestamptz NOT NULL DEFAULT now(),
                UNIQUE (digest, name)
            );

            CREATE SEQUENCE run_sequence;

            CREATE TABLE runs (
                run_id uuid PRIMARY KEY,
                pipeline_id bigint NOT NULL,
                content_digest text NOT NULL,
                state text NOT NULL,
                priority smallint NOT NULL CHECK (priority BETWEEN -1 AND 1),
                concurrency_key text NOT NULL,
                key_hash bigint NOT NULL,
                variables jsonb NOT NULL,
                base_directory text NOT NULL,
                requested_engine text NOT NULL,
                retries integer NOT NULL CHECK (retries >= 0),
                timeout_seconds double precision,
                fail_on_checks boolean NOT NULL,
                idempotency_key text,
                "trigger" text,
                submitted_at timestamptz NOT NULL,
                submitted_by text NOT NULL,
                -- When this row was written, by this database's clock.
                recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
                accepted_at timestamptz,
                -- The order of acceptance, which is the order of runs with the same key.
                sequence bigint,
                cancel_requested_at timestamptz,
                attempts integer NOT NULL DEFAULT 0,
                failures integer NOT NULL DEFAULT 0,
                deaths integer NOT NULL DEFAULT 0,
                worker_id uuid,
                started_at timestamptz,
                decided_at timestamptz,
                finished_at timestamptz,
                engine text,
                engine_reason text,
                estimated_bytes bigint,
                rows_in bigint,
                rows_out bigint,
                bytes_in bigint,
                bytes_out bigint,
                files_written integer,
                peak_memory_bytes bigint,
                cpu_seconds double precision,
                phase_seconds jsonb,
                lineage_id bigint,
                error_kind text,
                error text,
                error_step text,
                CONSTRAINT runs_state CHECK (state IN ('submitted', 'queued', 'blocked', 'waiting', 'running',
                    'publishing', 'succeeded', 'failed', 'cancelled', 'dead')),
                CONSTRAINT runs_final_is_finished CHECK
                    ((state IN ('succeeded', 'failed', 'cancelled', 'dead')) = (finished_at IS NOT NULL)),
                CONSTRAINT runs_accepted_in_order CHECK
                    (state IN ('submitted', 'cancelled') OR (accepted_at IS NOT NULL AND sequence IS NOT NULL)),
                CONSTRAINT runs_published_is_decided CHECK (state <> 'publishing' OR decided_at IS NOT NULL)
            );
            CREATE INDEX runs_submitted ON runs (recorded_at) WHERE state = 'submitted';
            CREATE INDEX runs_by_submission ON runs (submitted_at DESC, run_id);
            CREATE INDEX runs_by_pipeline ON runs (pipeline_id, submitted_at DESC);

            -- The table of transitions; the same as RunState.allowedNext.
            CREATE FUNCTION check_run_transition() RETURNS trigger LANGUAGE plpgsql AS $body$
            BEGIN
                IF NOT (OLD.state, NEW.state) IN (VALUES
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
            CREATE FUNCTION refuse_run_state() RETURNS trigger LANGUAGE plpgsql AS $body$
            BEGIN
                RAISE EXCEPTION 'a run can not begin as %', NEW.state USING ERRCODE = 'check_violation';
            END
            $body$;
            CREATE TRIGGER runs_transition BEFORE UPDATE OF state ON runs FOR EACH ROW
                WHEN (OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION check_run_transition();
            CREATE TRIGGER runs_beginning BEFORE INSERT ON runs FOR EACH ROW
                WHEN (NEW.state <> 'submitted') EXECUTE FUNCTION refuse_run_state();

            -- Only runs that have been accepted and are not final: small, whatever the length of history.
            CREATE TABLE run_queue (
                run_id uuid PRIMARY KEY REFERENCES runs,
                sequence bigint NOT NULL,
                key_hash bigint NOT NULL,
                -- As requested, and with what was inherited from runs behind this one.
                base_priority smallint NOT NULL,
                priority smallint NOT NULL,
                state text NOT NULL CHECK (state IN ('queued', 'blocked', 'waiting', 'running', 'publishing')),
                due_at timestamptz NOT NULL,
                token bigint NOT NULL DEFAULT 0,
                nonce uuid,
                worker_id uuid,
                -- Which of the worker's claims this was; orders claims against renewals.
                claim_serial bigint,
                attempt integer NOT NULL DEFAULT 0,
                failures integer NOT NULL DEFAULT 0,
                deaths integer NOT NULL DEFAULT 0,
                -- Workers died twice with it: the next attempt shall have a worker for itself.
                runs_alone boolean NOT NULL DEFAULT false,
                cancel_requested boolean NOT NULL DEFAULT false,
                progress real,
                phase text,
                -- What the decide step stored, for whoever settles.
                report jsonb,
                CONSTRAINT run_queue_owner CHECK
                    (worker_id IS NULL OR (state IN ('running', 'publishing') AND nonce IS NOT NULL)),
                CONSTRAINT run_queue_running_is_owned CHECK (state <> 'running' OR worker_id IS NOT NULL),
                CONSTRAINT run_queue_publishing_is_decided CHECK ((state = 'publishing') = (report IS NOT NULL))
            ) WITH (fillfactor = 60, autovacuum_vacuum_scale_factor = 0.1, autovacuum_vacuum_threshold = 500);
            CREATE INDEX run_queue_due ON run_queue (priority DESC, due_at, sequence)
                WHERE worker_id IS NULL AND state <> 'blocked';
            CREATE UNIQUE INDEX run_queue_one_head ON run_queue (key_hash) WHERE state <> 'blocked';
            CREATE UNIQUE INDEX run_queue_order ON run_queue (key_hash, sequence);
            CREATE INDEX run_queue_highest ON run_queue (key_hash, base_priority);
            CREATE INDEX run_queue_owned ON run_queue (worker_id) WHERE worker_id IS NOT NULL;

            -- Cancels that came before their requests.
            CREATE TABLE cancellations (
                run_id uuid PRIMARY KEY,
                requested_at timestamptz NOT NULL DEFAULT clock_timestamp()
            );

            CREATE TABLE attempts (
                run_id uuid NOT NULL REFERENCES runs ON DELETE CASCADE,
                attempt integer NOT NULL,
                token bigint NOT NULL,
                nonce uuid NOT NULL,
                worker_id uuid NOT NULL,
                state text NOT NULL CHECK
                    (state IN ('running', 'succeeded', 'failed', 'cancelled', 'interrupted', 'lost')),
                started_at timestamptz NOT NULL,
                decided_at timestamptz,
                finished_at timestamptz,
                engine text,
                engine_reason text,
                rows_in bigint,
                rows_out bigint,
                bytes_in bigint,
                bytes_out bigint,
                peak_memory_bytes bigint,
                cpu_seconds double precision,
                phase_seconds jsonb,
                error_kind text,
                error text,
                error_step text,
                PRIMARY KEY (run_id, attempt),
                CONSTRAINT attempts_ended_is_finished CHECK ((state = 'running') = (finished_at IS NULL))
            );

            CREATE TABLE steps (
                run_id uuid NOT NULL REFERENCES runs ON DELETE CASCADE,
                attempt integer NOT NULL,
                ordinal integer NOT NULL,
                name text NOT NULL,
                type text NOT NULL,
                rows_in bigint,
                rows_out bigint,
                seconds double precision,
                PRIMARY KEY (run_id, attempt, ordinal)
            );

            CREATE TABLE checks (
                run_id uuid NOT NULL REFERENCES runs ON DELETE CASCADE,
                attempt integer NOT NULL,
                ordinal integer NOT NULL,
                type text NOT NULL,
                subject text NOT NULL,
                severity text NOT NULL CHECK (severity IN ('warn', 'error')),
                passed boolean NOT NULL,
                failed_rows bigint NOT NULL,
                message text NOT NULL,
                PRIMARY KEY (run_id, attempt, ordinal)
            );

            -- Insert-only, like pipelines. The digest stands for namespace and name, which can be too long for an index.
            CREATE TABLE datasets (
                dataset_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
                namespace text NOT NULL,
                name text NOT NULL,
                digest text NOT NULL UNIQUE,
                created_at timestamptz NOT NULL DEFAULT now()
            );

            CREATE TABLE run_inputs (
                run_id uuid NOT NULL REFERENCES runs ON DELETE CASCADE,
                attempt integer NOT NULL,
                ordinal integer NOT NULL,
                dataset_id bigint NOT NULL,
                -- The name of the source in the plan, which column_lineage refers to.
                source_name text,
                rows bigint,
                bytes bigint,
                files integer,
                columns jsonb NOT NULL,
                PRIMARY KEY (run_id, attempt, ordinal)
            );
            CREATE INDEX run_inputs_dataset ON run_inputs (dataset_id, run_id);

            CREATE TABLE run_outputs (
                run_id uuid NOT NULL REFERENCES runs ON DELETE CASCADE,
                attempt integer NOT NULL,
                ordinal integer NOT NULL,
                dataset_id bigint NOT NULL,
                rows bigint,
                bytes bigint,
                files integer,
                columns jsonb NOT NULL,
                PRIMARY KEY (run_id, attempt, ordinal)
            );
            CREATE INDEX run_outputs_dataset ON run_outputs (dataset_id, run_id);

            -- The column lineage of a plan, stored once for all runs of it: edges name the plan's sources, not datasets.
            CREATE TABLE lineages (
                lineage_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
                digest text NOT NULL UNIQUE,
                created_at timestamptz NOT NULL DEFAULT now()
            );
            CREATE TABLE column_lineage (
                lineage_id bigint NOT NULL REFERENCES lineages ON DELETE CASCADE,
                ordinal integer NOT NULL,
                -- Null: the output as a whole depends on the input column.
                output_column text,
                input_source text NOT NULL,
                input_column text NOT NULL,
                type text NOT NULL,
                subtype text NOT NULL,
                PRIMARY KEY (lineage_id, ordinal)
            );

            CREATE TABLE workers (
                worker_id uuid PRIMARY KEY,
                -- The second half of the advisory lock that the worker's session holds.
                lock_number integer GENERATED ALWAYS AS IDENTITY UNIQUE,
                host text NOT NULL,
                process_id integer NOT NULL,
                slots integer NOT NULL,
                version text NOT NULL,
                state text NOT NULL CHECK (state IN ('live', 'lost', 'retired')),
                renewals bigint NOT NULL DEFAULT 0,
                started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
                renewed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
                ended_at timestamptz,
                CONSTRAINT workers_ended CHECK ((state = 'live') = (ended_at IS NULL))
            ) WITH (fillfactor = 50);

            -- Events that go out with the state they belong to; filled by a later version.
            CREATE TABLE outbox (
                outbox_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
                run_id uuid NOT NULL,
                kind text NOT NULL,
                payload jsonb NOT NULL,
                created_at timestamptz NOT NULL DEFAULT clock_timestamp()
            );

            CREATE TABLE dead_letters (
                dead_letter_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
                topic text NOT NULL,
                partition integer NOT NULL,
                message_offset bigint NOT NULL,
                reason text NOT NULL,
                detail text NOT NULL,
                message_key bytea,
                payload bytea NOT NULL,
                received_at timestamptz NOT NULL DEFAULT clock_timestamp()
            );
            -- A second delivery is no second letter; the payload is part of it because topics may be made anew.
            CREATE UNIQUE INDEX dead_letters_once
                ON dead_letters (topic, partition, message_offset, sha256(payload));
            """#)
}
