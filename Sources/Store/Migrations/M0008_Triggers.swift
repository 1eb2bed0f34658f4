extension Migration {
    /// What triggers remember, and how landings of datasets leave the outbox.
    static let triggers = Migration(
        version: 8, name: "triggers",
        sql: #"""
            -- Landings that wait for others of their group. Closed ones are due: they go once their run is on record.
            CREATE TABLE landing_groups (
                group_id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
                trigger_name text NOT NULL,
                -- Stands for the trigger's name and the values that the group shares, which can be too long for an index.
                group_digest text NOT NULL,
                captures jsonb NOT NULL,
                -- The conditions that have been met, and those that have to be, as bits.
                parts_met bigint NOT NULL,
                parts_wanted bigint NOT NULL,
                landings bigint NOT NULL,
                opened_at timestamptz NOT NULL DEFAULT clock_timestamp(),
                due_at timestamptz,
                closed_at timestamptz
            ) WITH (fillfactor = 70);
            CREATE UNIQUE INDEX landing_groups_open ON landing_groups (group_digest) WHERE closed_at IS NULL;
            CREATE INDEX landing_groups_due ON landing_groups (due_at) WHERE closed_at IS NULL AND due_at IS NOT NULL;
            CREATE INDEX landing_groups_closed ON landing_groups (closed_at) WHERE closed_at IS NOT NULL;

            -- Landings that have joined a group, so that none joins twice.
            CREATE TABLE group_landings (
                -- Of the trigger's name and the landing's identity.
                landing_digest text PRIMARY KEY,
                trigger_name text NOT NULL,
                uri text NOT NULL,
                received_at timestamptz NOT NULL DEFAULT clock_timestamp()
            );
            CREATE INDEX group_landings_age ON group_landings (received_at);

            -- Up to when each schedule has been carried out.
            CREATE TABLE trigger_schedules (
                trigger_name text PRIMARY KEY,
                carried_out_to timestamptz NOT NULL
            );

            -- Landings of datasets leave the outbox through a worker that takes them for a time.
            ALTER TABLE outbox ADD COLUMN landing_taken_until timestamptz;
            CREATE INDEX outbox_landings ON outbox (outbox_id) WHERE kind = 'landing';
            """#)
}
