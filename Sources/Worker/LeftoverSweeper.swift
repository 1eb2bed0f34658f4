import Engines
import Fleet
import Foundation
import Logging
import ServiceLifecycle
import Store

/// Removes, now and then, what attempts of dead workers left beside their sinks.
///
/// A worker on the dead one's machine, or one that finds the folder, has done it for all; another one that finds
/// nothing may just not see that machine's disk.
struct LeftoverSweeper: Service {
    let store: PostgresRunStore
    let allowedRoots: [String]
    let host: String
    let logger: Logger

    private static let interval = Duration.seconds(20)
    private static let batch = 100
    /// A successor of the run removes the folder itself, when it begins.
    private static let age = Duration.seconds(10)

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                // Cancelled at the end: the loop's condition ends it.
                try? await Task.sleep(for: Self.interval)
                if !Task.isCancelled { await sweep() }
            }
        }
    }

    func sweep() async {
        do {
            for lost in try await store.lostAttempts(limit: Self.batch, overFor: Self.age) {
                guard !Task.isCancelled else { return }
                await sweep(lost)
            }
        } catch {
            logger.warning("looking for leftovers failed", metadata: ["error": "\(error)"])
        }
    }

    private func sweep(_ lost: LostAttempt) async {
        let metadata: Logger.Metadata = [
            "run_id": "\(lost.lease.runID)", "attempt": "\(lost.lease.attempt)", "host": "\(lost.host ?? "unknown")",
        ]
        do {
            let outcome = try await Leftover.sweep(lost.lease, request: lost.request, allowedRoots: allowedRoots)
            guard outcome == .removed || outcome == .absent && lost.host == host else { return }
            try await store.markSwept(lost.lease)
            if outcome == .removed { logger.info("leftovers removed", metadata: metadata) }
        } catch {
            logger.warning(
                "removing leftovers failed", metadata: metadata.merging(["error": "\(error)"]) { $1 })
        }
    }
}
