import ArgumentParser
import Fleet
import Foundation
import Logging
import Queue
import ServiceLifecycle
import Settings
import Store
import UnixSignals

struct DevCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dev",
        abstract: "Start a whole fleet on this machine: PostgreSQL, a broker and workers, in one command.",
        discussion: """
            PostgreSQL keeps its data below the folder, so that a second start finds its history again. The broker is
            librdkafka's mock cluster: the real protocol over TCP, kept in memory. Other commands started below the
            current folder find the fleet by themselves. Ctrl-C stops everything in order.
            """)

    @Option(name: [.long, .customShort("n")], help: "How many workers.")
    var workers = 2

    @Option(help: "Runs that each worker executes at once.")
    var slots = 2

    @Option(help: ArgumentHelp("Memory for the local runs of each worker, such as 4GB.", valueName: "size"))
    var memory: String?

    @Option(help: ArgumentHelp("Where data, logs and dev.env are kept.", valueName: "folder"))
    var directory = DevelopmentEnvironment.directoryName

    @Option(
        help: ArgumentHelp("Trigger files; where there are any, they are started as well.", valueName: "folder"))
    var triggers = TriggerFolder.defaultName

    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard (0...64).contains(workers) else { throw ValidationError("--workers must be between 0 and 64") }
        guard (1...64).contains(slots) else { throw ValidationError("--slots must be between 1 and 64") }
    }

    func run() async throws {
        let place = try DevelopmentPlace(path: directory)
        let logger = Logger(label: "quicketl-dev")
        let postgres = PrivatePostgres(directory: place.folder("postgres"))
        Console.note("starting PostgreSQL, broker and workers in \(place.path)")
        let connection = try await postgres.start()
        do {
            let applied = try await Services.withStore(StoreSettings(connection)) { try await $0.migrate() }
            if !applied.isEmpty { Console.note("schema brought up to date: \(applied.joined(separator: ", "))") }
            let broker = try await EmbeddedBroker.start(topics: Topics(), logger: logger)
            var environment = [
                SettingName.store.environmentVariable: connection,
                SettingName.kafka.environmentVariable: broker.address,
            ]
            for (property, value) in EmbeddedBroker.clientProperties {
                environment["QUICKETL_KAFKA_" + property.uppercased().replacingOccurrences(of: ".", with: "_")] = value
            }
            try await serve(place: place, postgres: postgres, broker: broker, environment: environment, logger: logger)
        } catch {
            // The first error is what matters; a stop that fails as well is said on the way.
            do { try await postgres.stop() } catch { Console.note("PostgreSQL did not stop: \(error)") }
            throw error
        }
    }

    private func serve(
        place: DevelopmentPlace, postgres: PrivatePostgres, broker: EmbeddedBroker, environment: [String: String],
        logger: Logger
    ) async throws {
        let file = DevelopmentEnvironment(path: place.file(DevelopmentEnvironment.fileName), variables: environment)
        try file.write()
        defer { file.remove() }
        var arguments = ["--slots", String(slots), "--stop-with-input"]
        if let memory { arguments += ["--memory", memory] }
        var children = try (0..<workers).map { index in
            try FleetChild(
                name: "worker \(index + 1)", arguments: arguments, environment: environment,
                log: place.file("logs/worker-\(index + 1).log"))
        }
        if TriggerFolder.holdsTriggers(triggers) {
            children.append(
                try FleetChild(
                    name: "triggers", program: "quicketl",
                    arguments: ["triggers", "run", triggers, "--stop-with-input"],
                    environment: environment, log: place.file("logs/triggers.log")))
        }
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                // Stopped in reverse order: workers, broker, database.
                services: [.init(service: PostgresService(postgres: postgres)), .init(service: broker)]
                    + children.map { .init(service: $0) },
                gracefulShutdownSignals: [.sigint, .sigterm], logger: logger))
        try announce(place: place, environment: environment, children: children)
        try await group.run()
        Console.note("stopped")
    }

    private func announce(place: DevelopmentPlace, environment: [String: String], children: [FleetChild]) throws {
        if output.json {
            try JSONText.show(
                Ready(
                    environmentFile: place.file(DevelopmentEnvironment.fileName), environment: environment,
                    workerLogs: children.filter { $0.name.hasPrefix("worker") }.map(\.log)))
        }
        Console.note("PostgreSQL  psql '\(environment[SettingName.store.environmentVariable] ?? "")'")
        Console.note("broker      \(environment[SettingName.kafka.environmentVariable] ?? "") (in memory)")
        for child in children {
            Console.note("\(child.name.padding(toLength: 10, withPad: " ", startingAt: 0))  log in \(child.log)")
        }
        Console.note("addresses   \(place.file(DevelopmentEnvironment.fileName))")
        Console.note("quicketl dev: ready; Ctrl-C stops everything")
    }
}

/// Printed once, when everything can be reached; the command then goes on until it is stopped.
private struct Ready: Encodable {
    var environmentFile: String
    var environment: [String: String]
    var workerLogs: [String]
}

/// Stops the private PostgreSQL when the group is asked to stop.
private struct PostgresService: Service {
    let postgres: PrivatePostgres

    func run() async throws {
        // Ends at graceful shutdown or cancellation; either way the server has to stop.
        try? await gracefulShutdown()
        try await postgres.stop()
    }
}
