import Logging
import Settings
import Store

/// Short-lived use of services by one command.
enum Services {
    /// Commands answer through errors and exit codes; only what may need somebody's attention is logged.
    static let logger: Logger = {
        var logger = Logger(label: "quicketl") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = .error
        return logger
    }()

    /// Opens the store of the settings for `body`, and closes it on every way out.
    static func withStore<Result: Sendable>(
        _ settings: StoreSettings, _ body: (PostgresStore) async throws -> Result
    ) async throws -> Result {
        let store = PostgresStore(settings, logger: logger)
        do {
            let result = try await body(store)
            await store.close()
            return result
        } catch {
            await store.close()
            throw error
        }
    }

    static func withStore<Result: Sendable>(
        of settings: Settings, _ body: (PostgresStore) async throws -> Result
    ) async throws -> Result {
        guard let store = StoreSettings(of: settings, applicationName: "quicketl") else {
            throw Stop(
                .wrongUse,
                "no store is known here; give --store or QUICKETL_STORE, or start a fleet with \"quicketl dev\"")
        }
        return try await withStore(store, body)
    }
}
