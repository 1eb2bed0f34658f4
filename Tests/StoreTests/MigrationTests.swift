import Fleet
import Foundation
import Pipeline
import Testing

@testable import Store

@Suite struct MigrationTests {
    @Test func severalProgramsMigrateAtOnceAndEachStepIsAppliedOnce() async throws {
        try await withStore(empty: true) { store async throws in
            #expect(try await store.needsMigration())
            let applied = try await withThrowingTaskGroup(of: [String].self) { group in
                for _ in 0..<4 { group.addTask { try await store.migrate() } }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            #expect(applied.sorted() == Migration.all.map { "\($0.version) \($0.name)" }.sorted())
            #expect(try await store.needsMigration() == false)
            #expect(try await store.migrate() == [])
        }
    }

    @Test func runsThatAreUnderWayOutliveTheStepThatChangesTheirKeys() async throws {
        try await withStore(empty: true) { store async throws in
            _ = try await Migrator(store.runs.pool, Migration.all.filter { $0.version < 4 }).migrate()
            let run = RunRequest.sample(key: "/out/a")
            _ = try await store.rows(
                """
                WITH pipeline AS (
                    INSERT INTO pipelines (name, digest, yaml) VALUES ('sample', 'd', 'name: sample') RETURNING pipeline_id
                ), run AS (
                    INSERT INTO runs (run_id, pipeline_id, content_digest, state, priority, concurrency_key, key_hash,
                        variables, base_directory, requested_engine, retries, fail_on_checks, submitted_at, submitted_by)
                    SELECT '\(run.runID)', pipeline_id, '\(run.contentDigest)', 'submitted', 0, '/out/a', 7, '{}', '/',
                           'auto', 2, true, now(), 'x' FROM pipeline
                ) SELECT 1
                """)
            _ = try await store.rows(
                """
                WITH admitted AS (
                    UPDATE runs SET state = 'queued', accepted_at = now(), sequence = nextval('run_sequence')
                    RETURNING run_id, sequence
                )
                INSERT INTO run_queue (run_id, sequence, key_hash, base_priority, priority, state, due_at)
                SELECT run_id, sequence, 7, 0, 0, 'queued', now() FROM admitted RETURNING 1
                """)
            try await store.migrate()
            try await store.runs.accepted(.sample(key: "/out"))
            let worker = try await store.runs.worker()
            let claimed = try await store.runs.claim(worker, limit: 5).map(\.lease)
            #expect(claimed.map(\.runID) == [run.runID])
            _ = try await store.runs.settle(claimed[0], .succeeded(.sample(claimed[0])))
            #expect(try await store.runs.claim(worker, limit: 5).count == 1)
        }
    }

    @Test func aStepThatFailsLeavesNothing() async throws {
        try await withStore(empty: true) { store async throws in
            let half = Migration(version: 1, name: "half", sql: "CREATE TABLE half (); SELECT 1/0;")
            await #expect(throws: StoreError.self) { try await Migrator(store.runs.pool, [half]).migrate() }
            #expect(try await store.text("SELECT to_regclass('half')") == nil)
            #expect(try await store.text("SELECT to_regclass('schema_migrations')") == nil)
        }
    }

    @Test func aNewerSchemaIsRefused() async throws {
        try await withStore { store async throws in
            _ = try await store.rows(
                "INSERT INTO schema_migrations VALUES (9999, 'future', 'x') RETURNING version")
            for operation in [{ _ = try await store.needsMigration() }, { _ = try await store.migrate() }] {
                let error = await #expect(throws: StoreError.self) { try await operation() }
                #expect(error?.kind == .refused)
                #expect(error?.message.contains("newer program") == true)
            }
        }
    }

    @Test func aStepAppliedWithOtherContentIsRefused() async throws {
        try await withStore { store async throws in
            _ = try await store.rows("UPDATE schema_migrations SET checksum = 'x' WHERE version = 1 RETURNING version")
            let error = await #expect(throws: StoreError.self) { _ = try await store.needsMigration() }
            #expect(error?.kind == .refused)
        }
    }

    @Test func withoutASchemaTheErrorSaysWhatToRun() async throws {
        try await withStore(empty: true) { store async throws in
            let error = await #expect(throws: StoreError.self) { try await store.runs.accept([.sample()]) }
            #expect(error?.kind == .refused)
            #expect(error?.message.contains("quicketl migrate") == true)
        }
    }

    @Test func stepsAreNumberedFromOneWithoutGaps() {
        #expect(Migration.all.map(\.version) == Array(1...Migration.all.count))
    }
}
