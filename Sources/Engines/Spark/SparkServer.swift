import Fleet
import Foundation
import Synchronization

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// A Spark Connect server that this process started: a Java process that ends with us, listens on this machine alone,
/// and wants a token that nobody else knows.
final class SparkServer: Sendable {
    let remote: SparkRemote
    private let child: SupervisedChild
    private let log: ServerLog
    private let reaper: Task<Void, Never>
    /// Whether something on other machines works for it.
    private let holdsOthers: Bool

    static let readyMark = "Spark Connect server started at: "
    /// Lines of the log that are kept, for looking at why a start failed.
    static let keptLines = 200

    private init(
        remote: SparkRemote, child: SupervisedChild, log: ServerLog, reaper: Task<Void, Never>, holdsOthers: Bool
    ) {
        (self.remote, self.child, self.log, self.reaper) = (remote, child, log, reaper)
        self.holdsOthers = holdsOthers
    }

    /// What it printed last. It may quote rows: not for showing.
    var lastLines: String { log.text }

    var isRunning: Bool { child.isRunning }
    var processID: Int32 { child.processID }

    /// Why it ended by itself, where its last words say so. Waits for these.
    var causeOfEnd: Failure? {
        get async {
            guard !isRunning else { return nil }
            await reaper.value
            return log.text.contains("OutOfMemoryError") ? SparkFailure.outOfMemory : nil
        }
    }

    /// Ends it and waits for its end. Repeatable.
    func stop() async { await Self.end(child, reaper, holdsOthers: holdsOthers) }

    /// So long it may take to give back what it holds.
    static let farewell = Duration.seconds(10)

    private static func end(_ child: SupervisedChild, _ reaper: Task<Void, Never>, holdsOthers: Bool) async {
        // Executors on other machines end with their driver, but the pods that they ran in are for it to delete.
        if holdsOthers { child.terminate() } else { child.kill() }
        let limit = Task {
            // Cancelled: it has ended.
            if (try? await Task.sleep(for: farewell)) != nil { child.kill() }
        }
        await reaper.value
        limit.cancel()
    }

    /// Starts a server and waits until it listens. Cancelled or failed: nothing of it is left.
    static func start(_ settings: SparkSettings, master: String) async throws -> SparkServer {
        try settings.check(master: master)
        let home = try SparkHome.locate(environment: settings.environment, toolFolders: settings.toolFolders)
        if let address = MasterAddress(master) { try await address.check() }
        let token = (0..<4).map { _ in String(UInt64.random(in: .min ... .max), radix: 36) }.joined()
        let folder = "\(settings.temporaryDirectory)/quicketl-spark-\(UUID().uuidString.lowercased())"
        let log = ServerLog()
        let child = try await BlockingLane.run {
            try prepare(folder)
            do throws(SupervisedChild.StartError) {
                return try SupervisedChild(
                    executable: "/bin/bash",
                    arguments: [home.spark + "/bin/spark-submit"] + arguments(settings, master: master),
                    environment: environment(settings, master: master, home: home, folder: folder, token: token),
                    folder: folder)
            } catch {
                removeFolder(folder)
                throw Failure(.engineLost, error.message)
            }
        }
        let reaper = drain(child, into: log, folder: folder)
        let holdsOthers = !master.hasPrefix("local")
        do {
            let port = try await port(from: log, within: settings.startLimit, master: master)
            let remote = SparkRemote(host: "127.0.0.1", port: port, token: token)
            return SparkServer(
                remote: remote, child: child, log: log, reaper: reaper, holdsOthers: holdsOthers)
        } catch {
            await end(child, reaper, holdsOthers: holdsOthers)
            throw error
        }
    }

    // MARK: - Pieces of a start

    private static func prepare(_ folder: String) throws {
        let files = FileManager.default
        try files.createDirectory(
            atPath: folder + "/conf", withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        let log = """
            rootLogger.level = warn
            rootLogger.appenderRef.stderr.ref = stderr
            appender.stderr.type = Console
            appender.stderr.name = stderr
            appender.stderr.target = SYSTEM_ERR
            appender.stderr.layout.type = PatternLayout
            appender.stderr.layout.pattern = %p %c{1}: %m%n%ex
            logger.connect.name = org.apache.spark.sql.connect.service.SparkConnectServer
            logger.connect.level = info
            """
        try log.write(toFile: folder + "/conf/log4j2.properties", atomically: false, encoding: .utf8)
    }

    private static func removeFolder(_ folder: String) {
        // It lies in the system's folder for temporary things; what stays of it, the system removes.
        try? FileManager.default.removeItem(atPath: folder)
    }

    private static func environment(
        _ settings: SparkSettings, master: String, home: SparkHome, folder: String, token: String
    ) -> [String: String] {
        var result = settings.environment
        result["SPARK_HOME"] = home.spark
        result["PATH"] = "\(URL(fileURLWithPath: home.java).deletingLastPathComponent().path):/usr/bin:/bin"
        result["HOME"] = folder
        result["LANG"] = "C.UTF-8"
        result["SPARK_CONF_DIR"] = folder + "/conf"
        result["SPARK_LOCAL_DIRS"] = folder
        if isLocal(master) { result["SPARK_LOCAL_IP"] = "127.0.0.1" }
        // In the environment, for everybody may read the arguments of a process.
        result["SPARK_CONNECT_AUTHENTICATE_TOKEN"] = token
        return result
    }

    /// Whether everything of this Spark is on this machine: then nothing of it need listen to others.
    private static func isLocal(_ master: String) -> Bool {
        ["local", "spark://127.0.0.1:", "spark://localhost:"].contains { master.hasPrefix($0) }
    }

    private static func arguments(_ settings: SparkSettings, master: String) -> [String] {
        var properties = [
            "spark.connect.grpc.binding.address": "127.0.0.1",
            "spark.connect.grpc.binding.port": "0",
            "spark.ui.enabled": "false",
            "spark.scheduler.mode": "FAIR",
            "spark.sql.catalogImplementation": "in-memory",
            "spark.driver.extraJavaOptions":
                "-XX:MaxMetaspaceSize=512m -XX:MaxDirectMemorySize=256m -XX:ReservedCodeCacheSize=192m -Xss16m",
        ]
        if isLocal(master) {
            properties["spark.driver.bindAddress"] = "127.0.0.1"
            properties["spark.driver.host"] = "127.0.0.1"
        }
        // A driver that listens to other machines: nobody but the executors that it asked for may speak to it. What they
        // need for that stands in their pods.
        if master.hasPrefix("k8s://") { properties["spark.authenticate"] = "true" }
        // Else a resource manager that is gone is waited for for many minutes. Three times, 2 s apart: each time three tries
        // where nobody listens, and one where nobody answers. Either way it is told within half a minute.
        if master == "yarn" {
            properties["spark.hadoop.ipc.client.connect.max.retries"] = "2"
            properties["spark.hadoop.ipc.client.connect.timeout"] = "4000"
            properties["spark.hadoop.ipc.client.connect.max.retries.on.timeouts"] = "0"
            properties["spark.hadoop.yarn.resourcemanager.connect.max-wait.ms"] = "6000"
            properties["spark.hadoop.yarn.resourcemanager.connect.retry-interval.ms"] = "2000"
        }
        // 200 tasks for every shuffle are for clusters.
        if master.hasPrefix("local") { properties["spark.sql.shuffle.partitions"] = "8" }
        properties.merge(settings.properties) { _, given in given }
        return [
            "--class", "org.apache.spark.sql.connect.service.SparkConnectServer", "--master", master, "--name",
            "quicketl", "--driver-memory", settings.driverMemory,
        ] + properties.sorted { $0.key < $1.key }.flatMap { ["--conf", "\($0.key)=\($0.value)"] } + ["spark-internal"]
    }

    private static func port(from log: ServerLog, within limit: Duration, master: String) async throws -> Int {
        let start = ContinuousClock.now
        while true {
            try Task.checkCancellation()
            switch log.state {
            case .ready(let port): return port
            case .ended: throw refusal(log.text, master: master)
            case .starting where goesOnInVain(log.text): throw refusal(log.text, master: master)
            case .starting: break
            }
            guard ContinuousClock.now - start < limit else {
                throw Failure(
                    .unreachable,
                    "starting Spark failed: the server on master \(master) was not ready after \(limit.components.seconds) "
                        + "seconds; is the master reachable?")
            }
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    /// Whether it would go on trying, for a minute or for ever, what will not come about.
    private static func goesOnInVain(_ log: String) -> Bool {
        log.contains("Failed to connect to master")
            || log.contains("KubernetesClientException") && log.contains("Failure executing: POST")
    }

    /// From the log of a server that ended before it was ready.
    static func refusal(_ log: String, master: String) -> Failure {
        let reason = reasons.first { reason in reason.marks.contains { log.contains($0) } }
        let text =
            reason?.text.replacing("MASTER", with: master)
            ?? "the server ended before it was ready (master \(master)); start spark-submit by hand with the same "
            + "settings to see its own words"
        return Failure(.unreachable, "starting Spark failed: \(text)")
    }

    /// What its own words mean. The first that fits: what comes of another comes behind it.
    private static let reasons: [(marks: [String], text: String)] = [
        (
            ["UnsupportedClassVersionError", "Unrecognized option: --add"],
            "Java is too old; Spark 4 needs Java \(SparkHome.oldestJava) or newer (JAVA_HOME)"
        ),
        (
            ["Could not create the Java Virtual Machine", "Invalid maximum heap size", "must be at least"],
            "Java did not take its options; see SPARK_DRIVER_MEMORY (such as 2g, at least 512m) and "
                + "spark.driver.extraJavaOptions"
        ),
        (
            ["OutOfMemoryError", "Could not reserve enough space"],
            "there is not memory enough for it; see SPARK_DRIVER_MEMORY"
        ),
        (
            ["All masters are unresponsive", "Failed to connect to master"],
            "the master MASTER does not answer; see whether it runs there, and whether this machine may connect to it"
        ),
        (
            ["Must specify the executor container image"],
            "on Kubernetes it needs an image for its executors: SPARK_KUBERNETES_CONTAINER_IMAGE"
        ),
        (
            ["KubernetesClientException"],
            "the API server of MASTER refused what was asked, or did not answer; see the address, and whether the "
                + "account may make pods there (kubectl auth can-i create pods)"
        ),
        (
            ["Could not parse Master URL", "Master must either be"], "MASTER is no master that Spark knows"
        ),
        (
            ["S3AFileSystem not found"],
            "a property names a path of s3a://, whose connector Spark does not bring; add the property "
                + "spark.jars.packages=org.apache.hadoop:hadoop-aws:VERSION, of the version of Hadoop in Spark's jars"
        ),
        (
            ["ClassNotFoundException", "unresolved dependency", "UNRESOLVED DEPENDENCIES"],
            "a class or package that its properties name was not found; see spark.jars, spark.jars.packages"
        ),
        (
            ["failed on connection exception", "failed on socket timeout exception", "ResourceManager"],
            "YARN's resource manager does not answer; see the address in yarn-site.xml, in the folder of HADOOP_CONF_DIR"
        ),
    ]

    /// A thread that reads what the server prints, so that it is never held up, to its end.
    private static func drain(_ child: SupervisedChild, into log: ServerLog, folder: String) -> Task<Void, Never> {
        let (ended, end) = AsyncStream.makeStream(of: Void.self)
        let thread = Thread {
            var watched = [child.output, child.error].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
            var buffer = [UInt8](repeating: 0, count: 1 << 16)
            while watched.contains(where: { $0.fd >= 0 }) {
                _ = poll(&watched, nfds_t(watched.count), -1)
                for index in watched.indices where watched[index].fd >= 0 && watched[index].revents != 0 {
                    let count = read(watched[index].fd, &buffer, buffer.count)
                    if count > 0 {
                        log.take(buffer[..<count])
                    } else if count == 0 || (errno != EAGAIN && errno != EINTR) {
                        // Left out of the next poll.
                        watched[index].fd = -1
                    }
                }
            }
            child.reap()
            log.end()
            removeFolder(folder)
            end.finish()
        }
        thread.start()
        return Task { for await _ in ended {} }
    }
}

/// The last lines that a server printed, and whether it has said that it is ready.
private final class ServerLog: Sendable {
    enum State: Sendable { case starting, ready(Int), ended }

    private struct Content {
        var lines: [String] = []
        var rest: [UInt8] = []
        var state = State.starting
    }

    private let content = Mutex(Content())

    var state: State { content.withLock { $0.state } }
    var text: String { content.withLock { $0.lines.joined(separator: "\n") } }

    func take(_ bytes: ArraySlice<UInt8>) {
        content.withLock { content in
            for byte in bytes {
                // A line without an end is cut.
                guard byte == UInt8(ascii: "\n") || content.rest.count > 1 << 14 else {
                    content.rest.append(byte)
                    continue
                }
                let line = String(decoding: content.rest, as: UTF8.self)
                content.rest = []
                if let mark = line.range(of: SparkServer.readyMark),
                    let port = line[mark.upperBound...].split(separator: ":").last.flatMap({ Int($0) })
                {
                    content.state = .ready(port)
                }
                content.lines.append(line)
                if content.lines.count > SparkServer.keptLines { content.lines.removeFirst() }
            }
        }
    }

    func end() { content.withLock { $0.state = .ended } }
}
