import Foundation
import Synchronization

/// A process of Spark's own on this machine: a master, a worker of one, a Connect server. Gone at the latest with this
/// process, however that ends: a shell holds it, and kills it when its own input ends.
final class SparkProcess: Sendable {
    private struct State {
        var lines: [String] = []
        var hasEnded = false
    }

    private final class Output: Sendable {
        let state = Mutex(State())
    }

    private let shell: Process
    private let input: Pipe
    private let output = Output()

    /// Where `make setup` puts it.
    static func home() throws -> String {
        let library = Program.root + "/.tools/venv/lib"
        for version in try FileManager.default.contentsOfDirectory(atPath: library).sorted() {
            let home = "\(library)/\(version)/site-packages/pyspark"
            if FileManager.default.isExecutableFile(atPath: home + "/bin/spark-class") { return home }
        }
        throw Program.Unexpected("no pyspark below \(library); run `make setup`")
    }

    /// A script of Spark's, which gets this process's environment, too.
    private convenience init(
        _ program: String, _ arguments: [String], in folder: String, environment: [String: String]
    ) throws {
        try self.init(
            path: try Self.home() + "/bin/" + program, arguments, in: folder,
            environment: ProcessInfo.processInfo.environment.merging(environment) { $1 }
                .merging(["SPARK_LOCAL_IP": "127.0.0.1", "SPARK_HOME": try Self.home()]) { $1 })
    }

    /// `environment`: all of it.
    private init(path: String, _ arguments: [String], in folder: String, environment: [String: String]) throws {
        shell = Process()
        input = Pipe()
        let pipe = Pipe()
        shell.executableURL = URL(fileURLWithPath: "/bin/bash")
        let script = #"exec 3<&0; "$@" 3<&- </dev/null & child=$!; cat <&3 >/dev/null; kill -9 $child; wait"#
        shell.arguments = ["-c", script, "bash", path] + arguments
        shell.environment = environment
        shell.currentDirectoryURL = URL(fileURLWithPath: folder)
        (shell.standardInput, shell.standardOutput, shell.standardError) = (input, pipe, pipe)
        try shell.run()
        // A thread of its own, for the read blocks; to the end, so that nobody waits for a reader.
        let (output, reader) = (output, pipe.fileHandleForReading)
        Thread.detachNewThread {
            var rest = ""
            while case let piece = reader.availableData, !piece.isEmpty {
                rest += String(decoding: piece, as: UTF8.self)
                var lines = rest.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
                rest = lines.removeLast()
                output.state.withLock { $0.lines += lines }
            }
            output.state.withLock { $0.hasEnded = true }
        }
    }

    deinit { end() }

    /// Returns at once.
    func end() { try? input.fileHandleForWriting.close() }

    /// All that it has printed so far.
    var lines: [String] { output.state.withLock { $0.lines } }

    /// The rest of the first line that holds `mark`, behind it.
    func said(_ mark: String, within limit: Duration = .seconds(180)) async throws -> String {
        let deadline = ContinuousClock.now + limit
        while true {
            let (lines, hasEnded) = output.state.withLock { ($0.lines, $0.hasEnded) }
            for line in lines {
                if let found = line.range(of: mark) { return String(line[found.upperBound...]) }
            }
            guard !hasEnded, ContinuousClock.now < deadline else {
                throw Program.Unexpected("Spark never said \(mark): \(lines.suffix(20).joined(separator: "\n"))")
            }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    // MARK: - What there is

    /// A standalone master; answers with its URL.
    static func master(in folder: String) async throws -> (process: SparkProcess, url: String) {
        let process = try SparkProcess(
            "spark-class",
            ["org.apache.spark.deploy.master.Master", "--host", "127.0.0.1", "--port", "0", "--webui-port", "0"],
            in: folder, environment: [:])
        let port = try await process.said("Successfully started service 'sparkMaster' on port ")
        return (process, "spark://127.0.0.1:\(port.prefix { $0.isNumber })")
    }

    /// A worker of that master, which starts executors.
    static func worker(of master: String, in folder: String) async throws -> SparkProcess {
        let process = try SparkProcess(
            "spark-class",
            [
                "org.apache.spark.deploy.worker.Worker", "--host", "127.0.0.1", "--webui-port", "0", "--cores", "1",
                "--memory", "1g", "--work-dir", folder + "/spark-work", master,
            ], in: folder, environment: [:])
        _ = try await process.said("Successfully registered with master")
        return process
    }

    /// A Connect server on this machine; answers with its URI. What it is asked to do stands in `folder/events`.
    static func connectServer(in folder: String) async throws -> (process: SparkProcess, uri: String) {
        let token = UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder + "/events", withIntermediateDirectories: true)
        let properties = [
            "spark.connect.grpc.binding.address": "127.0.0.1", "spark.connect.grpc.binding.port": "0",
            "spark.driver.bindAddress": "127.0.0.1", "spark.driver.host": "127.0.0.1", "spark.ui.enabled": "false",
            "spark.sql.catalogImplementation": "in-memory", "spark.eventLog.enabled": "true",
            "spark.eventLog.dir": "file://\(folder)/events", "spark.eventLog.compress": "false",
            "spark.eventLog.rolling.enabled": "false", "spark.sql.shuffle.partitions": "2",
        ]
        let process = try SparkProcess(
            "spark-submit",
            [
                "--class", "org.apache.spark.sql.connect.service.SparkConnectServer", "--master", "local[2]",
                "--driver-memory", "768m",
            ] + properties.flatMap { ["--conf", "\($0.key)=\($0.value)"] } + ["spark-internal"], in: folder,
            environment: ["SPARK_CONNECT_AUTHENTICATE_TOKEN": token])
        let port = try await process.said("Spark Connect server started at: 127.0.0.1:").prefix { $0.isNumber }
        return (process, "sc://127.0.0.1:\(port)/;token=\(token)")
    }

    /// What Spark's image does with the environment of a pod: an executor, which knows nothing else.
    static func executor(_ pod: [String: String], in folder: String) throws -> SparkProcess {
        func given(_ name: String) -> String { pod[name] ?? "" }
        let options = pod.filter { $0.key.hasPrefix("SPARK_JAVA_OPT_") }.map(\.value).sorted()
        let memory = given("SPARK_EXECUTOR_MEMORY")
        let arguments =
            options + [
                "-Xms\(memory)", "-Xmx\(memory)", "-XX:TieredStopAtLevel=1", "-cp", try home() + "/jars/*",
                "org.apache.spark.scheduler.cluster.k8s.KubernetesExecutorBackend",
                "--driver-url", given("SPARK_DRIVER_URL"), "--executor-id", given("SPARK_EXECUTOR_ID"),
                "--cores", given("SPARK_EXECUTOR_CORES"), "--app-id", given("SPARK_APPLICATION_ID"),
                "--hostname", given("SPARK_EXECUTOR_POD_IP"),
                "--resourceProfileId", given("SPARK_RESOURCE_PROFILE_ID"),
                "--podName", given("SPARK_EXECUTOR_POD_NAME"),
            ]
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
        return try SparkProcess(
            path: "/usr/bin/env", ["java"] + arguments, in: folder,
            environment: pod.merging(["PATH": path, "SPARK_LOCAL_DIRS": folder]) { $1 })
    }

    /// How often that server began to write a table.
    static func writes(in folder: String) throws -> Int {
        try FileManager.default.contentsOfDirectory(atPath: folder + "/events").reduce(0) { count, name in
            let text = try String(contentsOfFile: "\(folder)/events/\(name)", encoding: .utf8)
            return count
                + text.split(separator: "\n").count {
                    $0.contains("SparkListenerConnectOperationStarted") && $0.contains("write_operation")
                }
        }
    }
}
