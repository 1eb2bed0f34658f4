import Subprocess

/// Runs one of PostgreSQL's programs to its end, as the server's user, from the root directory.
struct PostgresTool: Sendable {
    var programs: PostgresPrograms
    var user: ServerUser

    /// Nothing of ours: `PGDATA` and its like would be obeyed.
    static let environment = Environment.custom([
        "PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": "/", "LC_ALL": "C",
    ])

    struct Outcome: Sendable {
        var code: Int32
        /// Both outputs together, as the programs speak to people.
        var output: String
    }

    func run(_ program: String, _ arguments: [String]) async throws(PrivatePostgresError) -> Outcome {
        let command = user.prefix + [programs.path(program)] + arguments
        do {
            let result = try await Subprocess.run(
                .name("sh"), arguments: Arguments(["-c", "cd / && exec \"$@\" 2>&1", "sh"] + command),
                environment: Self.environment, output: .string(limit: 65_536))
            guard case .exited(let code) = result.terminationStatus else {
                throw PrivatePostgresError(.failed, "\(program) was ended: \(result.terminationStatus)")
            }
            return Outcome(code: code, output: result.standardOutput)
        } catch let error as PrivatePostgresError {
            throw error
        } catch {
            throw PrivatePostgresError(.failed, "running \(programs.path(program)) failed: \(error)")
        }
    }
}
