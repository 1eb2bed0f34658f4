import Fleet
import Logging
import ServiceLifecycle
import Store

/// Adds ended runs to the totals, and makes the tables of the months to come. Every worker tries; one at a time does it.
/// What is not done meanwhile costs readers time, and nothing else.
struct HistoryKeeper: Service {
    let store: PostgresRunStore
    let logger: Logger

    private static let interval = Duration.seconds(5)
    /// Rounds between two looks at the months: an hour.
    private static let monthly = 720

    func run() async throws {
        await cancelWhenGracefulShutdown {
            var round = 0
            while !Task.isCancelled {
                if round % Self.monthly == 0 {
                    await attempt("making the tables of months") { try await store.makeMonths() }
                }
                round += 1
                // Cancelled at the end: the loop's condition ends it.
                try? await Task.sleep(for: Self.interval)
                await attempt("counting ended runs") {
                    while try await store.countEndedRuns(), !Task.isCancelled {}
                }
            }
        }
    }

    private func attempt(_ what: String, _ body: () async throws -> Void) async {
        guard !Task.isCancelled else { return }
        do {
            try await body()
        } catch {
            guard !Task.isCancelled else { return }
            logger.warning("\(what) failed", metadata: ["error": "\(error)"])
        }
    }
}
