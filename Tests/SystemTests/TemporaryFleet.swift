import Foundation
import Subprocess

#if canImport(System)
    import System
#else
    import SystemPackage
#endif

/// A folder of its own with, while `body` runs, a whole `quicketl dev` in it.
enum TemporaryFleet {
    static func run(
        workers: Int = 2, in folder: TemporaryFolder, drainLimit: Int = 30, environment: [String: String] = [:],
        _ body: @escaping @Sendable (RunningFleet) async throws -> Void
    ) async throws {
        var options = PlatformOptions()
        options.processGroupID = 0
        options.teardownSequence = [.gracefulShutDown(allowedDurationToNextStep: .seconds(60))]
        let result = try await Subprocess.run(
            .path(FilePath(Program.quicketl)), arguments: ["dev", "--workers", "\(workers)"],
            environment: .inherit.updating(
                Dictionary(
                    uniqueKeysWithValues: environment.map {
                        (Environment.Key(stringLiteral: $0.key), Optional($0.value))
                    })
            ).updating(["QUICKETL_DRAIN_LIMIT": "\(drainLimit)"]),
            workingDirectory: FilePath(folder.path), platformOptions: options,
            input: .none, output: .discarded, error: .sequence
        ) { execution in
            let (ready, announce) = AsyncStream.makeStream(of: Void.self)
            try await withThrowingTaskGroup(of: Void.self) { group in
                // Read to the end, so that the fleet never waits for a reader.
                group.addTask {
                    var isReady = false
                    var log = ""
                    for try await line in execution.standardError.strings() {
                        log += line + "\n"
                        if !isReady, log.contains("quicketl dev: ready") {
                            isReady = true
                            announce.yield()
                        }
                    }
                    announce.finish()
                    if !isReady { throw Program.Unexpected("quicketl dev ended before it was ready:\n\(log)") }
                }
                var waiting = ready.makeAsyncIterator()
                if await waiting.next() != nil {
                    do {
                        try await body(RunningFleet(folder: folder))
                    } catch {
                        try execution.send(signal: .terminate)
                        throw error
                    }
                    try execution.send(signal: .interrupt)
                }
                try await group.waitForAll()
            }
        }
        guard result.terminationStatus == .exited(0) else {
            throw Program.Unexpected("quicketl dev ended with \(result.terminationStatus)")
        }
    }
}

/// What a test may do with a running fleet.
struct RunningFleet: Sendable {
    let folder: TemporaryFolder

    func quicketl(_ arguments: String...) async throws -> Program.Ended {
        try await Program.run(arguments, in: folder.path)
    }

    /// `runs show --json` of one run.
    func show(_ run: String) async throws -> [String: JSONValue] {
        try await quicketl("runs", "show", run, "--json").json
    }

    /// Waits until `condition` holds of the run: looked at each time the fleet answers.
    func until(
        _ run: String, within limit: Duration = .seconds(60), _ condition: ([String: JSONValue]) -> Bool
    ) async throws -> [String: JSONValue] {
        let end = ContinuousClock.now + limit
        while true {
            let seen = try await show(run)
            if condition(seen) { return seen }
            guard ContinuousClock.now < end else { throw Program.Unexpected("run \(run) never came so far: \(seen)") }
        }
    }
}

/// A folder that is gone with its test.
final class TemporaryFolder: Sendable {
    let path: String

    init() throws {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent(
            "quicketl-\(UUID().uuidString.lowercased())")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        path = url.path
    }

    deinit {
        // Left behind only if the system refuses; the next clean-up of the temporary folder takes it.
        try? FileManager.default.removeItem(atPath: path)
    }

    func write(_ text: String, to name: String) throws {
        let url = URL(fileURLWithPath: path).appendingPathComponent(name)
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: url)
    }

    func text(_ name: String) throws -> String { try String(contentsOfFile: path + "/" + name, encoding: .utf8) }

    /// Names directly below the folder `name`, hidden ones too.
    func names(in name: String = "") throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: path + "/" + name).sorted()
    }

    func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: path + "/" + name) }
}
