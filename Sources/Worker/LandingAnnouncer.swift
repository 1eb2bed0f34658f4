import Fleet
import Foundation
import Logging
import Pipeline
import Queue
import ServiceLifecycle
import Store

/// Announces the datasets that runs have written, at least once each: whoever dies between publishing and forgetting
/// leaves the landing to somebody else, and triggers know it by its run.
struct LandingAnnouncer: Service {
    let store: PostgresRunStore
    let sink: KafkaRequestSink
    let logger: Logger

    private static let batch = 200
    /// Longer than a publication may take.
    private static let hold = Duration.seconds(60)
    /// Behind the notices, which may get lost.
    private static let poll = Duration.seconds(5)
    private static let patienceCap = Duration.seconds(15)

    func run() async throws {
        await cancelWhenGracefulShutdown {
            let (bell, ring) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
            await withTaskGroup(of: Void.self) { group in
                group.addTask { for await _ in await store.outboxWakeUps() { ring.yield() } }
                group.addTask {
                    while !Task.isCancelled {
                        ring.yield()
                        // Cancelled at the end: the loop's condition ends it.
                        try? await Task.sleep(for: Self.poll)
                    }
                }
                group.addTask { await announce(on: bell) }
            }
        }
    }

    private func announce(on bell: AsyncStream<Void>) async {
        var wait = Duration.milliseconds(200)
        for await _ in bell {
            do {
                while try await announceSome() > 0 {}
                wait = .milliseconds(200)
            } catch {
                guard !Task.isCancelled else { return }
                logger.warning("announcing datasets failed", metadata: ["error": "\(error)", "wait": "\(wait)"])
                // Cancelled at the end, with the loop.
                try? await Task.sleep(for: wait)
                wait = min(wait * 2, Self.patienceCap)
            }
        }
    }

    private func announceSome() async throws -> Int {
        let taken = try await store.takeAnnouncements(limit: Self.batch, for: Self.hold)
        guard !taken.isEmpty else { return 0 }
        let published = await withTaskGroup(of: Result<Announcement, any Error>.self) { group in
            for announcement in taken {
                group.addTask {
                    do {
                        try await sink.publish(announcement.landing)
                        return .success(announcement)
                    } catch {
                        return .failure(error)
                    }
                }
            }
            return await group.reduce(into: [Result<Announcement, any Error>]()) { $0.append($1) }
        }
        try await store.removeAnnouncements(published.compactMap { try? $0.get() })
        // The rest is taken again when its time is over.
        for result in published { _ = try result.get() }
        return taken.count
    }
}
