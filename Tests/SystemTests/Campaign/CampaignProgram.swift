import Foundation
import Synchronization

/// A program that is started again whenever it ends.
///
/// The kernel kills it when the thread that started it ends, so that not even a stopped one outlives the campaign.
final class CampaignProgram: Sendable {
    private struct State {
        var processID: pid_t = 0
        var isPaused = false
        var isStopping = false
        var aborts = 0
    }

    private let state = Mutex(State())
    private let ended = DispatchSemaphore(value: 0)

    /// `command`: one of the built executables and its arguments. `environment`, in addition to this process's, is
    /// asked for before each start.
    init(_ command: [String], log: String, environment: @escaping @Sendable () -> [String: String]) {
        Thread.detachNewThread { [self] in
            while !state.withLock({ $0.isStopping }) { runOnce(command, environment(), log: log) }
            ended.signal()
        }
    }

    var processID: pid_t { state.withLock { $0.processID } }
    var isPaused: Bool { state.withLock { $0.isPaused } }
    /// How many of its processes ended themselves: a failed assertion.
    var aborts: Int { state.withLock { $0.aborts } }

    /// Sends a signal to the process that runs now; false when there is none.
    @discardableResult
    func signal(_ number: Int32) -> Bool {
        // Under the lock: a process that has been waited for would be another's number.
        state.withLock { state in
            guard state.processID > 0, kill(state.processID, number) == 0 else { return false }
            if number == SIGSTOP { state.isPaused = true }
            if number == SIGCONT || number == SIGKILL { state.isPaused = false }
            return true
        }
    }

    /// Asks it to end, and waits for that.
    func stop() {
        state.withLock { $0.isStopping = true }
        signal(SIGCONT)
        signal(SIGTERM)
        ended.wait()
    }

    private func runOnce(_ command: [String], _ environment: [String: String], log: String) {
        var merged = ProcessInfo.processInfo.environment
        merged.merge(environment) { $1 }
        let program = Program.folder.appendingPathComponent(command[0]).path
        let command = ["/usr/bin/setpriv", "--pdeathsig", "KILL", program] + command.dropFirst()
        var arguments: [UnsafeMutablePointer<CChar>?] = command.map { strdup($0) } + [nil]
        var variables: [UnsafeMutablePointer<CChar>?] = merged.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { (arguments + variables).forEach { free($0) } }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, log, O_WRONLY | O_CREAT | O_APPEND, 0o644)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        var child: pid_t = 0
        guard posix_spawn(&child, command[0], &actions, nil, &arguments, &variables) == 0 else {
            usleep(200_000)
            return
        }
        state.withLock { $0.processID = child }
        // Waits without reaping, so that the number stays the child's until it is forgotten here.
        var info = siginfo_t()
        while waitid(P_PID, id_t(child), &info, WEXITED | WNOWAIT) != 0, errno == EINTR {}
        state.withLock { state in
            state.processID = 0
            state.isPaused = false
            var status: Int32 = 0
            while waitpid(child, &status, 0) < 0, errno == EINTR {}
            if status & 0x7f == SIGABRT { state.aborts += 1 }
        }
    }
}
