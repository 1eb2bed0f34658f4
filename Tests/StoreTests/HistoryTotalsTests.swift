import Fleet
import Foundation
import Pipeline
import Testing

@testable import Store

/// Totals say what counting all runs would say, whatever has been counted of them.
@Suite struct HistoryTotalsTests {
    private let summary = """
        SELECT pipeline, runs, succeeded, failed, open, rows_in, rows_out, bytes_in, bytes_out, duckdb_share, spark_share,
               success_rate, last_success_at, last_submitted_at, round(p50_duration_ms::numeric, 6),
               round(p95_duration_ms::numeric, 6) FROM pipeline_summary ORDER BY pipeline
        """
    private let counted = """
        SELECT p.name, count(*), count(*) FILTER (WHERE state = 'succeeded'),
               count(*) FILTER (WHERE state IN ('failed', 'dead')), count(*) FILTER (WHERE finished_at IS NULL),
               sum(rows_in), sum(rows_out), sum(bytes_in), sum(bytes_out)
          FROM runs JOIN pipelines p USING (pipeline_id) GROUP BY p.name ORDER BY p.name
        """
    private let others = [
        "SELECT pipeline, step, type, engine, times, round(mean_ms::numeric, 3), mean_rows_in, mean_rows_out FROM step_summary ORDER BY 1, 2, 3, 4",
        "SELECT * FROM check_summary ORDER BY 1, 2, 3, 4",
    ]

    private func everything(_ store: PostgresStore) async throws -> [[[String?]]] {
        var answers = [try await store.rows(summary)]
        for query in others { answers.append(try await store.rows(query)) }
        return answers
    }

    @Test func whatIsReadDoesNotChangeWhenItIsCounted() async throws {
        try await withStore { store async throws in
            let filled = try await FilledStore(store)
            let before = try await everything(store)
            #expect(before[0].map { Array($0.prefix(9)) } == (try await store.rows(counted)))
            #expect(try await store.runs.countEndedRuns() == false)
            #expect(try await store.text("SELECT count(*) FROM run_ends") == "0")
            #expect(try await everything(store) == before)
            // Half counted, half not.
            try await filled.failChecks("daily_delays")
            try await filled.succeed("monthly_delays", engine: "duckdb", from: "/a", to: "/b")
            let mixed = try await everything(store)
            #expect(mixed != before)
            #expect(mixed[0].map { Array($0.prefix(9)) } == (try await store.rows(counted)))
            _ = try await store.runs.countEndedRuns()
            #expect(try await everything(store) == mixed)
        }
    }

    @Test func manyWhoCountAtOnceCountEachRunOnce() async throws {
        try await withStore { store async throws in
            let filled = try await FilledStore(store)
            for _ in 0..<5 { try await filled.failChecks("daily_delays") }
            let before = try await everything(store)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<6 { group.addTask { _ = try await store.runs.countEndedRuns() } }
                try await group.waitForAll()
            }
            #expect(try await store.text("SELECT count(*) FROM run_ends") == "0")
            #expect(try await store.text("SELECT sum(runs) FROM pipeline_totals") == "8")
            #expect(try await everything(store) == before)
        }
    }

    @Test func aCountThatIsRolledBackCountsNothing() async throws {
        try await withStore { store async throws in
            _ = try await FilledStore(store)
            let before = try await everything(store)
            await #expect(throws: StoreError.self) {
                _ = try await store.rows(
                    "SELECT count_ended_runs(10), 1 / (SELECT count(*) FROM runs WHERE state = 'x')")
            }
            #expect(try await store.text("SELECT count(*) FROM run_ends") == "3")
            #expect(try await store.text("SELECT count(*) FROM pipeline_totals") == "0")
            #expect(try await everything(store) == before)
        }
    }

    @Test(arguments: [true, false]) func whatRetentionRemovesIsTakenOff(_ isCounted: Bool) async throws {
        try await withStore { store async throws in
            let filled = try await FilledStore(store)
            if isCounted { _ = try await store.runs.countEndedRuns() }
            _ = try await store.rows(
                "UPDATE runs SET finished_at = finished_at - interval '100 days', started_at = started_at - interval '100 days' WHERE finished_at IS NOT NULL RETURNING 1"
            )
            try await filled.succeed("monthly_delays", engine: "duckdb", from: "/a", to: "/b")
            #expect(try await Retention(store, batch: 2).remove(olderThan: .seconds(90 * 86_400)) == 3)
            let left = try await store.rows(summary)
            #expect(left.map { Array($0.prefix(9)) } == (try await store.rows(counted)))
            #expect(try await store.rows("SELECT pipeline, times FROM check_summary") == [["monthly_delays", "1"]])
            _ = try await store.runs.countEndedRuns()
            #expect(try await store.rows(summary) == left)
        }
    }

    @Test func noPlanIsCompiledHoweverMuchItSeemsToCost() async throws {
        try await withStore { store async throws in
            #expect(try await store.text("SELECT current_setting('jit')") == "off")
        }
    }

    @Test func percentilesAreAtMostFivePercentOff() async throws {
        try await withStore { store async throws in
            let wrong = try await store.text(
                """
                SELECT count(*) FROM generate_series(0, 2000) AS n
                 CROSS JOIN LATERAL (SELECT 1.01::double precision ^ n AS ms) AS v
                 WHERE abs(1.1::double precision ^ (duration_bucket(ms) - 0.5) / ms - 1) > 0.05
                """)
            #expect(wrong == "0")
            // Of one run it is the time of that run.
            _ = try await FilledStore(store)
            let differing = """
                SELECT count(*) FROM pipeline_summary s JOIN run_history h USING (pipeline)
                 WHERE h.state = 'succeeded' AND abs(s.p95_duration_ms
                           - extract(epoch FROM h.finished_at - h.started_at)::double precision * 1000) > 0.001
                """
            #expect(try await store.text(differing) == "0")
        }
    }
}
