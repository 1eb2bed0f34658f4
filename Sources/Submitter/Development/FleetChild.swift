import Fleet
import Foundation
import ServiceLifecycle
import Subprocess
import Synchronization

#if canImport(System)
    import System
#else
    import SystemPackage
#endif

/// One program of the fleet as a child process, started again when it dies.
///
/// The child watches its standard input, whose other end this process holds: when this process dies, however, the
/// child stops by itself.
struct FleetChild: Service {
    /// `worker 1`, `triggers`.
    let name: String
    let log: String
    private let executable: String
    private let arguments: [String]
    private let environment: [String: String]

    init(
        name: String, program: String = "quicketl-worker", arguments: [String], environment: [String: String],
        log: String
    ) throws {
        let folder = (Bundle.main.executableURL ?? URL(fileURLWithPath: CommandLine.arguments[0]))
            .resolvingSymlinksInPath().deletingLastPathComponent()
        executable = folder.appendingPathComponent(program).path
        guard FileManager.default.isExecutableFile(atPath: executable) else {
            throw Stop(.failed, "\(executable) is missing; build it with \"make build\"")
        }
        self.name = name
        self.arguments = arguments
        self.environment = environment
        self.log = log
    }

    func run() async throws {
        var wait = Duration.milliseconds(200)
        while !Task.isShuttingDownGracefully, !Task.isCancelled {
            let started = ContinuousClock.now
            let end = try await runOnce()
            if Task.isShuttingDownGracefully || Task.isCancelled { return }
            Console.note("\(name) ended (\(end)); starting it again in \(wait)")
            wait = ContinuousClock.now - started > .seconds(30) ? .milliseconds(200) : min(wait * 2, .seconds(10))
            // Cut short by shutdown or cancellation: the loop's condition ends it.
            let pause = wait
            try? await cancelWhenGracefulShutdown { try await Task.sleep(for: pause) }
        }
    }

    private func runOnce() async throws -> TerminationStatus {
        let output = try FileDescriptor.open(
            FilePath(log), .writeOnly, options: [.create, .append, .closeOnExec], permissions: .ownerReadWrite)
        let lifeline = try Lifeline()
        var options = PlatformOptions()
        // A group of its own: Ctrl-C reaches this process alone, which stops the workers in its own order.
        options.processGroupID = 0
        options.teardownSequence = [.gracefulShutDown(allowedDurationToNextStep: .seconds(10))]
        let additions = environment.map { (Environment.Key(stringLiteral: $0.key), Optional($0.value)) }
        let platformOptions = options
        return try await withGracefulShutdownHandler {
            try await Subprocess.run(
                .path(FilePath(executable)), arguments: Arguments(arguments),
                environment: .inherit.updating(Dictionary(uniqueKeysWithValues: additions)),
                platformOptions: platformOptions,
                input: .fileDescriptor(lifeline.childEnd, closeAfterSpawningProcess: true),
                output: .fileDescriptor(output, closeAfterSpawningProcess: true), error: .combinedWithOutput
            ).terminationStatus
        } onGracefulShutdown: {
            lifeline.cut()
        }
    }
}

/// A pipe of which the child reads the one end, and which says by closing that the child has to go.
private final class Lifeline: Sendable {
    let childEnd: FileDescriptor
    private let ourEnd: Mutex<FileDescriptor?>

    init() throws {
        let ends = try FileDescriptor.pipe()
        // Other children must not hold it open.
        _ = fcntl(ends.writeEnd.rawValue, F_SETFD, FD_CLOEXEC)
        childEnd = ends.readEnd
        ourEnd = Mutex(ends.writeEnd)
    }

    deinit { cut() }

    func cut() {
        let end = ourEnd.withLock { end in
            defer { end = nil }
            return end
        }
        // Nothing was ever written to it: closing cannot lose anything.
        try? end?.close()
    }
}
