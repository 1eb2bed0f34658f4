import Foundation

/// A PostgreSQL server of our own, for development on one machine and for tests.
///
/// It listens on a Unix socket in a directory that only its user can enter, and nowhere else; so it needs no password
/// and no port. It stops when this process ends, however it ends (see `ServerGuard`). A server that still runs on the
/// same directory is used as it is, and stopped by us as well.
public actor PrivatePostgres {
    public enum Lifetime: Sendable {
        /// The data stays for the next start.
        case kept
        /// The data goes when this process ends, and is not flushed to the disk.
        case temporary
    }

    private let wanted: String
    private let lifetime: Lifetime
    private var running: (tool: PostgresTool, home: PostgresHome, guardian: ServerGuard)?
    private static let database = "quicketl"
    private static let startSeconds = 60
    private static let longestLog = 8_000_000

    /// `directory` is made where it is missing. Nothing happens before `start`.
    public init(directory: String, lifetime: Lifetime = .kept) {
        wanted = directory
        self.lifetime = lifetime
    }

    /// A server for tests, in a new directory below the system's temporary one.
    public static func temporary() -> PrivatePostgres {
        let name = "quicketl-postgres-\(ProcessInfo.processInfo.processIdentifier)-\(UInt32.random(in: 0 ... .max))"
        return PrivatePostgres(directory: "/tmp/\(name)", lifetime: .temporary)
    }

    /// Starts the server, makes the database where it is missing, and answers how to connect, as a URI.
    /// Called again while it runs: the same answer.
    @discardableResult
    public func start() async throws(PrivatePostgresError) -> String {
        if let running { return Self.connectionString(running.home) }
        let user = try ServerUser.choose()
        let home = try PostgresHome.prepare(wanted, for: user)
        try await start(home, user)
        return Self.connectionString(home)
    }

    private func start(_ home: PostgresHome, _ user: ServerUser) async throws(PrivatePostgresError) {
        let tool = PostgresTool(programs: try PostgresPrograms.find(version: home.dataVersion), user: user)
        let removed = lifetime == .temporary ? [home.directory, home.socketDirectory] : []
        // Before there is anything to guard: killed at any moment from here on, this process leaves nothing behind.
        let guardian = ServerGuard(tool.programs, home, user, removing: removed)
        do {
            if home.dataVersion == nil { try await initialize(tool, home) }
            try await launch(tool, home)
        } catch {
            // `try?`: the error on its way says more than one of tidying up after it.
            try? await guardian.stop(keepingData: lifetime == .kept)
            throw error
        }
        running = (tool, home, guardian)
        try await makeDatabase(home)
    }

    /// Ends the server's sessions and returns when it has stopped. The data stays.
    public func stop() async throws(PrivatePostgresError) { try await stop(keepingData: true) }

    /// Stops the server and removes its directory, if it is a temporary one.
    public func remove() async throws(PrivatePostgresError) { try await stop(keepingData: false) }

    /// Where the server's data really are.
    public var dataDirectory: String? { running?.home.data }

    private func stop(keepingData: Bool) async throws(PrivatePostgresError) {
        guard let stopping = running else { return }
        running = nil
        do {
            try await stopping.guardian.stop(keepingData: keepingData)
        } catch {
            throw PrivatePostgresError(.failed, "stopping the private PostgreSQL failed: \(error)")
        }
    }

    /// Into a directory beside the final one: an interrupted start leaves no half of one.
    private func initialize(_ tool: PostgresTool, _ home: PostgresHome) async throws(PrivatePostgresError) {
        let fresh = "\(home.directory)/data.new"
        do {
            if FileManager.default.fileExists(atPath: fresh) { try FileManager.default.removeItem(atPath: fresh) }
        } catch {
            throw PrivatePostgresError(.directory, "removing \(fresh), left by an interrupted start, failed: \(error)")
        }
        let outcome = try await tool.run(
            "initdb",
            [
                "-D", fresh, "-U", Self.database, "--auth-local=trust", "--auth-host=reject", "--encoding=UTF8",
                "--locale=C", "-N",
            ])
        guard outcome.code == 0 else {
            throw PrivatePostgresError(.failed, "initdb failed: \(outcome.output.suffix(2000))")
        }
        guard rename(fresh, home.data) == 0 else {
            throw PrivatePostgresError(
                .directory, "moving \(fresh) to \(home.data) failed: \(String(cString: strerror(errno)))")
        }
    }

    private func launch(_ tool: PostgresTool, _ home: PostgresHome) async throws(PrivatePostgresError) {
        try configure(home)
        let deadline = ContinuousClock.now + .seconds(Self.startSeconds)
        var output = ""
        while true {
            if try await tool.run("pg_ctl", ["-D", home.data, "-s", "status"]).code == 0 {
                if await admits(home) { return }
                // On its way up, or down because its last owner has just died. There is no signal to wait for.
                guard .now < deadline else { break }
                do { try await Task.sleep(for: .milliseconds(100)) } catch {
                    throw PrivatePostgresError(.failed, "starting a private PostgreSQL was cancelled")
                }
                continue
            }
            guard .now < deadline else { break }
            // Waits until the server admits sessions. It goes on by itself, and away from our terminal.
            let outcome = try await tool.run(
                "pg_ctl", ["-D", home.data, "-l", home.log, "-w", "-t", String(Self.startSeconds), "-s", "start"])
            if outcome.code == 0 { return }
            output = outcome.output
            // Unless another one was quicker, there is no use in trying again.
            guard try await tool.run("pg_ctl", ["-D", home.data, "-s", "status"]).code == 0 else { break }
        }
        // `try?`: without a log there is only what pg_ctl said.
        let log = (try? String(contentsOfFile: home.log, encoding: .utf8)) ?? ""
        throw PrivatePostgresError(
            .failed, "starting a private PostgreSQL in \(home.data) failed: \(output)\n\(log.suffix(2000))")
    }

    /// Written anew at each start: the directories may have moved.
    private func configure(_ home: PostgresHome) throws(PrivatePostgresError) {
        var settings = [
            ("listen_addresses", "''"), ("port", "5432"),
            ("unix_socket_directories", "'\(home.socketDirectory.replacingOccurrences(of: "'", with: "''"))'"),
            ("unix_socket_permissions", "0700"), ("max_connections", "300"), ("shared_buffers", "'64MB'"),
            ("logging_collector", "off"), ("log_min_messages", "warning"), ("log_statement", "none"),
            // Details quote the values of rows.
            ("log_error_verbosity", "terse"), ("log_min_error_statement", "panic"), ("log_timezone", "'UTC'"),
            ("timezone", "'UTC'"),
        ]
        if lifetime == .temporary {
            settings += [("fsync", "off"), ("full_page_writes", "off"), ("autovacuum_naptime", "'5s'")]
        }
        let text =
            "# Written at each start; changes belong into postgresql.auto.conf.\n"
            + settings.map { "\($0) = \($1)\n" }.joined()
        let path = "\(home.data)/postgresql.conf"
        do {
            // The log of many starts is kept within bounds.
            let log = URL(fileURLWithPath: home.log)
            if FileManager.default.fileExists(atPath: home.log),
                try log.resourceValues(forKeys: [.fileSizeKey]).fileSize ?? 0 > Self.longestLog
            {
                try FileManager.default.removeItem(at: log)
            }
            // In place, so that the file stays its owner's.
            try text.write(toFile: path, atomically: false, encoding: .utf8)
        } catch {
            throw PrivatePostgresError(.directory, "preparing \(path) failed: \(error)")
        }
    }

    private func admits(_ home: PostgresHome) async -> Bool {
        do {
            let connection = try await Connection.open(
                StoreSettings(Self.connectionString(home, database: "postgres"), connectLimit: .seconds(5)))
            await connection.close()
            return true
        } catch {
            return false
        }
    }

    private func makeDatabase(_ home: PostgresHome) async throws(PrivatePostgresError) {
        do {
            let connection = try await Connection.open(
                StoreSettings(Self.connectionString(home, database: "postgres")))
            let exists = Statement("database_exists", "SELECT 1 FROM pg_database WHERE datname = $1::text")
            do {
                try await connection.run("making the database") { (on) throws(StoreError) in
                    guard try on.execute(exists(.text(Self.database))).isEmpty else { return }
                    try on.script("CREATE DATABASE \(Self.database)")
                }
            } catch {
                await connection.close()
                throw error
            }
            await connection.close()
        } catch {
            throw PrivatePostgresError(.failed, "making the database of the private PostgreSQL failed: \(error)")
        }
    }

    private static func connectionString(_ home: PostgresHome, database: String = database) -> String {
        let allowed = CharacterSet(charactersIn: "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~")
        let host = home.socketDirectory.addingPercentEncoding(withAllowedCharacters: allowed) ?? home.socketDirectory
        return "postgresql://\(Self.database)@/\(database)?host=\(host)&port=5432"
    }
}
