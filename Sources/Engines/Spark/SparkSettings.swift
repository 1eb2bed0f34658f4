public import Fleet
public import Foundation

/// Which Spark is used, and how a server of our own is started.
public struct SparkSettings: Sendable {
    public enum Place: Sendable, Hashable {
        /// A server that somebody else keeps, as `sc://…`.
        case remote(String)
        case databricks(Databricks)
        /// A server of our own, on this master.
        case own(master: String)
    }

    public var place: Place
    /// Absolute; the server's own folder is made below it.
    public var temporaryDirectory: String
    /// What the server may know of: Java, Hadoop's and YARN's folders.
    public var environment: [String: String]
    /// Of the driver, as Spark writes it (`768m`).
    public var driverMemory: String
    /// `spark.*`, beside those that we set.
    public var properties: [String: String]
    /// Until a server of our own must have said that it is ready.
    public var startLimit = Duration.seconds(90)
    /// After its last run a server of our own is kept so long; nil: until the end.
    public var idleLimit: Duration? = .seconds(900)
    /// A PEM file, absolute, with the certificates that may vouch for a server of somebody else; nil: the machine's.
    public var authorities: String?
    var toolFolders: [String]

    /// Reads `SPARK_REMOTE`, `SPARK_MASTER` (`local[*]`), `SPARK_DRIVER_MEMORY`, `SPARK_EXECUTOR_MEMORY`,
    /// `SPARK_EXECUTOR_CORES`, `SPARK_KUBERNETES_CONTAINER_IMAGE`; finds Spark by `SPARK_HOME` or beside the program.
    /// With `SPARK_MASTER=databricks`, `DATABRICKS_HOST`, `DATABRICKS_TOKEN` and `DATABRICKS_CLUSTER_ID`.
    /// `properties`: `spark.*`, which count more than those variables.
    public init(
        environment: [String: String] = ProcessInfo.processInfo.environment, properties more: [String: String] = [:],
        temporaryDirectory: String = NSTemporaryDirectory(), executable: String? = nil
    ) {
        func given(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
        if let remote = given("SPARK_REMOTE") {
            place = .remote(remote)
        } else if given("SPARK_MASTER") == Databricks.master {
            place = .databricks(Databricks(environment))
        } else {
            place = .own(master: given("SPARK_MASTER") ?? "local[*]")
        }
        self.temporaryDirectory = temporaryDirectory
        // Nothing else of our environment reaches the server: SQL can read all of its own.
        let known = ["PATH", "JAVA_HOME", "SPARK_HOME", "HADOOP_CONF_DIR", "YARN_CONF_DIR"]
        self.environment = environment.filter { known.contains($0.key) }
        driverMemory = given("SPARK_DRIVER_MEMORY") ?? "1g"
        var properties: [String: String] = [:]
        properties["spark.executor.memory"] = given("SPARK_EXECUTOR_MEMORY")
        properties["spark.executor.cores"] = given("SPARK_EXECUTOR_CORES")
        properties["spark.kubernetes.container.image"] = given("SPARK_KUBERNETES_CONTAINER_IMAGE")
        self.properties = properties.merging(more) { _, given in given }
        toolFolders = DuckDBBinary.toolFolders(above: executable ?? DuckDBBinary.currentExecutable())
    }

    /// The folder of the Spark that a server of our own would be started from. Throws when that or Java is missing.
    public func home() throws(Failure) -> String {
        try SparkHome.locate(environment: environment, toolFolders: toolFolders).spark
    }

    /// What stands against such a start, before anything is started.
    func check(master: String) throws(Failure) {
        if let wrong = properties.keys.sorted().first(where: { !$0.hasPrefix("spark.") }) {
            throw Failure(
                .unreachable,
                "starting Spark failed: \(wrong) is no property of Spark's; their names begin with spark. (Hadoop's with "
                    + "spark.hadoop.)")
        }
        if let ours = properties.keys.sorted().first(where: Self.isOurs) {
            throw Failure(
                .unreachable,
                "starting Spark failed: the property \(ours) is not to be set; the program sets it itself, or there is a "
                    + "setting for it (SPARK_MASTER, SPARK_DRIVER_MEMORY)")
        }
        let isKnown = ["local", "spark://", "k8s://"].contains { master.hasPrefix($0) } || master == "yarn"
        guard isKnown else {
            throw Failure(
                .unreachable,
                "starting Spark failed: SPARK_MASTER is \(master); write local[*], spark://host:port, yarn or "
                    + "k8s://https://host:port, or set SPARK_REMOTE to a Spark Connect server")
        }
        if master.hasPrefix("k8s://"), properties["spark.kubernetes.container.image"] == nil {
            throw Failure(
                .unreachable,
                "starting Spark failed: SPARK_MASTER is \(master), and no image for executors is given; set "
                    + "SPARK_KUBERNETES_CONTAINER_IMAGE")
        }
        if master == "yarn", environment["HADOOP_CONF_DIR"] == nil, environment["YARN_CONF_DIR"] == nil {
            throw Failure(
                .unreachable,
                "starting Spark failed: SPARK_MASTER is yarn, and neither HADOOP_CONF_DIR nor YARN_CONF_DIR names the "
                    + "folder with the cluster's settings")
        }
    }

    /// What would take the server out of our hands, or change the meaning of statements.
    private static func isOurs(_ property: String) -> Bool {
        ["spark.master", "spark.submit.deployMode", "spark.driver.memory"].contains(property)
            || property.hasPrefix("spark.connect.") || property.hasPrefix("spark.plugins")
            || SparkConnection.settings.contains { $0.key == property }
    }
}
