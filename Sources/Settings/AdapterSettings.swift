public import Engines
import Fleet
import Foundation
import Pipeline
public import Queue
public import Store

/// What the adapters are told, from the settings of a start.

extension StoreSettings {
    /// nil when no store is set.
    public init?(of settings: Settings, applicationName: String) {
        guard let connection = settings.text(.store) else { return nil }
        self.init(connection, applicationName: applicationName)
    }
}

extension KafkaSettings {
    /// nil when no brokers are set.
    public init?(of settings: Settings, clientID: String) {
        guard let brokers = settings.text(.kafka) else { return nil }
        self.init(
            brokers: brokers, topicPrefix: settings.text(.topicPrefix) ?? "quicketl", groupID: settings.text(.group),
            clientID: clientID, properties: settings.kafkaProperties)
    }
}

extension DuckDBSettings {
    /// `slots` children share the memory of the settings. `secretsInEnvironment`: see `SecretPlaces`.
    public init(of settings: Settings, slots: Int, secretsInEnvironment: SecretPlaces.Environment) throws {
        var environment = ProcessInfo.processInfo.environment
        environment[DuckDBBinary.overrideVariable] = settings.text(.duckdb)
        self.init(
            binary: try DuckDBBinary.locate(environment: environment), slots: slots,
            allowedRoots: (settings.text(.roots) ?? "").split(separator: ":").map(String.init),
            memoryLimitBytes: try settings.bytes(.memory).map { $0 / Int64(max(1, slots)) },
            threads: try settings.count(.threads),
            temporaryDirectory: settings.text(.temporaryDirectory) ?? NSTemporaryDirectory(),
            stagingDirectory: settings.text(.stagingDirectory).map {
                ResolvedPath.absolute($0, in: FileManager.default.currentDirectoryPath)
            },
            secrets: SecretPlaces(
                variables: ProcessInfo.processInfo.environment, environment: secretsInEnvironment,
                directory: settings.text(.secretsDirectory)
            ).secrets)
    }
}
