import Foundation

/// A `quicketl-worker` or another program beside the fleet's own, which finds the fleet by its folder. Gone at the latest with its owner.
final class BackgroundWorker: @unchecked Sendable {
    // Set up before it is shared; `Process` itself may be asked and signalled from anywhere.
    private let process = Process()

    /// `log`: the file in the folder that gets what it says on stderr.
    init(in folder: TemporaryFolder, program: String = "quicketl-worker", log: String? = nil, _ arguments: String...)
        throws
    {
        process.executableURL = Program.folder.appendingPathComponent(program)
        process.arguments = arguments
        process.currentDirectoryURL = URL(fileURLWithPath: folder.path)
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        if let log {
            try folder.write("", to: log)
            process.standardError = try FileHandle(forWritingTo: URL(fileURLWithPath: folder.path + "/" + log))
        }
        try process.run()
    }

    deinit { if process.isRunning { kill(process.processIdentifier, SIGKILL) } }

    var processID: Int32 { process.processIdentifier }

    func send(_ signal: Int32) { kill(process.processIdentifier, signal) }

    /// Returns when it has ended; not on one of Swift's own threads.
    func ended() async -> Int32 {
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async { [process] in
                process.waitUntilExit()
                continuation.resume(returning: process.terminationStatus)
            }
        }
    }
}

extension RunningFleet {
    /// Waits until the fleet knows the worker as live.
    func untilLive(_ worker: BackgroundWorker, within limit: Duration = .seconds(60)) async throws {
        let end = ContinuousClock.now + limit
        while true {
            let workers = try await quicketl("fleet", "--json").json["workers"]?.list ?? []
            let isLive = workers.contains {
                $0["process_id"]?.number == Double(worker.processID) && $0["state"]?.text == "live"
            }
            if isLive { return }
            guard ContinuousClock.now < end else { throw Program.Unexpected("the worker never joined: \(workers)") }
        }
    }
}
