import ArgumentParser
import Fleet
import Foundation
import Logging
import Pipeline
import Queue
import Settings
import Store

struct TriggersRunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Start runs when data lands, until this is stopped.",
        discussion: """
            Reads the landings topic, watches the local folders that triggers wait for, and keeps schedules. Several of
            these may run beside each other: a landing is one run, however many see it. Files of triggers, pipelines and
            workflows are read again when they change; what is refused then is logged, and the last good ones stay.
            """)

    @OptionGroup var folder: TriggerFolder
    @OptionGroup var services: ServiceOptions

    @Flag(help: ArgumentHelp("Stop when standard input ends.", visibility: .private))
    var stopWithInput = false

    func run() async throws {
        var logger = Logger(label: "quicketl-triggers") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = .info
        let sets = TriggerSets(path: folder.path, scope: folder.scope, logger: logger)
        let first = try sets.load()
        for warning in first.warnings { Console.note(warning.description) }
        let settings = try services.settings()
        guard let storeSettings = StoreSettings(of: settings, applicationName: "quicketl triggers") else {
            throw Stop(
                .wrongUse,
                "no store is known here; give --store or QUICKETL_STORE, or start a fleet with \"quicketl dev\"")
        }
        guard var kafka = KafkaSettings(of: settings, clientID: "quicketl-triggers") else {
            throw Stop(.wrongUse, "no brokers are known here; give --kafka or QUICKETL_KAFKA")
        }
        // A group of their own: workers of the same settings read other topics.
        kafka.groupID = "\(kafka.topics.prefix)-triggers"
        try await Services.withStore(storeSettings) { store in
            guard try await !store.needsMigration() else {
                throw Stop(.failed, "the schema of the store is older than this program; run: quicketl migrate")
            }
            try await TriggerService(
                sets: sets, first: first, store: store.runs, kafka: kafka, stopsWithInput: stopWithInput,
                logger: logger
            ).run()
        }
    }
}
