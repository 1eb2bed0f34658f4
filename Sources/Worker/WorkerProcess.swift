import Engines
import Fleet
import Foundation
import Logging
import Pipeline
import Queue
import Settings
import Store
import UnixSignals

/// Builds a worker from its settings, runs it, and closes everything in reverse order of opening.
struct WorkerProcess {
    let settings: Settings
    let stopsWithInput: Bool
    let logger: Logger

    func run() async throws {
        let limits = try makeLimits()
        guard let storeSettings = StoreSettings(of: settings, applicationName: "quicketl-worker") else {
            throw SettingsError("no store: give --store or QUICKETL_STORE")
        }
        guard let kafka = KafkaSettings(of: settings, clientID: "quicketl-worker") else {
            throw SettingsError("no brokers: give --kafka or QUICKETL_KAFKA")
        }
        let engine = DuckDBEngine(settings: try DuckDBSettings(of: settings, slots: limits.slots))
        let requests = try KafkaRequestStream(
            settings: kafka, limits: BatchLimits(messages: limits.acceptBatch), logger: logger)
        let sink = try KafkaRequestSink(settings: kafka, logger: logger)
        let store = PostgresStore(storeSettings, logger: logger)
        let worker = Worker(
            registration: WorkerRegistration(
                id: WorkerID(), host: ProcessInfo.processInfo.hostName,
                processID: ProcessInfo.processInfo.processIdentifier, slots: limits.slots, version: ProgramVersion.text),
            ports: Worker.Ports(
                store: store.runs, requests: requests, deadLetters: sink, engine: engine, publisher: FilePublisher()),
            limits: limits, logger: logger)
        do {
            guard try await !store.needsMigration() else {
                throw SettingsError("the schema of the store is older than this program; run: quicketl migrate")
            }
            try await engine.pool.prestart()
            try await supervise(worker)
        } catch {
            await close(engine, sink, store)
            throw error
        }
        await close(engine, sink, store)
    }

    private func close(_ engine: DuckDBEngine, _ sink: KafkaRequestSink, _ store: PostgresStore) async {
        await engine.pool.shutDown()
        await sink.close()
        await store.close()
    }

    /// Runs the worker while signals and the parent's pipe are watched.
    private func supervise(_ worker: Worker) async throws {
        let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                var stage = 0
                for await signal in signals {
                    stage += 1
                    logger.notice("asked to stop", metadata: ["signal": "\(signal)", "stage": "\(stage)"])
                    if stage == 1 { worker.drain() } else { worker.hurry() }
                }
            }
            if stopsWithInput {
                // A thread of its own: a read of standard input cannot be cancelled, and ends with the process.
                Thread.detachNewThread {
                    while let data = try? FileHandle.standardInput.read(upToCount: 4096), !data.isEmpty {}
                    worker.drain()
                }
            }
            defer { group.cancelAll() }
            try await worker.run()
        }
    }

    private func makeLimits() throws -> FleetLimits {
        var limits = FleetLimits()
        limits.slots = try settings.count(.slots) ?? limits.slots
        limits.drainLimit = try settings.seconds(.drainLimit) ?? limits.drainLimit
        let problems = limits.problems()
        guard problems.isEmpty else { throw SettingsError(problems.joined(separator: "; ")) }
        return limits
    }
}
