import Subprocess

/// A process beside the server that stops it when we stop, or when we die.
///
/// It waits for the end of a pipe, which the system closes with our process, however that ends; it ignores the
/// terminal's signals and has a session of its own. Killed itself, it leaves the server running: the next start
/// finds and reuses that.
struct ServerGuard: Sendable {
    private let stopping: AsyncStream<Bool>.Continuation
    private let process: Task<Void, any Error>

    /// $1 pg_ctl, $2 the data directory, then what to remove unless told to keep it: again, while an initdb or a server
    /// that is only starting still writes there.
    static let script = """
        trap '' INT TERM HUP QUIT
        read -r word
        ctl=$1 data=$2
        shift 2
        "$ctl" -D "$data" -m fast -w -t 60 -s stop
        [ "$word" = keep ] && exit
        [ $# = 0 ] && exit
        for round in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
            [ -f "$data/postmaster.pid" ] && "$ctl" -D "$data" -m immediate -w -t 10 -s stop
            rm -rf "$@" && exit
            # All but the directory itself, where that stands in somebody else's.
            [ -z "$(find "$@" -mindepth 1 2>/dev/null | head -n 1)" ] && exit
            sleep 0.5
        done
        """

    /// `removing`: what shall go when we die, or with `stop(keepingData: false)`.
    init(_ programs: PostgresPrograms, _ home: PostgresHome, _ user: ServerUser, removing: [String]) {
        let (stream, continuation) = AsyncStream.makeStream(of: Bool.self)
        stopping = continuation
        let script = ["sh", "-c", Self.script, "sh", programs.path("pg_ctl"), home.data] + removing
        let arguments = ["-c", "cd / && exec \"$@\"", "sh"] + user.prefix + script
        var options = PlatformOptions()
        options.createSession = true
        let platformOptions = options
        // Unstructured: it lives as long as the server, and `stop` waits for it.
        process = Task {
            _ = try await run(
                .name("sh"), arguments: Arguments(arguments), environment: PostgresTool.environment,
                platformOptions: platformOptions, input: .inputWriter, output: .discarded, error: .discarded
            ) { execution in
                for await keeps in stream {
                    if keeps { _ = try await execution.standardInputWriter.write("keep\n") }
                    break
                }
                try await execution.standardInputWriter.finish()
            }
        }
    }

    /// Returns when the server has stopped.
    func stop(keepingData: Bool) async throws {
        stopping.yield(keepingData)
        try await process.value
    }
}
