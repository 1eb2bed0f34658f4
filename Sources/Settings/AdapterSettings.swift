public import Engines
public import Fleet
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

extension FleetLimits {
    /// Throws when they do not fit together.
    public init(of settings: Settings) throws(SettingsError) {
        self.init()
        slots = try settings.count(.slots) ?? slots
        drainLimit = try settings.seconds(.drainLimit) ?? drainLimit
        renewalInterval = try settings.seconds(.renewalInterval) ?? renewalInterval
        leaseTrust = try settings.seconds(.leaseTrust) ?? leaseTrust
        observationInterval = try settings.seconds(.observationInterval) ?? observationInterval
        sessionBeforeLockJudgement = try settings.seconds(.sessionBeforeJudgement) ?? sessionBeforeLockJudgement
        lockFreeFor = try settings.seconds(.lockFreeFor) ?? lockFreeFor
        counterStillFor = try settings.seconds(.counterStillFor) ?? counterStillFor
        retry.firstDelay = try settings.seconds(.retryFirstDelay) ?? retry.firstDelay
        retry.cap = try settings.seconds(.retryCap) ?? retry.cap
        let problems = problems()
        guard problems.isEmpty else { throw SettingsError(problems.joined(separator: "; ")) }
    }
}

extension RoutingSettings {
    public init(of settings: Settings) throws(SettingsError) {
        self.init(
            localMaxBytes: try settings.bytes(.localMaxBytes), prefer: try settings.word(.prefer),
            sparkSlots: try settings.countOrNone(.sparkSlots) ?? RoutingSettings.defaultSparkSlots)
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

extension SparkSettings {
    /// From Spark's own variables, and from the settings what they have none for.
    public init(of settings: Settings, temporaryDirectory: String) throws(SettingsError) {
        self.init(properties: settings.sparkProperties, temporaryDirectory: temporaryDirectory)
        startLimit = try settings.seconds(.sparkStartLimit) ?? startLimit
        let idle = try settings.seconds(.sparkIdleLimit) ?? .zero
        idleLimit = idle > .zero ? idle : nil
        authorities = settings.text(.sparkAuthorities).map {
            ResolvedPath.absolute($0, in: FileManager.default.currentDirectoryPath)
        }
    }
}
