import Fleet
import Foundation
import Pipeline
import Testing

@testable import Store

@Suite struct RetentionTests {
    /// Everything of the filled store as if it had happened 100 days ago.
    private func age(_ store: PostgresStore) async throws {
        _ = try await store.rows(
            """
            UPDATE runs SET finished_at = finished_at - interval '100 days', started_at = started_at - interval '100 days',
                   submitted_at = submitted_at - interval '100 days', recorded_at = recorded_at - interval '100 days'
            RETURNING 1
            """)
    }

    @Test func oldRunsGoWithAllThatIsTheirsAndOpenOnesStay() async throws {
        try await withStore { store async throws in
            let filled = try await FilledStore(store)
            try await age(store)
            let young = try await filled.succeed("daily_delays", engine: "duckdb", from: "/a", to: "/b")
            let retention = Retention(store, batch: 2)
            #expect(try await retention.count(olderThan: .seconds(90 * 86_400)) == 3)
            #expect(try await retention.remove(olderThan: .seconds(101 * 86_400)) == 0)
            #expect(try await retention.remove(olderThan: .seconds(90 * 86_400)) == 3)
            let left = try await store.history.listRuns()
            #expect(Set(left.map(\.state)) == [.running, .succeeded])
            #expect(left.contains { $0.runID == young })
            for view in [
                "attempt_history", "step_metrics", "check_history", "dataset_versions", "column_lineage_edges",
            ] {
                let column = view == "dataset_versions" ? "version" : "run_id"
                let orphans = try await store.text(
                    """
                    SELECT count(*) FROM \(view) v WHERE NOT EXISTS (SELECT 1 FROM runs r WHERE r.run_id = v.\(column))
                    """)
                #expect(orphans == "0", "\(view)")
            }
            #expect(try await store.text("SELECT count(*) FROM attempts") == "2")
            // Those that stay go on, and new ones find what is shared.
            try await filled.succeed("daily_delays", engine: "duckdb", from: "/a", to: "/b")
            #expect(try await store.text("SELECT count(*) FROM column_lineage_edges") != "0")
        }
    }

    @Test func eventsOfForgottenRunsHoldUpNothing() async throws {
        try await withStore { store async throws in
            let deliverer = WorkerID()
            _ = try await store.runs.takeEvents(deliverer, limit: 1)
            _ = try await FilledStore(store)
            try await age(store)
            try await Retention(store).remove(olderThan: .seconds(90 * 86_400))
            #expect(try await store.runs.takeEvents(deliverer, limit: 100).map(\.kind) == [.start])
            #expect(try await store.text("SELECT count(*) FROM lineage_outbox") == "1")
        }
    }
}
