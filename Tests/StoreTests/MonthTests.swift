import Fleet
import Foundation
import Pipeline
import Testing

@testable import Store

/// What settlements add to runs lies in tables of a month.
@Suite struct MonthTests {
    private let children = ["checks", "run_inputs", "run_messages", "run_outputs", "steps"]

    private func months(_ store: PostgresStore) async throws -> [String] {
        try await store.rows(
            """
            SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
             WHERE i.inhparent = 'steps'::regclass ORDER BY 1
            """
        ).compactMap { $0[0] }
    }

    @Test func monthsAreMadeAheadOnceByHoweverManyWorkers() async throws {
        try await withStore { store async throws in
            try await store.grantRoles()
            var settings = store.settings
            settings.connectionString += "&options=-c%20role%3Dquicketl_worker"
            let worker = PostgresStore(settings, logger: quiet)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<4 { group.addTask { try await worker.runs.makeMonths() } }
                try await group.waitForAll()
            }
            // One who finds another at work leaves the rest to it.
            try await worker.runs.makeMonths()
            await worker.close()
            #expect(try await months(store).count == 4)
            _ = try await FilledStore(store)
            for child in children {
                #expect(try await store.text("SELECT count(*) FROM \(child)") != "0")
                #expect(try await store.text("SELECT count(*) FROM \(child)_other") == "0", "\(child)")
            }
        }
    }

    @Test func whatCameWithoutAMonthIsMovedIntoItsMonth() async throws {
        try await withStore { store async throws in
            _ = try await FilledStore(store)
            let next = "date_trunc('month', now()) + interval '40 days'"
            for child in children {
                _ = try await store.rows("UPDATE \(child) SET created_at = \(next) RETURNING 1")
                #expect(try await store.text("SELECT count(*) FROM \(child)_other") != "0")
            }
            let before = try await store.rows("SELECT * FROM step_metrics ORDER BY 1, 2, 3")
            try await store.runs.makeMonths()
            for child in children { #expect(try await store.text("SELECT count(*) FROM \(child)_other") == "0") }
            #expect(try await store.rows("SELECT * FROM step_metrics ORDER BY 1, 2, 3") == before)
        }
    }

    @Test func aMonthGoesWhenNoRunOfItsTimeIsLeftAndNotBefore() async throws {
        try await withStore { store async throws in
            _ = try await FilledStore(store)
            try await store.runs.makeMonths()
            let first = try #require(try await months(store).first)
            // The run that is under way is of that time, too.
            _ = try await store.rows(
                """
                UPDATE runs SET recorded_at = recorded_at - interval '100 days', started_at = started_at - interval '100 days',
                       finished_at = finished_at - interval '100 days' RETURNING 1
                """)
            for child in children {
                _ = try await store.rows(
                    "UPDATE \(child) SET created_at = created_at - interval '100 days' RETURNING 1")
            }
            // As if the month had just ended.
            let end = "(date_trunc('month', now() AT TIME ZONE 'UTC') + interval '1 month') AT TIME ZONE 'UTC'"
            let drop = "SELECT drop_month(\(end))"
            #expect(try await Retention(store).remove(olderThan: .seconds(90 * 86_400)) == 3)
            #expect(try await store.text(drop) == nil)
            #expect(try await months(store).contains(first))
            _ = try await store.rows("DELETE FROM run_queue RETURNING 1")
            _ = try await store.rows("DELETE FROM runs RETURNING 1")
            #expect(try await store.text(drop) == first.replacingOccurrences(of: "steps", with: "checks"))
            for _ in 1..<children.count { #expect(try await store.text(drop) != nil) }
            #expect(try await store.text(drop) == nil)
            #expect(try await months(store).contains(first) == false)
        }
    }

    @Test func aHistoryFromBeforeTheMonthsIsStillRead() async throws {
        try await withStore(empty: true) { store async throws in
            _ = try await Migrator(store.runs.pool, Migration.all.filter { $0.version < 12 }).migrate()
            // What this program writes beyond the schema of then, as long as it does.
            let later = [
                ("ALTER TABLE runs ADD COLUMN source_code jsonb", "ALTER TABLE runs DROP COLUMN source_code"),
                (
                    "ALTER TABLE attempts ADD COLUMN engine_version text",
                    "ALTER TABLE attempts DROP COLUMN engine_version"
                ),
                (
                    "CREATE TABLE run_messages (run_id uuid, attempt integer, ordinal integer, created_at timestamptz, level text, message text)",
                    "DROP TABLE run_messages"
                ),
            ]
            for (add, _) in later { _ = try await store.rows(add) }
            let filled = try await FilledStore(store)
            for (_, remove) in later { _ = try await store.rows(remove) }
            let views = ["step_metrics", "check_history", "column_lineage_edges"]
            var before: [[[String?]]] = []
            for view in views { before.append(try await store.rows("SELECT * FROM \(view) ORDER BY 1, 2, 3, 4, 5")) }
            try await store.migrate()
            for (view, rows) in zip(views, before) {
                #expect(!rows.isEmpty)
                #expect(try await store.rows("SELECT * FROM \(view) ORDER BY 1, 2, 3, 4, 5") == rows, "\(view)")
            }
            #expect(try await store.text("SELECT sum(runs) FROM pipeline_summary") == "4")
            _ = try await store.runs.countEndedRuns()
            try await filled.succeed(
                "daily_delays", engine: "duckdb", from: "/data/raw/flights.csv", to: "/data/out/daily")
            #expect(try await store.text("SELECT sum(runs) FROM pipeline_summary") == "5")
            #expect(try await store.text("SELECT sum(times) FROM check_summary") == "4")
        }
    }
}
