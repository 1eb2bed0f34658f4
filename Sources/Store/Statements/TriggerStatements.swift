/// What triggers remember.
enum TriggerStatements {
    /// Each new landing joins the open group of its key, or opens one. In the order of digests, so that two batches
    /// can't wait for each other. $1 landing digests, $2 triggers, $3 places, $4 group digests, $5 captures, $6 the bit
    /// of the condition met, $7 the bits wanted, $8 milliseconds of quiet, or null.
    static let join = Statement(
        "trigger_join",
        """
        WITH given AS MATERIALIZED (
            SELECT DISTINCT ON (landing_digest COLLATE "C") *
              FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::bigint[],
                          $8::bigint[])
                AS g (landing_digest, trigger_name, uri, group_digest, captures, part, wanted, quiet)
             ORDER BY landing_digest COLLATE "C"
        ), new AS (
            INSERT INTO group_landings (landing_digest, trigger_name, uri)
            SELECT landing_digest, trigger_name, uri FROM given ORDER BY landing_digest COLLATE "C"
            ON CONFLICT (landing_digest) DO NOTHING
            RETURNING landing_digest
        ), grouped AS (
            SELECT group_digest, min(trigger_name) AS trigger_name, min(captures) AS captures, bit_or(part) AS met,
                   max(wanted) AS wanted, max(quiet) AS quiet, count(*) AS landings
              FROM given JOIN new USING (landing_digest)
             GROUP BY group_digest
        )
        INSERT INTO landing_groups AS open (trigger_name, group_digest, captures, parts_met, parts_wanted, landings, due_at)
        SELECT trigger_name, group_digest, captures::jsonb, met, wanted, landings,
               CASE WHEN quiet IS NOT NULL THEN clock_timestamp() + quiet * interval '1 millisecond'
                    WHEN met & wanted = wanted THEN clock_timestamp() END
          FROM grouped ORDER BY group_digest COLLATE "C"
        ON CONFLICT (group_digest) WHERE closed_at IS NULL DO UPDATE
           SET parts_met = open.parts_met | excluded.parts_met, parts_wanted = excluded.parts_wanted,
               landings = open.landings + excluded.landings,
               due_at = CASE WHEN excluded.parts_wanted = 1 THEN greatest(open.due_at, excluded.due_at)
                             WHEN (open.parts_met | excluded.parts_met) & excluded.parts_wanted = excluded.parts_wanted
                             THEN coalesce(open.due_at, clock_timestamp()) END
        RETURNING group_id
        """)

    /// $1 triggers, $2 how many.
    static let close = Statement(
        "trigger_close",
        """
        UPDATE landing_groups SET closed_at = clock_timestamp()
         WHERE group_id IN (
            SELECT group_id FROM landing_groups
             WHERE closed_at IS NULL AND due_at <= clock_timestamp() AND trigger_name = ANY ($1::text[])
             ORDER BY due_at LIMIT $2::integer FOR UPDATE SKIP LOCKED)
        """)

    /// $1 triggers, $2 how many.
    static let closed = Statement(
        "trigger_closed",
        """
        SELECT group_id, trigger_name, captures FROM landing_groups
         WHERE closed_at IS NOT NULL AND trigger_name = ANY ($1::text[])
         ORDER BY closed_at, group_id LIMIT $2::integer
        """)

    /// $1 groups.
    static let remove = Statement(
        "trigger_remove", "DELETE FROM landing_groups WHERE group_id = ANY ($1::uuid[]) AND closed_at IS NOT NULL")

    /// Milliseconds, rounded up; less than nothing for what is overdue. $1 triggers.
    static let untilDue = Statement(
        "trigger_until_due",
        """
        SELECT ceil(extract(epoch FROM min(due_at) - clock_timestamp()) * 1000)::bigint AS milliseconds
          FROM landing_groups WHERE closed_at IS NULL AND due_at IS NOT NULL AND trigger_name = ANY ($1::text[])
        """)

    /// $1 days.
    static let forget = Statement(
        "trigger_forget",
        """
        DELETE FROM group_landings WHERE landing_digest IN (
            SELECT landing_digest FROM group_landings
             WHERE received_at < clock_timestamp() - $1::integer * interval '1 day' LIMIT 10000)
        """)

    /// $1 triggers, $2 where new ones begin.
    static let beginSchedules = Statement(
        "trigger_begin_schedules",
        """
        INSERT INTO trigger_schedules (trigger_name, carried_out_to)
        SELECT name, \(SQL.instant("$2::bigint")) FROM unnest($1::text[]) AS name ORDER BY name COLLATE "C"
        ON CONFLICT (trigger_name) DO NOTHING
        """)

    /// $1 triggers.
    static let schedules = Statement(
        "trigger_schedules",
        """
        SELECT trigger_name, \(SQL.micros("carried_out_to")) AS carried_out_micros FROM trigger_schedules
         WHERE trigger_name = ANY ($1::text[])
        """)

    /// $1 trigger, $2 moment.
    static let advance = Statement(
        "trigger_advance",
        """
        UPDATE trigger_schedules SET carried_out_to = \(SQL.instant("$2::bigint"))
         WHERE trigger_name = $1::text AND carried_out_to < \(SQL.instant("$2::bigint"))
        """)

    // MARK: The outbox

    /// Takes landings of datasets for a time; they are free again when whoever took them has died. $1 how many,
    /// $2 milliseconds.
    static let takeAnnouncements = Statement(
        "outbox_take_landings",
        """
        UPDATE outbox SET landing_taken_until = clock_timestamp() + $2::bigint * interval '1 millisecond'
         WHERE outbox_id IN (
            SELECT outbox_id FROM outbox
             WHERE kind = 'landing' AND (landing_taken_until IS NULL OR landing_taken_until < clock_timestamp())
             ORDER BY outbox_id LIMIT $1::integer FOR UPDATE SKIP LOCKED)
        RETURNING outbox_id, run_id, payload, \(SQL.micros("created_at")) AS created_micros
        """)

    /// $1 numbers.
    static let removeAnnouncements = Statement(
        "outbox_remove_landings", "DELETE FROM outbox WHERE outbox_id = ANY ($1::bigint[]) AND kind = 'landing'")
}
