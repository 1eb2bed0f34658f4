/// The record of what was applied.
enum MigrationStatements {
    /// One program at a time; released with the transaction.
    static let lock = Statement(
        "migration_lock", "SELECT pg_advisory_xact_lock(\(LockSpace.migration), 0)")

    static let table = """
        CREATE TABLE IF NOT EXISTS schema_migrations (
            version integer PRIMARY KEY,
            name text NOT NULL,
            checksum text NOT NULL,
            applied_at timestamptz NOT NULL DEFAULT now()
        )
        """

    static let exists = Statement(
        "migration_exists", "SELECT to_regclass('schema_migrations') IS NOT NULL AS is_there")

    static let recorded = Statement("migration_recorded", "SELECT version, checksum FROM schema_migrations")

    static let record = Statement(
        "migration_record",
        "INSERT INTO schema_migrations (version, name, checksum) VALUES ($1::integer, $2::text, $3::text)")
}
