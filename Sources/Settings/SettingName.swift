/// Every setting of the executables, by its name in `quicketl.yml`.
///
/// The environment variable of `topic_prefix` is `QUICKETL_TOPIC_PREFIX`, and so for all.
public enum SettingName: String, Sendable, CaseIterable {
    case store, kafka
    case topicPrefix = "topic_prefix"
    case group, slots, memory, threads, roots
    case temporaryDirectory = "temporary_directory"
    case stagingDirectory = "staging_directory"
    case secretsDirectory = "secrets_directory"
    case drainLimit = "drain_limit"
    case duckdb
    case logLevel = "log_level"

    public var environmentVariable: String { "QUICKETL_" + rawValue.uppercased() }

    public var summary: String {
        switch self {
        case .store: "PostgreSQL: a libpq connection string or URI, TLS options included"
        case .kafka: "Kafka brokers, as host:port[,host:port…]"
        case .topicPrefix: "first part of the topics' names"
        case .group: "Kafka consumer group of the workers"
        case .slots: "runs that a worker executes at once"
        case .memory: "memory for all local runs of a worker together, such as 8GB"
        case .threads: "threads of each local run"
        case .roots: "folders that runs may read and write, separated by colons; empty: all"
        case .temporaryDirectory: "where local runs spill to when memory is short"
        case .stagingDirectory:
            "where results for databases are staged, on storage that all workers share; empty: the run's own folder"
        case .secretsDirectory: "folder with a file for each secret, as container engines mount them"
        case .drainLimit: "seconds that running attempts may go on after a request to stop"
        case .duckdb: "the duckdb executable; otherwise found beside the program, then on PATH"
        case .logLevel: "trace, debug, info, notice, warning, error or critical"
        }
    }

    /// nil: unset unless given.
    public var defaultValue: String? {
        switch self {
        case .store, .kafka, .memory, .threads, .roots, .temporaryDirectory, .stagingDirectory, .duckdb: nil
        case .secretsDirectory: "/run/secrets"
        case .topicPrefix: "quicketl"
        case .group: "quicketl-workers"
        case .slots: "2"
        case .drainLimit: "30"
        case .logLevel: "info"
        }
    }
}
