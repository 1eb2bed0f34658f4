import Fleet
import Foundation
import Support

@testable import Store

/// What the campaign reads in PostgreSQL, past every proxy.
struct CampaignStore: Sendable {
    struct Run: Sendable {
        var id: String
        var key: String
        var state: String
        var sequence: Int
        var error: String
    }

    struct Attempt: Sendable {
        var run: String
        var number: Int
        var worker: String
        var state: String
        /// Seconds since 1970.
        var started: Double
        var finished: Double?
    }

    let settings: StoreSettings

    /// Patient: the server may be on its way up again.
    func rows(_ sql: String, patience: Duration = .seconds(30)) async throws -> [[String?]] {
        let end = ContinuousClock.now + patience
        while true {
            do {
                return try await once(sql)
            } catch {
                guard ContinuousClock.now < end else { throw error }
                try await Task.sleep(for: .milliseconds(100))
            }
        }
    }

    private func once(_ sql: String) async throws -> [[String?]] {
        let connection = try await Connection.open(settings)
        let statement = Statement("campaign", sql)
        do {
            let rows = try await connection.run("campaign") { (on) throws(StoreError) in
                try on.execute(statement()).rows.map(\.values)
            }
            await connection.close()
            return rows
        } catch {
            await connection.close()
            throw error
        }
    }

    func runs() async throws -> [Run] {
        try await rows(
            """
            SELECT run_id, idempotency_key, state, coalesce(sequence, 0), concat_ws(' ', error_kind, error) FROM runs
            """
        ).map {
            Run(
                id: $0[0] ?? "", key: $0[1] ?? "", state: $0[2] ?? "", sequence: Int($0[3] ?? "") ?? 0,
                error: $0[4] ?? "")
        }
    }

    func attempts() async throws -> [Attempt] {
        try await rows(
            """
            SELECT run_id, attempt, worker_id, state, extract(epoch FROM started_at), extract(epoch FROM finished_at)
              FROM attempts
            """
        ).map {
            Attempt(
                run: $0[0] ?? "", number: Int($0[1] ?? "") ?? 0, worker: $0[2] ?? "", state: $0[3] ?? "",
                started: Double($0[4] ?? "") ?? 0, finished: $0[5].flatMap { Double($0) })
        }
    }

    /// Empty when history agrees with itself.
    func contradictions() async throws -> [String] {
        try await rows(HistoryContradictions.sql).map { $0[0] ?? "" }
    }

    /// Runs that the process holds, by their states.
    func held(by process: pid_t) async throws -> [(run: String, state: String)] {
        try await rows(
            """
            SELECT q.run_id, q.state FROM run_queue q JOIN workers w USING (worker_id)
             WHERE w.process_id = \(process) AND w.state = 'live'
            """, patience: .seconds(5)
        ).map { ($0[0] ?? "", $0[1] ?? "") }
    }

    /// Processes of workers that may judge others: their standing session has lasted for the ten seconds it needs.
    func observers() async throws -> [pid_t] {
        try await rows(
            """
            SELECT w.process_id FROM workers w
              JOIN pg_locks l ON l.locktype = 'advisory' AND l.granted AND l.objid = w.lock_number::oid
              JOIN pg_stat_activity a USING (pid)
             WHERE w.state = 'live' AND a.backend_start < now() - interval '10.5 s'
            """, patience: .seconds(2)
        ).compactMap { $0[0].flatMap { pid_t($0) } }
    }

    func terminateSessions() async throws {
        _ = try await rows(
            """
            SELECT pg_terminate_backend(pid) FROM pg_stat_activity
             WHERE pid <> pg_backend_pid() AND application_name LIKE 'quicketl%'
            """, patience: .seconds(5))
    }
}
