import Foundation

/// Brings a database to the schema of this program: each migration in a transaction of its own, one program at a time.
struct Migrator: Sendable {
    let pool: Pool
    let migrations: [Migration]
    /// A migration of a long history may take its time.
    private static let limit = Duration.seconds(600)

    init(_ pool: Pool, _ migrations: [Migration] = Migration.all) {
        self.pool = pool
        self.migrations = migrations
    }

    /// Applies what is missing, in order, and answers what it applied. Repeatable: a migration whose commit was not
    /// heard of is found on record.
    func migrate() async throws(StoreError) -> [Migration] {
        var applied: [Migration] = []
        for migration in migrations {
            let migrations = migrations
            let isNew = try await pool.use("migration \(migration.version) (\(migration.name))") {
                (on) throws(StoreError) in
                try on.transaction { () throws(StoreError) in
                    try on.script("SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = '60s'")
                    _ = try on.execute(MigrationStatements.lock())
                    try on.script(MigrationStatements.table)
                    let recorded = try Self.recorded(on)
                    try Self.check(recorded, against: migrations)
                    guard recorded[migration.version] == nil else { return false }
                    try on.script(migration.sql, limit: Self.limit)
                    _ = try on.execute(
                        MigrationStatements.record(
                            .int(migration.version), .text(migration.name), .text(migration.checksum)))
                    return true
                }
            }
            if isNew { applied.append(migration) }
        }
        return applied
    }

    /// In one transaction, one program at a time.
    func grantRoles() async throws(StoreError) {
        try await pool.use("granting of roles") { (on) throws(StoreError) in
            try on.transaction { () throws(StoreError) in
                _ = try on.execute(MigrationStatements.lock())
                try on.script(RoleGrants.script, limit: Self.limit)
            }
        }
    }

    /// Throws when the database has a schema that this program does not know.
    func isNeeded() async throws(StoreError) -> Bool {
        let migrations = migrations
        return try await pool.use("looking at the schema") { (on) throws(StoreError) in
            guard try on.execute(MigrationStatements.exists()).first?.bool("is_there") == true else { return true }
            let recorded = try Self.recorded(on)
            try Self.check(recorded, against: migrations)
            return migrations.contains { recorded[$0.version] == nil }
        }
    }

    private static func recorded(_ on: isolated Connection) throws(StoreError) -> [Int: String] {
        var recorded: [Int: String] = [:]
        for row in try on.execute(MigrationStatements.recorded()).rows {
            recorded[try row.int("version")] = try row.text("checksum")
        }
        return recorded
    }

    private static func check(_ recorded: [Int: String], against migrations: [Migration]) throws(StoreError) {
        let operation = "looking at the schema"
        let newest = migrations.last?.version ?? 0
        if let version = recorded.keys.max(), version > newest {
            throw StoreError(
                .refused, operation: operation,
                message: "the schema has version \(version), this program knows versions up to \(newest): "
                    + "use a newer program")
        }
        for migration in migrations {
            if let checksum = recorded[migration.version], checksum != migration.checksum {
                throw StoreError(
                    .refused, operation: operation,
                    message: "migration \(migration.version) (\(migration.name)) was applied with another content: "
                        + "the schema was made by another program or by an unreleased version of this one")
            }
        }
    }
}
