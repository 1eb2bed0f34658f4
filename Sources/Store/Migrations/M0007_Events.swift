extension Migration {
    /// The outbox of lineage events: filled by a trigger in the transaction that moves a run, and only while there is
    /// somebody to deliver them.
    static let events = Migration(
        version: 7, name: "events",
        sql: #"""
            -- That a run made a transition. What there is to say of it stands in the history, and is put into words when
            -- it is sent.
            CREATE TABLE lineage_outbox (
                outbox_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
                run_id uuid NOT NULL,
                kind text NOT NULL CHECK (kind IN ('START', 'RUNNING', 'COMPLETE', 'FAIL', 'ABORT')),
                occurred_at timestamptz NOT NULL,
                due_at timestamptz NOT NULL DEFAULT now(),
                tries integer NOT NULL DEFAULT 0,
                error text
            ) WITH (autovacuum_vacuum_scale_factor = 0.1, autovacuum_vacuum_threshold = 1000);
            CREATE INDEX lineage_outbox_of_run ON lineage_outbox (run_id, outbox_id);
            CREATE UNIQUE INDEX lineage_outbox_one_start ON lineage_outbox (run_id) WHERE kind = 'START';
            CREATE UNIQUE INDEX lineage_outbox_one_end ON lineage_outbox (run_id) WHERE kind IN ('COMPLETE', 'FAIL', 'ABORT');

            -- One row: which worker delivers, and until when events are kept for it and its successors.
            CREATE TABLE event_delivery (
                is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only),
                worker_id uuid,
                held_until timestamptz NOT NULL DEFAULT 'epoch',
                wanted_until timestamptz NOT NULL DEFAULT 'epoch'
            ) WITH (fillfactor = 10);
            INSERT INTO event_delivery DEFAULT VALUES;

            ALTER TABLE run_queue ADD COLUMN reported_at timestamptz;

            CREATE FUNCTION note_run_event() RETURNS trigger LANGUAGE plpgsql AS $body$
            BEGIN
                IF (SELECT wanted_until > now() FROM event_delivery) THEN
                    INSERT INTO lineage_outbox (run_id, kind, occurred_at)
                    VALUES (NEW.run_id,
                            CASE NEW.state WHEN 'running' THEN 'START' WHEN 'succeeded' THEN 'COMPLETE'
                                           WHEN 'cancelled' THEN 'ABORT' ELSE 'FAIL' END,
                            CASE NEW.state WHEN 'running' THEN NEW.started_at ELSE NEW.finished_at END);
                END IF;
                RETURN NULL;
            END
            $body$;
            CREATE TRIGGER runs_events AFTER UPDATE OF state ON runs FOR EACH ROW
                WHEN (OLD.state IS DISTINCT FROM NEW.state
                      AND (NEW.finished_at IS NOT NULL OR NEW.state = 'running' AND NEW.attempts = 1))
                EXECUTE FUNCTION note_run_event();
            """#)
}
