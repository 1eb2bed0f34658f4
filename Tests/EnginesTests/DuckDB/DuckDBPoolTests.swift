import Fleet
import Foundation
import Support
import Testing

@testable import Engines

@Suite struct DuckDBPoolTests {
    private func withPool(
        slots: Int = 1, runsPerChild: Int = 100, idleResidentLimitBytes: Int64 = 512 << 20,
        _ body: (DuckDBPool) async throws -> Void
    ) async throws {
        try await withTemporaryFolder { folder in
            var settings = try duckDBSettings(in: folder)
            (settings.slots, settings.runsPerChild) = (slots, runsPerChild)
            settings.idleResidentLimitBytes = idleResidentLimitBytes
            let pool = DuckDBPool(settings: settings)
            do {
                try await body(pool)
            } catch {
                await pool.shutDown()
                throw error
            }
            await pool.shutDown()
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder + "/tmp").isEmpty)
        }
    }

    private func child(of pool: DuckDBPool, _ sql: String = "SELECT 1 AS a") async throws -> Int32 {
        try await pool.withProcess { process in
            _ = try await process.execute([sql])
            return process.child.processID
        }
    }

    @Test("children are ready before the first run, as many as there are slots")
    func prestart() async throws {
        try await withPool(slots: 2) { pool in
            try await pool.prestart()
            let ready = await pool.idleProcessIDs
            #expect(ready.count == 2)
            #expect(ready.contains(try await child(of: pool)))
            #expect(try await pool.version().hasPrefix("v\(DuckDBBinary.supportedVersion)."))
        }
    }

    @Test("a clean child is used again, and replaced after its number of runs")
    func reuse() async throws {
        try await withPool(runsPerChild: 2) { pool in
            let first = try await child(of: pool)
            #expect(try await child(of: pool) == first)
            #expect(!isAlive(first))
            await pool.replacementEnded()
            #expect(await pool.idleProcessIDs.count == 1)
            #expect(try await child(of: pool) != first)
        }
    }

    @Test("a child is replaced after an error, and the next run finds another ready")
    func replacedAfterError() async throws {
        try await withPool { pool in
            let first = try await child(of: pool)
            await #expect(throws: DuckDBError.self) { try await child(of: pool, "SELECT nothing") }
            #expect(!isAlive(first))
            await pool.replacementEnded()
            let ready = await pool.idleProcessIDs
            #expect(ready.count == 1)
            #expect(try await child(of: pool) == ready.first)
        }
    }

    @Test("a child that has grown is replaced")
    func replacedAfterGrowth() async throws {
        try await withPool(idleResidentLimitBytes: 1) { pool in
            let first = try await child(of: pool)
            #expect(!isAlive(first))
        }
    }

    @Test("an idle child that died is not given to a run")
    func idleDeath() async throws {
        try await withPool { pool in
            let first = try await child(of: pool)
            kill(first, SIGKILL)
            try await waitUntil("it is dead") { !isAlive(first) }
            #expect(try await child(of: pool) != first)
        }
    }

    @Test("a run beyond the slots waits for its turn; one that is cancelled while it waits goes away")
    func turns() async throws {
        try await withPool { pool in
            let (gate, open) = AsyncStream<Void>.makeStream()
            let first = Task { try await pool.withProcess { _ in for await _ in gate {} } }
            try await waitUntil("the slot is taken") { await pool.idleProcessIDs.isEmpty }
            let second = Task { try await child(of: pool) }
            let third = Task { try await child(of: pool) }
            try await waitUntil("two wait") { await pool.waitingCount == 2 }
            second.cancel()
            await #expect(throws: CancellationError.self) { try await second.value }
            open.finish()
            try await first.value
            _ = try await third.value
        }
    }

    @Test("a run that is cancelled leaves no process behind, and its slot to the next")
    func cancelled() async throws {
        try await withPool { pool in
            try await pool.prestart()
            let id = try #require(await pool.idleProcessIDs.first)
            let run = Task { try await child(of: pool, endlessStatement) }
            try await waitUntil("the child works") { ProcessUsage(of: id).cpuSeconds ?? 0 > 0.2 }
            run.cancel()
            await #expect(throws: CancellationError.self) { try await run.value }
            #expect(!isAlive(id))
            _ = try await child(of: pool)
        }
    }
}
