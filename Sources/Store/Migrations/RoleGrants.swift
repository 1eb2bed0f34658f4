/// Who may do what: `quicketl_owner` changes the schema and forgets history, `quicketl_worker` is for workers and
/// submitters, `quicketl_reader` reads the views. Made by an administrator who is allowed to make roles; to be repeated
/// after each migration, for what that has made.
enum RoleGrants {
    static let views = [
        "run_history", "attempt_history", "step_metrics", "pipeline_summary", "dataset_lineage",
        "column_lineage_edges", "dataset_versions", "fleet_status", "check_history", "router_history",
        "backfill_history", "workflow_history", "workflow_run_history", "step_summary", "check_summary",
        "message_history",
    ]

    /// What a worker or a submitter does to a table; a table that is not named here is none of their business.
    private static let tables: [(rights: String, names: [String])] = [
        ("SELECT", ["schema_migrations"]),
        // Never changed, never removed by those who write them.
        (
            "SELECT, INSERT",
            [
                "pipelines", "datasets", "lineages", "column_lineage", "dataset_edges", "steps", "checks", "run_inputs",
                "run_outputs", "run_messages", "backfills", "backfill_runs", "routing_observations", "workflow_steps",
            ]
        ),
        ("SELECT, INSERT, UPDATE", ["runs", "attempts", "dead_letters", "workflows"]),
        ("SELECT, UPDATE", ["event_delivery"]),
        (
            "SELECT, INSERT, UPDATE, DELETE",
            [
                "run_queue", "workers", "cancellations", "outbox", "lineage_outbox", "landing_groups", "group_landings",
                "trigger_schedules", "workflow_wakes", "run_ends", "pipeline_totals", "pipeline_durations",
                "step_totals", "check_totals",
            ]
        ),
    ]

    /// Roles belong to the whole server: another database's administrator may be making them at the same time.
    static let script = """
        DO $do$
        DECLARE
            role_name text;
            item record;
        BEGIN
            FOREACH role_name IN ARRAY ARRAY['quicketl_owner', 'quicketl_worker', 'quicketl_reader'] LOOP
                BEGIN
                    EXECUTE format('CREATE ROLE %I NOLOGIN', role_name);
                EXCEPTION WHEN duplicate_object OR unique_violation THEN
                    NULL;
                END;
            END LOOP;
            IF NOT pg_has_role(current_user, 'quicketl_owner', 'MEMBER') THEN
                EXECUTE format('GRANT quicketl_owner TO %I', current_user);
            END IF;
            EXECUTE format('GRANT USAGE, CREATE ON SCHEMA %I TO quicketl_owner', current_schema());
            EXECUTE format('GRANT USAGE ON SCHEMA %I TO quicketl_worker, quicketl_reader', current_schema());
            FOR item IN
                SELECT c.oid::regclass AS name, c.relkind FROM pg_class c
                 WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p', 'v', 'S')
                   AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = c.oid AND d.deptype IN ('e', 'i', 'a')
                                    AND c.relkind = 'S')
            LOOP
                EXECUTE format('ALTER %s %s OWNER TO quicketl_owner',
                    CASE item.relkind WHEN 'v' THEN 'VIEW' WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END, item.name);
            END LOOP;
            FOR item IN
                SELECT p.oid::regprocedure AS name FROM pg_proc p
                 WHERE p.pronamespace = current_schema()::regnamespace
                   AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
            LOOP
                EXECUTE format('ALTER FUNCTION %s OWNER TO quicketl_owner', item.name);
                EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', item.name);
                EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO quicketl_worker', item.name);
            END LOOP;
        END
        $do$;
        \(tables.map { "GRANT \($0.rights) ON \($0.names.joined(separator: ", ")) TO quicketl_worker;" }
            .joined(separator: "\n"))
        GRANT USAGE ON SEQUENCE run_sequence TO quicketl_worker;
        GRANT SELECT ON \(views.joined(separator: ", ")) TO quicketl_worker, quicketl_reader;
        GRANT EXECUTE ON FUNCTION related_datasets(bigint, text), dataset_id(text, text),
            newest_version(text, text), duration_bucket(double precision) TO quicketl_reader;
        """
}
