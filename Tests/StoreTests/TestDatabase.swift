import Foundation
import Logging
import Synchronization
import Testing

@testable import Store

/// One private server for the test process, and a database of its own for each test, copied from a migrated one.
///
/// The server and its directory go when the process ends, whichever way it ends.
actor TestServer {
    static let shared = TestServer()

    private var starting: Task<String, any Error>?
    private static let kept = Mutex<[PrivatePostgres]>([])
    static let template = "quicketl_template"

    /// The address of the server's own database.
    func address() async throws -> String {
        if let starting { return try await starting.value }
        let task = Task {
            let server = PrivatePostgres.temporary()
            let address = try await server.start()
            try await TestServer.administer(address, "CREATE DATABASE \(Self.template)")
            let store = PostgresStore(StoreSettings(TestServer.database(Self.template, at: address)))
            do {
                try await store.migrate()
            } catch {
                await store.close()
                throw error
            }
            await store.close()
            TestServer.keep(server)
            return address
        }
        starting = task
        return try await task.value
    }

    /// Keeps the server alive until the process ends.
    private static func keep(_ server: PrivatePostgres) { kept.withLock { $0.append(server) } }

    static func database(_ name: String, at address: String) -> String {
        address.replacingOccurrences(of: "@/quicketl?", with: "@/\(name)?")
    }

    static func administer(_ address: String, _ sql: String) async throws {
        let connection = try await Connection.open(StoreSettings(address, statementLimit: .seconds(60)))
        do {
            try await connection.run("test") { (on) throws(StoreError) in try on.script(sql) }
        } catch {
            await connection.close()
            throw error
        }
        await connection.close()
    }
}

/// For stores whose connections are cut on purpose.
let quiet: Logger = {
    var logger = Logger(label: "test")
    logger.logLevel = .critical
    return logger
}()

/// Gives `body` a store on a database of its own, and removes it on every exit. Says so when a connection is left.
func withStore(
    empty: Bool = false, adjust: (inout StoreSettings) -> Void = { _ in },
    _ body: (PostgresStore) async throws -> Void
) async throws {
    let address = try await TestServer.shared.address()
    let name = "test_\(UUID().uuidString.lowercased().replacingOccurrences(of: "-", with: ""))"
    try await TestServer.administer(
        address, "CREATE DATABASE \(name) TEMPLATE \(empty ? "template0" : TestServer.template)")
    var settings = StoreSettings(TestServer.database(name, at: address), applicationName: "store-tests")
    adjust(&settings)
    let store = PostgresStore(settings, logger: quiet)
    var failure: (any Error)?
    do { try await body(store) } catch { failure = error }
    await store.close()
    let left = try await sessions(in: name, at: address)
    #expect(left == 0, "connections are left after close")
    try await TestServer.administer(address, "DROP DATABASE \(name) WITH (FORCE)")
    if let failure { throw failure }
}

/// Sessions of a database, once they had ten seconds to end: a server notices the end of one a little later.
private func sessions(in database: String, at address: String) async throws -> Int {
    let pool = Pool(StoreSettings(address, poolSize: 1))
    let count = Statement(
        "test_sessions", "SELECT count(*) AS sessions FROM pg_stat_activity WHERE datname = $1::text")
    let deadline = ContinuousClock.now + .seconds(10)
    var left = 0
    repeat {
        left = try await pool.use("test") { (on) throws(StoreError) in
            try on.execute(count(.text(database))).first?.int("sessions") ?? 0
        }
        if left > 0 { try await Task.sleep(for: .milliseconds(20)) }
    } while left > 0 && ContinuousClock.now < deadline
    await pool.close()
    return left
}

extension PostgresStore {
    /// Rows of a query without parameters.
    func rows(_ sql: String) async throws -> [[String?]] {
        let connection = try await Connection.open(settings)
        let statement = Statement("test_query", sql)
        do {
            let rows = try await connection.run("test") { (on) throws(StoreError) in
                try on.execute(statement()).rows.map(\.values)
            }
            await connection.close()
            return rows
        } catch {
            await connection.close()
            throw error
        }
    }

    func text(_ sql: String) async throws -> String? { try await rows(sql).first?.first ?? nil }
}
