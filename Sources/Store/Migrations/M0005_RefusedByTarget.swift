extension Migration {
    /// What was decided may end as failed: its target has refused the result for good.
    static let refusedByTarget = Migration(
        version: 5, name: "refused by target",
        sql: #"""
            -- The table of transitions; the same as RunState.allowedNext.
            CREATE OR REPLACE FUNCTION check_run_transition() RETURNS trigger LANGUAGE plpgsql AS $body$
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
            """#)
}
