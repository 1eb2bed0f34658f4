import Fleet
import Foundation
import Pipeline
import Testing

@testable import Store

@Suite struct ConnectionTests {
    private static let sleep = Statement("test_sleep", "SELECT pg_sleep($1::double precision)")
    private static let one = Statement("test_one", "SELECT 1 AS one")
    private static let divide = Statement("test_divide", "SELECT 1 / $1::integer AS quotient")
    private static let cast = Statement("test_cast", "SELECT $1::text::integer AS number")

    @Test func aCancelledTaskEndsItsStatementAndTheConnectionStaysUsable() async throws {
        try await withStore(adjust: { $0.poolSize = 1 }) { store async throws in
            let pool = store.runs.pool
            let sleeper = Task {
                try await pool.use("sleeping") { (on) throws(StoreError) in try on.execute(Self.sleep(.double(60))) }
            }
            // Cancelled once the server is at it.
            while try await store.text(
                "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep($1%' AND state = 'active' AND pid <> pg_backend_pid()"
            ) == "0" {}
            sleeper.cancel()
            let error = await #expect(throws: StoreError.self) { _ = try await sleeper.value }
            #expect(error?.kind == .interrupted)
            let table = try await pool.use("one") { (on) throws(StoreError) in try on.execute(Self.one()) }
            #expect(try table.first?.int("one") == 1)
        }
    }

    @Test func aStatementBeyondItsLimitIsEndedByTheServer() async throws {
        try await withStore(adjust: { $0.statementLimit = .milliseconds(200) }) { store async throws in
            let error = await #expect(throws: StoreError.self) {
                try await store.runs.pool.use("sleeping") { (on) throws(StoreError) in
                    try on.execute(Self.sleep(.double(60)))
                }
            }
            #expect(error?.kind == .contention)
            #expect(error?.sqlState?.code == "57014")
        }
    }

    @Test func allStatementsOfARoundTripTakeEffectOrNone() async throws {
        try await withStore { store async throws in
            let tombstone = CancelStatements.leaveTombstone(.uuid(UUID()))
            await #expect(throws: StoreError.self) {
                try await store.runs.pool.use("test") { (on) throws(StoreError) in
                    try on.pipelined([tombstone, Self.divide(.int(0)), tombstone])
                }
            }
            #expect(try await store.text("SELECT count(*) FROM cancellations") == "0")
            _ = try await store.runs.pool.use("test") { (on) throws(StoreError) in
                try on.pipelined([tombstone, Self.divide(.int(1)), tombstone])
            }
            #expect(try await store.text("SELECT count(*) FROM cancellations") == "1")
        }
    }

    @Test func aFailedTransactionIsRolledBackAndTheConnectionStaysUsable() async throws {
        try await withStore(adjust: { $0.poolSize = 1 }) { store async throws in
            let tombstone = CancelStatements.leaveTombstone(.uuid(UUID()))
            await #expect(throws: StoreError.self) {
                try await store.runs.pool.use("test") { (on) throws(StoreError) in
                    try on.transaction { () throws(StoreError) in
                        _ = try on.execute(tombstone)
                        return try on.execute(Self.divide(.int(0)))
                    }
                }
            }
            #expect(try await store.text("SELECT count(*) FROM cancellations") == "0")
            let table = try await store.runs.pool.use("one") { (on) throws(StoreError) in try on.execute(Self.one()) }
            #expect(table.count == 1)
        }
    }

    @Test func noErrorQuotesAValueOrThePassword() async throws {
        try await withStore { store async throws in
            let error = await #expect(throws: StoreError.self) {
                try await store.runs.pool.use("casting") { (on) throws(StoreError) in
                    try on.execute(Self.cast(.text("canary-value")))
                }
            }
            #expect(error?.kind == .undecodable)
            #expect(error?.description.contains("canary") == false)
        }
        for address in [
            "host=/nowhere user=u password=canary port=1", "postgresql://u:canary@127.0.0.1:1/x", "canary canary",
            "postgresql://u:canary@127.0.0.1:port/x", "host=/nowhere canary=1",
        ] {
            let store = PostgresStore(StoreSettings(address))
            let error = await #expect(throws: StoreError.self) { _ = try await store.needsMigration() }
            await store.close()
            #expect(error?.description.contains("canary") == false, "\(address)")
            #expect("\(store.settings)".contains("canary") == false, "\(address)")
            #expect(String(reflecting: store.settings).contains("canary") == false, "\(address)")
            var dumped = ""
            dump(store.settings, to: &dumped)
            #expect(dumped.contains("canary") == false, "\(address)")
        }
    }

    @Test func anUnreachableServerIsTransientAndAWrongAddressIsNot() async throws {
        let expectations: [(String, StoreError.Kind)] = [
            ("host=/nowhere", .unreachable), ("host=127.0.0.1 port=1", .unreachable), ("nonsense", .refused),
            (TestServer.database("no_such_database", at: try await TestServer.shared.address()), .refused),
        ]
        for (address, kind) in expectations {
            let error = await #expect(throws: StoreError.self) {
                await (try Connection.open(StoreSettings(address))).close()
            }
            #expect(error?.kind == kind, "\(address)")
            #expect(error?.isTransient == (kind == .unreachable))
        }
    }

    @Test func aStoreThatDoesNotConfirmDurablyIsRefused() async throws {
        try await withStore { store async throws in
            let address = store.settings.connectionString + "&options=-csynchronous_commit%3Doff"
            let error = await #expect(throws: StoreError.self) {
                await (try Connection.open(StoreSettings(address))).close()
            }
            #expect(error?.kind == .refused)
            #expect(error?.message.contains("synchronous_commit") == true)
        }
    }

    @Test func waitingForAConnectionHasALimitAndCanBeCancelled() async throws {
        try await withStore(adjust: {
            $0.poolSize = 1
            $0.acquireLimit = .milliseconds(50)
        }) { store async throws in
            let pool = store.runs.pool
            let holder = Task {
                try await pool.use("holding") { (on) throws(StoreError) in try on.execute(Self.sleep(.double(60))) }
            }
            while try await store.text(
                "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep($1%' AND state = 'active' AND pid <> pg_backend_pid()"
            ) == "0" {}
            let error = await #expect(throws: StoreError.self) {
                try await pool.use("waiting") { (on) throws(StoreError) in try on.execute(Self.one()) }
            }
            #expect(error?.kind == .contention)
            holder.cancel()
            _ = try? await holder.value  // It was cancelled, and says so.
        }
    }

    @Test func aConnectionThatTheServerEndedIsReplacedUnnoticed() async throws {
        try await withStore(adjust: { $0.poolSize = 1 }) { store async throws in
            let pool = store.runs.pool
            _ = try await pool.use("one") { (on) throws(StoreError) in try on.execute(Self.one()) }
            _ = try await store.rows(
                """
                SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
                 WHERE datname = current_database() AND pid <> pg_backend_pid()
                """)
            _ = try await pool.use("one") { (on) throws(StoreError) in try on.execute(Self.one()) }
        }
    }

    @Test func everyCodeHasAKind() {
        let table: [(String, StoreError.Kind)] = [
            ("40001", .contention), ("40P01", .contention), ("55P03", .contention), ("57014", .contention),
            ("26000", .contention), ("0A000", .contention), ("57P01", .unreachable), ("57P03", .unreachable),
            ("53300", .unreachable), ("53100", .unreachable), ("25006", .unreachable), ("08006", .unreachable),
            ("42501", .refused), ("42P01", .refused), ("28P01", .refused), ("3D000", .refused),
            ("23505", .constraint), ("23514", .constraint), ("22P02", .undecodable), ("54000", .undecodable),
            ("XX000", .unclassified),
        ]
        for (code, kind) in table { #expect(SQLState(code).kind == kind, "\(code)") }
    }

    @Test func arraysKeepWhatTheirElementsAre() async throws {
        try await withStore { store async throws in
            let odd = ["", "NULL", "a,b", "{\"}", "\\", " x ", nil, "\u{1F600}"]
            let unnest = Statement("test_unnest", "SELECT * FROM unnest($1::text[], $2::float8[]) AS t (a, b)")
            let numbers: [Double?] = [.nan, .infinity, -.infinity, 0.1, nil, 1e300, -0.0, .leastNonzeroMagnitude]
            let rows = try await store.runs.pool.use("test") { (on) throws(StoreError) in
                try on.execute(unnest(.texts(odd), .doubles(numbers))).rows
            }
            #expect(try rows.map { try $0.textIfAny("a") } == odd)
            for (row, number) in zip(rows, numbers) {
                #expect(try row.doubleIfAny("b")?.bitPattern == number?.bitPattern)
            }
        }
    }
}
