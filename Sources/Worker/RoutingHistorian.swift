import Fleet
import Logging
import ServiceLifecycle

/// Reads now and then what runs of the whole fleet have shown of the engines, so that choices rest on it. Runs never
/// wait for that.
struct RoutingHistorian: Service {
    let journal: RoutingJournal
    let history: any RoutingHistory
    let logger: Logger

    private static let interval = Duration.seconds(60)

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                await read()
                // Cancelled at the end: the loop's condition ends it.
                try? await Task.sleep(for: Self.interval)
            }
        }
    }

    private func read() async {
        do {
            try await journal.refresh(from: history)
        } catch is CancellationError {
            // The worker stops.
        } catch {
            logger.warning("reading what engines have shown failed", metadata: ["error": "\(error)"])
        }
    }
}
