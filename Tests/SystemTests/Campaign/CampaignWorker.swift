import Foundation

/// One `quicketl-worker` with a network of its own.
final class CampaignWorker: Sendable {
    let number: Int
    let proxy: CutProxy
    private let program: CampaignProgram

    init(number: Int, proxy: CutProxy, folder: String, environment: @escaping @Sendable () -> [String: String]) {
        self.number = number
        self.proxy = proxy
        program = CampaignProgram(
            ["quicketl-worker"], log: "\(folder)/worker-\(number).log", environment: environment)
    }

    var processID: pid_t { program.processID }
    var isPaused: Bool { program.isPaused }
    /// How many of its processes ended themselves.
    var aborts: Int { program.aborts }

    /// Sends a signal to the process that runs now; false when there is none.
    @discardableResult
    func signal(_ number: Int32) -> Bool { program.signal(number) }

    /// Asks it to drain, and waits for its end.
    func stop() {
        program.stop()
        proxy.close()
    }

    /// The processes that this worker's process has started: its DuckDB children and what watches over them.
    func children() -> [pid_t] {
        let parent = processID
        guard parent > 0 else { return [] }
        // A worker that has ended meanwhile has none.
        let threads = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(parent)/task")) ?? []
        return threads.flatMap { thread in
            ((try? String(contentsOfFile: "/proc/\(parent)/task/\(thread)/children", encoding: .utf8)) ?? "")
                .split(separator: " ").compactMap { pid_t($0) }
        }
    }
}
