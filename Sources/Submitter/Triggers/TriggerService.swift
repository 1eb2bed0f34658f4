import Fleet
import Foundation
import Logging
import Pipeline
import Queue
import Store
import UnixSignals

/// A trigger process with its folder watcher, until it is asked to stop.
struct TriggerService {
    let sets: TriggerSets
    /// What it begins with.
    let first: TriggerSets.Loaded
    let store: PostgresRunStore
    let kafka: KafkaSettings
    let stopsWithInput: Bool
    let logger: Logger

    func run() async throws {
        let sink = try KafkaRequestSink(settings: kafka, logger: logger)
        let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint)
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await makeTopics() }
            group.addTask { await serveEachSet(through: sink) }
            group.addTask { await forgetOldLandings() }
            await untilAskedToStop(signals)
            group.cancelAll()
        }
        await sink.close()
    }

    /// One set of triggers after the other. Whatever the one before was at is taken up by the next: landings that were
    /// not committed come again, and are the same runs.
    private func serveEachSet(through sink: KafkaRequestSink) async {
        var current = first
        while !Task.isCancelled {
            let (now, sets) = (current, sets)
            let next = await withTaskGroup(of: TriggerSets.Loaded?.self) { group -> TriggerSets.Loaded? in
                group.addTask {
                    await serve(now.triggers, through: sink)
                    return nil
                }
                group.addTask { await sets.next(after: now) }
                for await found in group {
                    guard let found else { continue }
                    group.cancelAll()
                    return found
                }
                return nil
            }
            guard let next else { return }
            logger.notice("the trigger files have changed and were read anew")
            current = next
        }
    }

    private func serve(_ triggers: [LoadedTrigger], through sink: KafkaRequestSink) async {
        let landings: KafkaRequestStream
        do {
            landings = try KafkaRequestStream.landings(settings: kafka, logger: logger)
        } catch {
            return logger.error("landings cannot be read", metadata: ["error": "\(error)"])
        }
        let process = TriggerProcess(
            TriggerTable(triggers),
            ports: TriggerProcess.Ports(runs: store, groups: store, landings: landings, deadLetters: sink),
            limits: FleetLimits(), logger: logger)
        let folders = FolderLandings(triggers, logger: logger)
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await process.run() }
            if let folders {
                logger.info("watching folders", metadata: ["folders": "\(folders.roots.joined(separator: ", "))"])
                group.addTask { await folders.publish(through: sink) }
            }
            logger.notice("triggers are waiting", metadata: ["triggers": "\(triggers.count)"])
        }
    }

    private func untilAskedToStop(_ signals: UnixSignalsSequence) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { for await _ in signals { return } }
            if stopsWithInput {
                // A thread of its own: a read of standard input cannot be cancelled, and ends with the process.
                let (ended, end) = AsyncStream.makeStream(of: Void.self)
                Thread.detachNewThread {
                    // A read that fails is an end as well.
                    while let data = try? FileHandle.standardInput.read(upToCount: 4096), !data.isEmpty {}
                    end.finish()
                }
                group.addTask { for await _ in ended {} }
            }
            await group.next()
            group.cancelAll()
        }
    }

    /// What fails here shows again, and is tried again, where the topics are used.
    private func makeTopics() async {
        do {
            try await TopicAdmin(settings: kafka, logger: logger).createTopicsIfMissing()
        } catch is CancellationError {
            // Stopped before the broker has answered.
        } catch {
            logger.warning("topics could not be made", metadata: ["error": "\(error)"])
        }
    }

    private func forgetOldLandings() async {
        while !Task.isCancelled {
            do {
                try await store.forgetOldLandings()
            } catch {
                logger.warning("forgetting old landings failed", metadata: ["error": "\(error)"])
            }
            // Cancelled at the end: the loop's condition ends it.
            try? await Task.sleep(for: .seconds(3_600))
        }
    }
}
