import Fleet
import Foundation
import Pipeline
import Testing

@testable import Store

@Suite struct RoleTests {
    /// The store as a member of `role` sees it, on the same database.
    private func asRole(
        _ role: String, _ store: PostgresStore, _ body: (PostgresStore) async throws -> Void
    ) async throws {
        var settings = store.settings
        settings.connectionString += "&options=-c%20role%3D\(role)"
        let other = PostgresStore(settings, logger: quiet)
        do {
            try await body(other)
        } catch {
            await other.close()
            throw error
        }
        await other.close()
    }

    private func isDenied(_ store: PostgresStore, _ sql: String) async -> Bool {
        do {
            _ = try await store.rows(sql)
            return false
        } catch {
            return (error as? StoreError)?.sqlState?.code == "42501"
        }
    }

    @Test func aReaderReadsTheViewsAndNothingElse() async throws {
        try await withStore { store async throws in
            _ = try await FilledStore(store)
            try await store.runs.plan(backfill: UUID(), pipeline: "daily", submittedBy: "me", runs: [.random()])
            #expect(try await store.runs.accept(WorkflowRequest.sample([1])) == .accepted)
            try await store.grantRoles()
            try await asRole("quicketl_reader", store) { reader in
                for view in RoleGrants.views {
                    #expect(try await reader.text("SELECT count(*) FROM \(view)") != "0", "\(view)")
                    // Of a view that joins tables nothing can be deleted by anybody.
                    await #expect(throws: StoreError.self) { _ = try await reader.rows("DELETE FROM \(view)") }
                }
                let tables = try await store.rows(
                    "SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
                #expect(tables.count > 15)
                for table in tables.compactMap({ $0[0] }) {
                    #expect(await isDenied(reader, "SELECT 1 FROM \(table)"), "\(table)")
                    #expect(await isDenied(reader, "DELETE FROM \(table)"), "\(table)")
                }
                #expect(await isDenied(reader, "SELECT claim_runs(gen_random_uuid(), 1, 1, false)"))
                #expect(await isDenied(reader, "CREATE TABLE mine ()"))
            }
        }
    }

    @Test func aWorkerDoesItsWorkAndCannotRewriteHistory() async throws {
        try await withStore { store async throws in
            try await store.grantRoles()
            try await asRole("quicketl_worker", store) { worker in
                #expect(try await worker.needsMigration() == false)
                let filled = try await FilledStore(worker)
                #expect(try await worker.history.listRuns().count == 4)
                let cancelled = RunRequest.sample()
                _ = try await worker.runs.submit(cancelled)
                _ = try await worker.runs.cancel(cancelled.runID)
                _ = try await worker.runs.renew(filled.worker, held: [])
                _ = try await worker.runs.observeWorkers(except: filled.worker)
                let workflow = WorkflowRequest.sample([1, 1])
                #expect(try await worker.runs.accept(workflow) == .accepted)
                let run = try #require(try await worker.runs.claimOne(filled.worker))
                #expect(run.lease.runID == workflow.runs[0].runID)
                _ = try await worker.runs.settle(run.lease, .cancelled)
                _ = try await worker.runs.advanceWorkflows()
                #expect(try await worker.history.workflow(workflow.workflowID)?.summary.skipped == 1)
                #expect(try await worker.runs.cancelWorkflow(workflow.workflowID) == false)
                _ = try await worker.runs.retire(filled.worker)
                for table in ["runs", "attempts", "checks", "run_outputs", "pipelines", "schema_migrations"] {
                    #expect(await isDenied(worker, "DELETE FROM \(table)"), "\(table)")
                }
                for table in ["checks", "steps", "run_inputs", "run_outputs", "run_messages"] {
                    #expect(await isDenied(worker, "UPDATE \(table) SET attempt = 1"), "\(table)")
                }
                #expect(await isDenied(worker, "ALTER TABLE runs ADD COLUMN x integer"))
            }
        }
    }

    @Test func rolesAreGrantedAgainWithoutHarm() async throws {
        try await withStore { store async throws in
            try await store.grantRoles()
            try await store.grantRoles()
            #expect(
                try await store.text("SELECT tableowner FROM pg_tables WHERE tablename = 'runs'") == "quicketl_owner")
            #expect(try await store.migrate() == [])
        }
    }
}
