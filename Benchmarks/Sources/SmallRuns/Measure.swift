import Foundation

/// What one process and those below it took, from its start to its end.
struct Measure {
    struct StartError: Error { var message: String }

    /// Seconds.
    var wall: Double
    /// Seconds of user and system time, children included.
    var cpu: Double
    /// The same without DuckDB processes; nil where the system does not tell.
    var cpuWithoutDuckDB: Double?

    init(of program: String, _ arguments: [String], in folder: String) throws {
        let start = ContinuousClock.now
        let process = try Self.start(program, arguments, in: folder)
        var children = DuckDBChildren(of: process)
        while !Self.hasEnded(process) {
            children.look()
            usleep(200)
        }
        var status: Int32 = 0
        var usage = rusage()
        wait4(process, &status, 0, &usage)
        wall = (ContinuousClock.now - start) / .seconds(1)
        guard status == 0 else { throw StartError(message: "\(program) ended with status \(status)") }
        func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
        cpu = seconds(usage.ru_utime) + seconds(usage.ru_stime)
        cpuWithoutDuckDB = children.cpu.map { [cpu] in cpu - $0 }
    }

    private static func start(_ program: String, _ arguments: [String], in folder: String) throws -> pid_t {
        #if canImport(Darwin)
            var actions: posix_spawn_file_actions_t?
        #else
            var actions = posix_spawn_file_actions_t()
        #endif
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for stream in [1, 2] as [Int32] {
            posix_spawn_file_actions_addopen(&actions, stream, "/dev/null", O_WRONLY, 0)
        }
        var texts = ([program] + arguments).map { strdup($0) } + [nil]
        defer { for text in texts { free(text) } }
        guard FileManager.default.changeCurrentDirectoryPath(folder) else {
            throw StartError(message: "\(folder) could not be entered")
        }
        var process: pid_t = 0
        let code = posix_spawn(&process, program, &actions, nil, &texts, environ)
        guard code == 0 else { throw StartError(message: "starting \(program) failed: error \(code)") }
        return process
    }

    /// Leaves the process to be waited for.
    private static func hasEnded(_ process: pid_t) -> Bool {
        var info = siginfo_t()
        return waitid(P_PID, id_t(process), &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_signo != 0
    }
}

/// The DuckDB processes below another, and what they have used so far. They are looked at from outside again and
/// again: what one uses between the last look and its end, at most a fifth of a millisecond, is not seen.
private struct DuckDBChildren {
    let parent: pid_t
    /// Seconds of CPU by process.
    private var seen: [pid_t: Double] = [:]

    init(of parent: pid_t) { self.parent = parent }

    /// nil where none was seen.
    var cpu: Double? { seen.isEmpty ? nil : seen.values.reduce(0, +) }

    mutating func look() {
        #if os(Linux)
            if seen.isEmpty { for child in children() where name(of: child) == "duckdb" { seen[child] = 0 } }
            for process in seen.keys {
                var clock = clockid_t()
                var time = timespec()
                guard clock_getcpuclockid(process, &clock) == 0, clock_gettime(clock, &time) == 0 else { continue }
                seen[process] = Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
            }
        #endif
    }

    private func children() -> [pid_t] {
        // Threads and processes come and go while they are looked at.
        let threads = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(parent)/task")) ?? []
        return threads.flatMap { thread in
            text("/proc/\(parent)/task/\(thread)/children").split(separator: " ").compactMap { pid_t($0) }
        }
    }

    private func name(of process: pid_t) -> String {
        text("/proc/\(process)/comm").trimmingCharacters(in: .newlines)
    }

    private func text(_ path: String) -> String {
        (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
    }
}
