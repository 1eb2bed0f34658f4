import Fleet
import Foundation
import Pipeline
import Testing

@testable import Store

/// Each on a server of its own, which it stops and starts.
@Suite struct RestartTests {
    @Test func theStoreRecoversWhenItsServerComesBack() async throws {
        let server = PrivatePostgres.temporary()
        let address = try await server.start()
        let store = PostgresStore(StoreSettings(address), logger: quiet)
        do {
            try await store.migrate()
            let worker = try await store.runs.worker()
            let observer = PostgresStore(StoreSettings(address), logger: quiet)
            var wakeUps = await store.runs.wakeUps().makeAsyncIterator()
            _ = await wakeUps.next()
            try await store.runs.accepted(.sample())
            let lease = try #require(try await store.runs.claimOne(worker)).lease
            let session = try await observer.runs.observeWorkers(except: WorkerID()).first?.observerSession

            try await server.stop()
            let error = await #expect(throws: StoreError.self) { try await store.runs.claimOne(worker) }
            #expect(error?.kind == .unreachable)
            #expect(try await server.start() == address)

            let report = AttemptReport.sample(lease)
            let answer = try await patiently { try await store.runs.decide(lease, report) }
            #expect(answer == .applied)
            #expect(try await store.runs.settle(lease, .succeeded(report)) == .applied)

            // Its own session is new, so that no look before the restart counts; the lock is held again.
            let deadline = ContinuousClock.now + .seconds(30)
            var seen: WorkerObservation?
            repeat {
                seen = try await patiently { try await observer.runs.observeWorkers(except: WorkerID()).first }
            } while seen?.lockIsFree == true && ContinuousClock.now < deadline
            #expect(seen?.lockIsFree == false)
            #expect(seen?.observerSession != session)

            // A notice of before the restart may come first; the new connection listens again.
            try await store.runs.accepted(.sample())
            _ = await wakeUps.next()
            await observer.close()
        } catch {
            await store.close()
            try await server.remove()
            throw error
        }
        await store.close()
        try await server.remove()
    }

    @Test func aSecondStartFindsItsDataAgain() async throws {
        let directory = "/tmp/quicketl-kept-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: directory) }  // Gone already when the test could not begin.
        let first = PrivatePostgres(directory: directory)
        let address = try await first.start()
        try await TestServer.administer(address, "CREATE TABLE kept ()")
        // A server that still runs is used as it is.
        let second = PrivatePostgres(directory: directory)
        #expect(try await second.start() == address)
        try await TestServer.administer(address, "SELECT * FROM kept")
        try await second.stop()
        #expect(try await first.start() == address)
        try await first.stop()
        #expect(try await first.start() == address)
        try await TestServer.administer(address, "DROP TABLE kept")
        try await first.stop()
        await #expect(throws: StoreError.self) { try await TestServer.administer(address, "SELECT 1") }
    }

    @Test func aPlaceTooLongForASocketGetsOneElsewhere() async throws {
        let directory = "/tmp/quicketl-\(String(repeating: "long", count: 40))-\(UInt32.random(in: 0 ... .max))"
        let server = PrivatePostgres(directory: directory, lifetime: .temporary)
        let address = try await server.start()
        try await TestServer.administer(address, "SELECT 1")
        try await server.remove()
        #expect(!FileManager.default.fileExists(atPath: directory))
    }

    @Test func versionsAreReadFromPaths() {
        #expect(PostgresPrograms.version(inPath: "/usr/lib/postgresql/15/bin/postgres") == 15)
        #expect(PostgresPrograms.version(inPath: "/opt/homebrew/Cellar/postgresql@17/17.2/bin/postgres") == 17)
        #expect(PostgresPrograms.version(inPath: "/usr/bin/postgres") == nil)
    }

    @Test func missingProgramsAreNamedWithTheWayToGetThem() {
        let error = #expect(throws: PrivatePostgresError.self) {
            try PostgresPrograms.find(version: 14, environment: [:])
        }
        #expect(error?.message.contains("apt-get install postgresql-14") == true)
    }

    /// Repeats what fails for a passing reason, as workers do.
    private func patiently<T>(_ body: () async throws -> T) async throws -> T {
        let deadline = ContinuousClock.now + .seconds(30)
        while true {
            do {
                return try await body()
            } catch let error as StoreError {
                guard error.isTransient, ContinuousClock.now < deadline else { throw error }
                try await Task.sleep(for: .milliseconds(20))
            }
        }
    }
}
