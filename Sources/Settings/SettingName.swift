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
    case localMaxBytes = "local_max_bytes"
    case prefer
    case sparkSlots = "spark_slots"
    case drainLimit = "drain_limit"
    case renewalInterval = "renewal_interval"
    case leaseTrust = "lease_trust"
    case observationInterval = "observation_interval"
    case sessionBeforeJudgement = "session_before_judgement"
    case lockFreeFor = "lock_free_for"
    case counterStillFor = "counter_still_for"
    case retryFirstDelay = "retry_first_delay"
    case retryCap = "retry_cap"
    case duckdb
    case sparkIdleLimit = "spark_idle_limit"
    case sparkStartLimit = "spark_start_limit"
    case sparkWarm = "spark_warm"
    case sparkAuthorities = "spark_authorities"
    case lineageURL = "lineage_url"
    case lineageToken = "lineage_token"
    case lineageAuthorities = "lineage_authorities"
    case lineageTopic = "lineage_topic"
    case lineageNamespace = "lineage_namespace"
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
        case .localMaxBytes:
            "the most that DuckDB is given to read where Spark can do it too, such as 50GB; empty: no limit"
        case .prefer: "cost or speed: what the choice of engines weighs more; a pipeline's own wish counts before it"
        case .sparkSlots: "runs on Spark at once, beside the local ones; 0: Spark only where it is asked for"
        case .drainLimit: "seconds that running attempts may go on after a request to stop"
        case .renewalInterval: "seconds between two renewals of a worker's leases"
        case .leaseTrust: "seconds that a worker believes in its leases after the last renewal that was answered"
        case .observationInterval: "seconds between two looks at the other workers"
        case .sessionBeforeJudgement: "seconds that a worker must have been connected before it judges by free locks"
        case .lockFreeFor: "seconds after which a worker whose lock is free is dead"
        case .counterStillFor: "seconds after which a worker whose renewals stand still is dead"
        case .retryFirstDelay: "seconds until a run that failed for a passing reason is due again; doubled each time"
        case .retryCap: "the longest such wait, in seconds"
        case .duckdb: "the duckdb executable; otherwise found beside the program, then on PATH"
        case .sparkIdleLimit:
            "seconds without a run after which a Spark server of our own ends; 0: it is kept to the end"
        case .sparkStartLimit: "seconds until a Spark server of our own must be ready"
        case .sparkWarm: "yes: a worker starts and warms Spark when it starts; no: its first run on Spark does"
        case .sparkAuthorities:
            "PEM file with the certificates that may vouch for somebody else's Spark server; empty: those of the machine"
        case .lineageURL: "where workers POST OpenLineage events, such as http://marquez:5000/api/v1/lineage"
        case .lineageToken: "bearer token for it"
        case .lineageAuthorities:
            "PEM file with the certificates that may vouch for it over https; empty: those of the machine"
        case .lineageTopic: "Kafka topic that workers publish OpenLineage events to"
        case .lineageNamespace: "namespace of pipelines in OpenLineage events"
        case .logLevel: "trace, debug, info, notice, warning, error or critical"
        }
    }

    /// nil: unset unless given.
    public var defaultValue: String? {
        switch self {
        case .store, .kafka, .memory, .threads, .roots, .temporaryDirectory, .stagingDirectory, .duckdb, .lineageURL,
            .lineageToken, .lineageAuthorities, .lineageTopic, .localMaxBytes, .prefer, .sparkAuthorities:
            nil
        case .sparkSlots: "2"
        case .lineageNamespace: "quicketl"
        case .sparkIdleLimit: "900"
        case .sparkStartLimit: "90"
        case .sparkWarm: "no"
        case .secretsDirectory: "/run/secrets"
        case .topicPrefix: "quicketl"
        case .group: "quicketl-workers"
        case .slots: "2"
        case .drainLimit: "30"
        case .renewalInterval: "2"
        case .leaseTrust: "11"
        case .observationInterval: "0.5"
        case .sessionBeforeJudgement: "10"
        case .lockFreeFor: "1"
        case .counterStillFor: "15"
        case .retryFirstDelay: "2"
        case .retryCap: "300"
        case .logLevel: "info"
        }
    }
}
