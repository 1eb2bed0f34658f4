import ArgumentParser
import Foundation
import Settings

struct WorkerOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("PostgreSQL: a libpq connection string or URI (QUICKETL_STORE).", valueName: "connection"))
    var store: String?

    @Option(help: ArgumentHelp("Kafka brokers (QUICKETL_KAFKA).", valueName: "host:port"))
    var kafka: String?

    @Option(help: ArgumentHelp("Runs executed at once (QUICKETL_SLOTS, default 2).", valueName: "n"))
    var slots: String?

    @Option(help: ArgumentHelp("Memory for all local runs together, such as 8GB (QUICKETL_MEMORY).", valueName: "size"))
    var memory: String?

    @Option(
        help: ArgumentHelp(
            "The most that DuckDB is given to read where Spark can do it too (QUICKETL_LOCAL_MAX_BYTES).",
            valueName: "size"))
    var localMaxBytes: String?

    @Option(
        help: ArgumentHelp(
            "Runs on Spark at once, beside the local ones (QUICKETL_SPARK_SLOTS, default 2).", valueName: "n"))
    var sparkSlots: String?

    @Option(
        help: ArgumentHelp(
            "Folders that runs may read and write, separated by colons (QUICKETL_ROOTS).", valueName: "a:b"))
    var roots: String?

    @Option(
        name: .customLong("drain-limit"),
        help: ArgumentHelp(
            "Seconds that running attempts may go on after SIGTERM (QUICKETL_DRAIN_LIMIT).", valueName: "s"))
    var drainLimit: String?

    @Option(
        name: .customLong("log-level"),
        help: ArgumentHelp("debug, info, warning, … (QUICKETL_LOG_LEVEL).", valueName: "level"))
    var logLevel: String?

    @Option(
        name: .customLong("spark-property"),
        help: ArgumentHelp(
            "A property of Spark's, such as spark.executor.memory=4g; may be repeated (QUICKETL_SPARK_PROPERTIES).",
            valueName: "name=value"))
    var sparkProperties: [String] = []

    @Flag(
        name: .customLong("stop-with-input"),
        help: "Drain when standard input ends: for a parent that must not leave workers behind.")
    var stopWithInput = false

    func settings() throws -> Settings {
        let given: [SettingName: String?] = [
            .store: store, .kafka: kafka, .slots: slots, .memory: memory, .roots: roots, .drainLimit: drainLimit,
            .logLevel: logLevel, .localMaxBytes: localMaxBytes, .sparkSlots: sparkSlots,
        ]
        var properties: [String: String] = [:]
        for text in sparkProperties {
            let pair = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard pair.count == 2 else {
                throw ValidationError("--spark-property is not name=value")
            }
            properties[pair[0]] = pair[1]
        }
        return try Settings.resolve(
            flags: given.compactMapValues(\.self), sparkProperties: properties,
            environment: ProcessInfo.processInfo.environment,
            directory: FileManager.default.currentDirectoryPath)
    }
}
