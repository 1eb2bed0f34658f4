import Foundation

/// The private PostgreSQL of a running fleet, as its administrator.
struct FleetStore {
    private let connection: String
    private let data: String

    init(in folder: TemporaryFolder) async throws {
        let environment = try String(contentsOfFile: folder.path + "/.quicketl/dev.env", encoding: .utf8)
        guard let found = environment.firstMatch(of: /QUICKETL_STORE='([^']*)'/) else {
            throw Program.Unexpected("no store in dev.env: \(environment)")
        }
        connection = String(found.1)
        data = try await Self.query("SHOW data_directory", connection)
    }

    /// The first column of the answer, a line per row.
    func text(_ sql: String) async throws -> String { try await Self.query(sql, connection) }

    /// Waits until a query answers `wanted`.
    func until(_ sql: String, is wanted: String, within limit: Duration = .seconds(90)) async throws {
        let end = ContinuousClock.now + limit
        var found = try await text(sql)
        while found != wanted {
            guard ContinuousClock.now < end else {
                throw Program.Unexpected("\(sql) never answered \(wanted), last: \(found)")
            }
            try await Task.sleep(for: .milliseconds(50))
            found = try await text(sql)
        }
    }

    func run(_ sql: String) async throws { _ = try await Self.query(sql, connection) }

    func stop() async throws { try await control("-m fast stop") }

    func start() async throws { try await control("-l \"$1/../server.log\" start") }

    private static func query(_ sql: String, _ connection: String) async throws -> String {
        let ended = try await Program.execute("/usr/bin/psql", ["-X", "-q", "-t", "-A", "-d", connection, "-c", sql])
        guard ended.code == 0 else { throw Program.Unexpected("psql: \(ended.errors)") }
        return ended.output.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// As the data's owner, with the programs of the data's version.
    private func control(_ action: String) async throws {
        let script = """
            owner=$(stat -c %U "$1") && as="env"
            [ "$owner" = "$(id -un)" ] || as="runuser -u $owner --"
            $as "/usr/lib/postgresql/$(cat "$1/PG_VERSION")/bin/pg_ctl" -D "$1" -w -s \(action) >/dev/null 2>&1
            """
        let ended = try await Program.execute("/bin/sh", ["-c", script, "sh", data])
        guard ended.code == 0 else { throw Program.Unexpected("pg_ctl \(action): \(ended.code) \(ended.errors)") }
    }
}
