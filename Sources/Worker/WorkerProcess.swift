import Engines
import Events
import Fleet
import Foundation
import Logging
import Pipeline
import Queue
import ServiceLifecycle
import Settings
import Store
import UnixSignals

/// Builds a worker from its settings, runs it, and closes everything in reverse order of opening.
struct WorkerProcess {
    let settings: Settings
    let stopsWithInput: Bool
    let logger: Logger

    func run() async throws {
        let limits = try FleetLimits(of: settings)
        guard let storeSettings = StoreSettings(of: settings, applicationName: "quicketl-worker") else {
            throw SettingsError("no store: give --store or QUICKETL_STORE")
        }
        guard var kafka = KafkaSettings(of: settings, clientID: "quicketl-worker") else {
            throw SettingsError("no brokers: give --kafka or QUICKETL_KAFKA")
        }
        let routing = try RoutingSettings(of: settings)
        var duckdb = try DuckDBSettings(of: settings, slots: limits.slots, secretsInEnvironment: .prefixed)
        // Runs on Spark leave their slot to others, and keep a child.
        duckdb.guestSlots = max(1, routing.sparkSlots)
        let engine = DuckDBEngine(settings: duckdb)
        // Starts nothing before its first run.
        let spark = SparkEngine(
            settings: try SparkSettings(of: settings, temporaryDirectory: duckdb.temporaryDirectory), local: engine)
        let requests = try KafkaRequestStream(
            settings: kafka, limits: BatchLimits(messages: limits.acceptBatch), logger: logger)
        // For dead letters and landings, which the store has by then: nobody waits long for their topics.
        kafka.deliveryLimit = .seconds(5)
        let sink = try KafkaRequestSink(settings: kafka, logger: logger)
        let store = PostgresStore(storeSettings, logger: logger)
        let workerID = WorkerID()
        let journal = RoutingJournal()
        let receiver = try HTTPEventReceiver(of: settings)
        let deliverer = deliverer(of: store, as: workerID, through: sink, and: receiver)
        let worker = Worker(
            registration: WorkerRegistration(
                id: workerID, host: ProcessInfo.processInfo.hostName,
                processID: ProcessInfo.processInfo.processIdentifier, slots: limits.slots, version: ProgramVersion.text),
            ports: Worker.Ports(
                store: store.runs, requests: requests, deadLetters: sink,
                engine: RoutedEngine(duckdb: engine, spark: spark, settings: routing, journal: journal),
                publisher: engine.publisher),
            limits: limits, logger: logger)
        do {
            guard try await !store.needsMigration() else {
                throw SettingsError("the schema of the store is older than this program; run: quicketl migrate")
            }
            try await engine.pool.prestart()
            // Beside the rest: runs on DuckDB do not wait for it. What goes wrong, the first run on Spark meets again.
            if try settings.flag(.sparkWarm) {
                Task {
                    do {
                        try await spark.warmUp()
                    } catch let failure as Failure {
                        logger.warning("spark is not ready", metadata: ["reason": "\(failure.message)"])
                    } catch {
                        logger.debug("spark was not warmed", metadata: ["reason": "\(error)"])
                    }
                }
            }
            // Stopped in reverse order: the worker drains, and what it still publishes goes out.
            let sweeper = LeftoverSweeper(
                store: store.runs, allowedRoots: duckdb.allowedRoots, host: ProcessInfo.processInfo.hostName,
                logger: logger)
            let announcer = LandingAnnouncer(store: store.runs, sink: sink, logger: logger)
            let keeper = HistoryKeeper(store: store.runs, logger: logger)
            let events = deliverer.map { [EventService(deliverer: $0)] } ?? []
            let services = ServiceGroup(
                services: [sink] + events + [
                    sweeper, announcer, keeper,
                    RoutingHistorian(journal: journal, history: store.runs, logger: logger),
                    WorkerService(worker: worker),
                ], logger: logger)
            try await supervise(services, worker)
        } catch {
            await spark.shutDown()
            await engine.pool.shutDown()
            await receiver?.close()
            await store.close()
            throw error
        }
        await spark.shutDown()
        await engine.pool.shutDown()
        await receiver?.close()
        await store.close()
    }

    /// nil when nobody is to be told of lineage.
    private func deliverer(
        of store: PostgresStore, as worker: WorkerID, through sink: KafkaRequestSink, and http: HTTPEventReceiver?
    ) -> EventDeliverer? {
        let receivers: [(any EventReceiver)?] = [http, KafkaEventReceiver(of: settings, sink: sink)]
        guard receivers.contains(where: { $0 != nil }) else { return nil }
        return EventDeliverer(
            outbox: store.runs, receivers: receivers.compactMap(\.self), builder: EventBuilder(of: settings),
            worker: worker, logger: logger)
    }

    /// Runs the services while signals and the parent's pipe are watched.
    private func supervise(_ services: ServiceGroup, _ worker: Worker) async throws {
        let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await makeTopics() }
            group.addTask {
                var isStopping = false
                for await signal in signals {
                    logger.notice("asked to stop", metadata: ["signal": "\(signal)", "again": "\(isStopping)"])
                    if isStopping { worker.hurry() } else { await services.triggerGracefulShutdown() }
                    isStopping = true
                }
            }
            if stopsWithInput {
                // A thread of its own: a read of standard input cannot be cancelled, and ends with the process.
                let (ended, end) = AsyncStream.makeStream(of: Void.self)
                Thread.detachNewThread {
                    // A read that fails is an end as well.
                    while let data = try? FileHandle.standardInput.read(upToCount: 4096), !data.isEmpty {}
                    end.finish()
                }
                group.addTask {
                    for await _ in ended {}
                    if !Task.isCancelled { await services.triggerGracefulShutdown() }
                }
            }
            defer { group.cancelAll() }
            try await services.run()
        }
    }

    /// A fleet on a new cluster needs nobody to prepare it. What fails here shows again, and is tried again, where
    /// the topics are used.
    private func makeTopics() async {
        guard let kafka = KafkaSettings(of: settings, clientID: "quicketl-worker-topics") else { return }
        do {
            try await TopicAdmin(settings: kafka, logger: logger).createTopicsIfMissing()
        } catch is CancellationError {
            // The worker stops before the broker has answered.
        } catch {
            logger.warning("topics could not be made", metadata: ["error": "\(error)"])
        }
    }

}

/// The worker under the service group: asked to shut down, it drains.
private struct WorkerService: Service {
    let worker: Worker

    func run() async throws {
        try await withGracefulShutdownHandler {
            try await worker.run()
        } onGracefulShutdown: {
            worker.drain()
        }
    }
}
