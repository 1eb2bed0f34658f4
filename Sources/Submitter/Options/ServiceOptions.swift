import ArgumentParser
import Foundation
import Logging
import Queue
import Settings
import Store

/// Where the services are, when not taken from the environment, `quicketl.yml` or a running `quicketl dev`.
struct ServiceOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("PostgreSQL: a libpq connection string or URI (QUICKETL_STORE).", valueName: "connection"))
    var store: String?

    @Option(help: ArgumentHelp("Kafka brokers (QUICKETL_KAFKA).", valueName: "host:port"))
    var kafka: String?

    @Option(
        name: .customLong("kafka-property"),
        help: ArgumentHelp(
            "A librdkafka property, such as security.protocol=ssl; may be repeated (QUICKETL_KAFKA_SECURITY_PROTOCOL).",
            valueName: "name=value"))
    var kafkaProperties: [Assignment] = []

    /// Settings with a fleet that something can be handed to; `waits`: and asked for what became of it.
    func fleetSettings(waits: Bool) throws -> Settings {
        let settings = try settings()
        guard settings.text(.store) != nil || settings.text(.kafka) != nil else {
            throw Stop(
                .wrongUse, "no fleet is known here; start one with \"quicketl dev\", or give --kafka and --store")
        }
        if waits, settings.text(.store) == nil { throw Stop(.wrongUse, "--wait needs --store, where states are kept") }
        return settings
    }

    func settings(adding flags: [SettingName: String?] = [:]) throws -> Settings {
        var given = flags.compactMapValues { $0 }
        given[.store] = store ?? given[.store]
        given[.kafka] = kafka ?? given[.kafka]
        return try Settings.resolve(
            flags: given,
            kafkaProperties: Dictionary(
                kafkaProperties.map { ($0.name, $0.value) }, uniquingKeysWith: { _, last in last }),
            environment: ProcessInfo.processInfo.environment,
            directory: FileManager.default.currentDirectoryPath)
    }
}
