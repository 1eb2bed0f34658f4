import Foundation
import Logging
import Pipeline
import Queue

/// Watches the local folders that triggers wait for, and publishes what lands in them.
struct FolderLandings {
    private let watchers: [FolderWatcher]
    private let logger: Logger

    /// nil when no trigger waits for a local place.
    init?(_ triggers: [LoadedTrigger], logger: Logger) {
        var watchers: [FolderWatcher] = []
        let watching = triggers.filter { $0.spec.isEnabled && $0.spec.isWatching }
        // One watcher for those that agree on when a file is complete.
        let groups = Dictionary(grouping: watching) { $0.spec.settling ?? FolderWatcher.defaultSettling }
        for (settling, triggers) in groups {
            let conditions = triggers.flatMap(\.spec.conditions).filter { $0.kind == .file }
            let roots = conditions.compactMap(\.template.localRoot)
            guard !roots.isEmpty else { continue }
            let templates = conditions.map(\.template)
            watchers.append(
                FolderWatcher(roots: roots, settling: settling, logger: logger) { path in
                    templates.contains { $0.match(path) != nil }
                })
        }
        guard !watchers.isEmpty else { return nil }
        self.watchers = watchers
        self.logger = logger
    }

    var roots: [String] { watchers.flatMap(\.roots).sorted() }

    /// Returns when its task is cancelled.
    func publish(through sink: KafkaRequestSink) async {
        await withTaskGroup(of: Void.self) { group in
            for watcher in watchers {
                group.addTask {
                    for await landings in watcher.landings() {
                        // Many at once: each call waits for the broker.
                        var start = 0
                        while start < landings.count, !Task.isCancelled {
                            let part = landings[start..<min(start + 256, landings.count)]
                            start += part.count
                            await withTaskGroup(of: Void.self) { batch in
                                for landing in part { batch.addTask { await publish(landing, through: sink) } }
                            }
                        }
                    }
                }
            }
        }
    }

    /// Until it is published: nobody else will tell of the file before the next start.
    private func publish(_ landing: Landing, through sink: KafkaRequestSink) async {
        var wait = Duration.milliseconds(200)
        while !Task.isCancelled {
            do {
                try await sink.publish(landing)
                logger.info("file landed", metadata: ["uri": "\(landing.uri)"])
                return
            } catch {
                guard !Task.isCancelled else { return }
                logger.error("a landing could not be published; trying again", metadata: ["error": "\(error)"])
                // Cancelled at the end: the loop's condition ends it.
                try? await Task.sleep(for: wait)
                wait = min(wait * 2, .seconds(15))
            }
        }
    }
}
