import Fleet
import Foundation
import Logging
import Pipeline
import Queue
import Store
import UnixSignals

/// A trigger process with its folder watcher, until it is asked to stop.
struct TriggerService {
    let triggers: [LoadedTrigger]
    let store: PostgresRunStore
    let kafka: KafkaSettings
    let stopsWithInput: Bool
    let logger: Logger

    func run() async throws {
        let sink = try KafkaRequestSink(settings: kafka, logger: logger)
        let process = TriggerProcess(
            TriggerTable(triggers),
            ports: TriggerProcess.Ports(
                runs: store, groups: store,
                landings: try KafkaRequestStream.landings(settings: kafka, logger: logger), deadLetters: sink),
            limits: FleetLimits(), logger: logger)
        let folders = FolderLandings(triggers, logger: logger)
        let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint)
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await makeTopics() }
            group.addTask { await process.run() }
            group.addTask { await forgetOldLandings() }
            if let folders {
                logger.info("watching folders", metadata: ["folders": "\(folders.roots.joined(separator: ", "))"])
                group.addTask { await folders.publish(through: sink) }
            }
            logger.notice("triggers are waiting", metadata: ["triggers": "\(triggers.count)"])
            await untilAskedToStop(signals)
            group.cancelAll()
        }
        await sink.close()
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
