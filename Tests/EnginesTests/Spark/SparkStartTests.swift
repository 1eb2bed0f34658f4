import Fleet
import Foundation
import Support
import Testing

@testable import Engines

/// What stands against a start of Spark is told at once, with what to do.
@Suite struct SparkStartTests {
    private static func settings(_ environment: [String: String], properties: [String: String] = [:]) throws
        -> SparkSettings
    {
        var settings = SparkSettings(
            environment: environment, properties: properties, executable: try DuckDBLocation.path())
        // Among hundreds of other tests Java starts slowly.
        settings.startLimit = .seconds(300)
        return settings
    }

    private static func refusal(_ settings: SparkSettings) async throws -> String {
        let keeper = SparkKeeper(settings: settings)
        let failure = try await #require(throws: Failure.self) { _ = try await keeper.session() }
        await keeper.shutDown()
        return failure.message
    }

    /// Prints what a Java of that age prints when it is given Spark's launcher.
    private static let oldJava = """
        #!/bin/sh
        echo 'Error: LinkageError occurred while loading main class org.apache.spark.launcher.Main' >&2
        echo '	java.lang.UnsupportedClassVersionError: org/apache/spark/launcher/Main has been compiled by a more' \
            'recent version of the Java Runtime (class file version 61.0), this version of the Java Runtime only' \
            'recognizes class file versions up to 55.0' >&2
        exit 1
        """

    @Test func aJavaThatIsTooOldIsNamed() async throws {
        try await withTemporaryFolder { folder in
            try FileManager.default.createDirectory(atPath: folder + "/bin", withIntermediateDirectories: true)
            try writeScript(Self.oldJava, to: folder + "/bin/java")
            let message = try await Self.refusal(try Self.settings(["JAVA_HOME": folder]))
            #expect(message.contains("Java is too old; Spark 4 needs Java 17"))
        }
    }

    @Test func aJavaThatIsNotThereIsNamed() async throws {
        let message = try await Self.refusal(try Self.settings(["JAVA_HOME": "/nowhere"]))
        #expect(message.contains("JAVA_HOME names /nowhere, which holds no bin/java"))
    }

    @Test func memoryThatJavaDoesNotTakeIsNamed() async throws {
        let message = try await Self.refusal(try Self.settings(["SPARK_DRIVER_MEMORY": "many"]))
        #expect(message.contains("SPARK_DRIVER_MEMORY"))
    }

    @Test(arguments: [
        "spark.master", "spark.driver.memory", "spark.connect.grpc.binding.address", "spark.sql.ansi.enabled",
        "spark.sql.session.timeZone",
    ])
    func whatWouldChangeAnswersIsNotTakenAsAProperty(name: String) async throws {
        let message = try await Self.refusal(try Self.settings([:], properties: [name: "x"]))
        #expect(message.contains("the property \(name) is not to be set"))
    }

    @Test func hadoopsPropertiesHaveSparksPrefix() async throws {
        let message = try await Self.refusal(try Self.settings([:], properties: ["fs.s3a.endpoint": "x"]))
        #expect(message.contains("spark.hadoop."))
    }

    #if os(Linux)
        @Test(.timeLimit(.minutes(5)))
        func theServerKnowsNothingOfTheProgramsEnvironmentAndShowsNobodyItsToken() async throws {
            let keeper = try SparkForTests.tables().keeper
            _ = try await keeper.session()
            let process = try #require(await keeper.serverProcess)
            func parts(_ file: String) -> [String] {
                String(
                    decoding: FileManager.default.contents(atPath: "/proc/\(process)/\(file)") ?? Data(), as: UTF8.self
                )
                .split(separator: "\0").map(String.init)
            }
            let names = parts("environ").map { String($0.prefix { $0 != "=" }) }
            #expect(names.contains("SPARK_CONNECT_AUTHENTICATE_TOKEN"))
            // Beside what we give: what Spark's own scripts and the shell set.
            let known = ["PATH", "HOME", "LANG", "PWD", "OLDPWD", "SHLVL", "_", "PYTHONHASHSEED", "JAVA_HOME"]
            let others = names.filter { name in
                !known.contains(name)
                    && !["SPARK_", "_SPARK", "HADOOP_CONF", "YARN_CONF"].contains { name.hasPrefix($0) }
            }
            #expect(others == [])
            let token = try #require(try await keeper.remote().token)
            #expect(!parts("cmdline").contains { $0.contains(token) })
        }
    #endif

    @Test(.timeLimit(.minutes(5))) func aResourceManagerThatIsNotThereIsNamedSoon() async throws {
        try await expectYARNToBeNamed(port: 1)
    }

    #if os(Linux)
        /// As a laptop that is not in the cluster's network has it.
        @Test(.timeLimit(.minutes(5))) func aResourceManagerThatSaysNothingIsNamedSoon() async throws {
            let mute = try MutePort()
            try await expectYARNToBeNamed(port: mute.port)
            withExtendedLifetime(mute) {}
        }
    #endif

    private func expectYARNToBeNamed(port: UInt16) async throws {
        try await withTemporaryFolder { folder in
            try write(
                """
                <configuration>
                  <property><name>yarn.resourcemanager.address</name><value>127.0.0.1:\(port)</value></property>
                </configuration>
                """, to: folder + "/yarn-site.xml")
            let message = try await Self.refusal(
                try Self.settings(["SPARK_MASTER": "yarn", "HADOOP_CONF_DIR": folder]))
            #expect(message.contains("YARN's resource manager does not answer"))
            #expect(message.contains("yarn-site.xml"))
        }
    }

    @Test func yarnWithoutTheClustersSettingsAndKubernetesWithoutAnImageAreNamed() async throws {
        let yarn = try await Self.refusal(try Self.settings(["SPARK_MASTER": "yarn"]))
        #expect(yarn.contains("neither HADOOP_CONF_DIR nor YARN_CONF_DIR names the folder"))
        let pods = try await Self.refusal(try Self.settings(["SPARK_MASTER": "k8s://https://127.0.0.1:1"]))
        #expect(pods.contains("no image for executors is given; set SPARK_KUBERNETES_CONTAINER_IMAGE"))
    }

    @Test(.timeLimit(.minutes(5))) func theConnectorOfAnObjectStoreThatIsMissingIsNamedWithTheLineThatHelps()
        async throws
    {
        let message = try await Self.refusal(
            try Self.settings(
                [:], properties: ["spark.eventLog.enabled": "true", "spark.eventLog.dir": "s3a://bucket/events"]))
        #expect(message.contains("spark.jars.packages=org.apache.hadoop:hadoop-aws:VERSION"))
    }

    @Test func mastersAddressesAreRead() {
        #expect(
            MasterAddress("spark://a:7077,[::1]:7078")?.hosts == [
                .init(name: "a", port: "7077"), .init(name: "::1", port: "7078"),
            ])
        #expect(MasterAddress("k8s://https://api.example")?.hosts == [.init(name: "api.example", port: "443")])
        #expect(MasterAddress("k8s://https://api.example:6443/x")?.hosts == [.init(name: "api.example", port: "6443")])
        #expect(MasterAddress("local[*]") == nil)
        #expect(MasterAddress("yarn") == nil)
    }

    @Test func databricksIsAnEncryptedConnectionWithATokenAndTheClustersName() throws {
        let remote = try Databricks([
            "DATABRICKS_HOST": "https://name.cloud.example/", "DATABRICKS_TOKEN": "t", "DATABRICKS_CLUSTER_ID": "7-x",
        ]).remote()
        #expect(remote.host == "name.cloud.example")
        #expect(remote.port == 443)
        #expect(remote.usesTLS)
        #expect(remote.token == "t")
        #expect(remote.headers == ["x-databricks-cluster-id": "7-x"])
    }

    @Test func whatDatabricksNeedsIsNamedWithoutWhatIsSecret() async throws {
        let message = try await Self.refusal(
            try Self.settings(["SPARK_MASTER": "databricks", "DATABRICKS_TOKEN": "canary"]))
        #expect(message.contains("DATABRICKS_HOST, DATABRICKS_CLUSTER_ID are not set"))
        #expect(!message.contains("canary"))
    }
}
