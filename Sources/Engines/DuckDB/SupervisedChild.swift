import Foundation
import Synchronization

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// A program in a process group of its own, and a watcher that kills the group when this process is gone.
///
/// The watcher is a shell that waits for the end of a pipe whose other end only this process holds: however this
/// process ends, the kernel closes it, and the watcher kills the group and removes the child's folder. Between the
/// start of the child and that of its watcher the child has nothing to do yet and ends by itself with its input.
/// (PR_SET_PDEATHSIG is no help: it fires when the *thread* that started the child ends.)
///
/// Both are direct children of this process and both are reaped here, so that nothing is left to process 1.
final class SupervisedChild: Sendable {
    struct StartError: Error, Sendable { var message: String }

    enum Ending: Sendable, Hashable {
        case exit(Int32)
        case signal(Int32)
    }

    private struct State {
        /// Until the process is reaped its id cannot belong to anybody else, so that it is safe to kill.
        var ending: Ending?
        var wasKilled = false
    }

    let processID: pid_t
    /// A socket, as all of these are: writing to one can be kept from raising SIGPIPE.
    let input: Int32
    let output: Int32
    let error: Int32
    private let watcherID: pid_t
    private let lifeline: Int32
    private let state = Mutex(State())

    /// `folder` exists and is the child's own: the watcher removes it when this process is gone.
    init(executable: String, arguments: [String], environment: [String: String], folder: String) throws(StartError) {
        var opened: [Int32] = []
        func closeAll() { for descriptor in opened { close(descriptor) } }
        do throws(StartError) {
            let stdin = try Self.socketPair(&opened)
            let stdout = try Self.socketPair(&opened)
            let stderr = try Self.socketPair(&opened)
            let life = try Self.socketPair(&opened)
            processID = try Self.spawn(
                executable, arguments, environment,
                streams: (stdin.theirs, stdout.theirs, stderr.theirs))
            do throws(StartError) {
                watcherID = try Self.spawn(
                    "/bin/sh",
                    ["-c", #"read -r _; kill -9 -"$1"; /bin/rm -rf "$2""#, "quicketl-watch", "\(processID)", folder],
                    [:], streams: (life.theirs, nil, nil))
            } catch {
                _ = killGroup(processID)
                _ = Self.wait(for: processID)
                throw error
            }
            for descriptor in [stdin.theirs, stdout.theirs, stderr.theirs, life.theirs] { close(descriptor) }
            (input, output, self.error, lifeline) = (stdin.ours, stdout.ours, stderr.ours, life.ours)
        } catch {
            closeAll()
            throw error
        }
        for descriptor in [input, output, self.error] {
            _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
        }
    }

    /// Kills the group. Returns at once; `reap` waits. Safe from any thread, any number of times.
    func kill() {
        state.withLock {
            guard $0.ending == nil else { return }
            $0.wasKilled = true
            _ = killGroup(processID)
        }
    }

    /// Asks the process to end by itself. Safe as `kill` is.
    func terminate() {
        state.withLock {
            guard $0.ending == nil else { return }
            _ = sendTermination(processID)
        }
    }

    var wasKilled: Bool { state.withLock { $0.wasKilled } }

    /// Whether the process still runs, as far as can be told without waiting.
    var isRunning: Bool {
        state.withLock {
            guard $0.ending == nil, !$0.wasKilled else { return false }
            var info = siginfo_t()
            // WNOWAIT leaves the process to `reap`, which also ends the watcher. No child has the id 0.
            let answer = waitid(P_PID, id_t(processID), &info, WEXITED | WNOHANG | WNOWAIT)
            return answer == 0 && info.si_signo == 0
        }
    }

    /// Waits for the end of the child (blocking: call `kill` before, unless it ends by itself), ends the watcher and
    /// closes everything. Called by one thread at a time.
    @discardableResult
    func reap() -> Ending {
        if let ending = state.withLock({ $0.ending }) { return ending }
        var info = siginfo_t()
        while waitid(P_PID, id_t(processID), &info, WEXITED | WNOWAIT) != 0 && errno == EINTR {}
        // What the child may have started lives in its group; the group's id is ours until the child is reaped.
        _ = killGroup(processID)
        // The watcher goes first: it must not kill a group whose id could have been given away.
        _ = killGroup(watcherID)
        _ = Self.wait(for: watcherID)
        return state.withLock {
            let ending = Self.wait(for: processID)
            $0.ending = ending
            for descriptor in [input, output, error, lifeline] { close(descriptor) }
            return ending
        }
    }

    private static func wait(for process: pid_t) -> Ending {
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0 && errno == EINTR {}
        let signal = status & 0x7f
        return signal == 0 ? .exit((status >> 8) & 0xff) : .signal(signal)
    }

    // MARK: - Starting

    private static func spawn(
        _ executable: String, _ arguments: [String], _ environment: [String: String],
        streams: (input: Int32, output: Int32?, error: Int32?)
    ) throws(StartError) -> pid_t {
        #if canImport(Darwin)
            var actions: posix_spawn_file_actions_t?
            var attributes: posix_spawnattr_t?
        #else
            var actions = posix_spawn_file_actions_t()
            var attributes = posix_spawnattr_t()
        #endif
        posix_spawn_file_actions_init(&actions)
        posix_spawnattr_init(&attributes)
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        posix_spawn_file_actions_adddup2(&actions, streams.input, 0)
        for (descriptor, stream) in [(1, streams.output), (2, streams.error)] as [(Int32, Int32?)] {
            if let stream {
                posix_spawn_file_actions_adddup2(&actions, stream, descriptor)
            } else {
                posix_spawn_file_actions_addopen(&actions, descriptor, "/dev/null", O_WRONLY, 0)
            }
        }
        // Threads of Swift and Dispatch block and ignore signals; a child must not inherit that.
        var none = sigset_t()
        var all = sigset_t()
        sigemptyset(&none)
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setpgroup(&attributes, 0)
        var flags = Int32(POSIX_SPAWN_SETPGROUP) | Int32(POSIX_SPAWN_SETSIGDEF) | Int32(POSIX_SPAWN_SETSIGMASK)
        #if canImport(Darwin)
            flags |= Int32(POSIX_SPAWN_CLOEXEC_DEFAULT)
        #else
            // A descriptor that other code did not mark close-on-exec would stay open in the child for as long as it
            // lives: whoever waits for the end of such a pipe would wait for us.
            _ = closeFrom?(&actions, 3)
        #endif
        posix_spawnattr_setflags(&attributes, Int16(flags))

        var argumentPointers: [UnsafeMutablePointer<CChar>?] = ([executable] + arguments).map { strdup($0) } + [nil]
        var environmentPointers: [UnsafeMutablePointer<CChar>?] =
            environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for pointer in argumentPointers + environmentPointers { free(pointer) } }
        var process: pid_t = 0
        let code = posix_spawn(&process, executable, &actions, &attributes, &argumentPointers, &environmentPointers)
        guard code == 0 else {
            throw StartError(message: "starting \(executable) failed: \(String(cString: strerror(code)))")
        }
        return process
    }

    #if !canImport(Darwin)
        private typealias CloseFrom = @convention(c) (UnsafeMutablePointer<posix_spawn_file_actions_t>, Int32) -> Int32

        /// `posix_spawn_file_actions_addclosefrom_np` of glibc 2.34: not in the headers that Swift sees, hence by name.
        private static let closeFrom: CloseFrom? = dlsym(nil, "posix_spawn_file_actions_addclosefrom_np").map {
            unsafeBitCast($0, to: CloseFrom.self)
        }
    #endif

    /// Sockets do all that pipes do here, and are marked close-on-exec in the call that makes them.
    private static func socketPair(_ opened: inout [Int32]) throws(StartError) -> (ours: Int32, theirs: Int32) {
        var ends: [Int32] = [-1, -1]
        #if canImport(Darwin)
            let code = socketpair(AF_UNIX, SOCK_STREAM, 0, &ends)
            var on: Int32 = 1
            for end in ends where code == 0 {
                _ = fcntl(end, F_SETFD, FD_CLOEXEC)
                setsockopt(end, SOL_SOCKET, SO_NOSIGPIPE, &on, socklen_t(MemoryLayout<Int32>.size))
            }
        #else
            let code = socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0, &ends)
        #endif
        guard code == 0 else {
            throw StartError(message: "opening a socket to a child failed: \(String(cString: strerror(errno)))")
        }
        opened += ends
        return (ends[0], ends[1])
    }
}

/// Outside the class, whose own `kill` hides the system's.
private func killGroup(_ group: pid_t) -> Int32 { kill(-group, SIGKILL) }
private func sendTermination(_ process: pid_t) -> Int32 { kill(process, SIGTERM) }
