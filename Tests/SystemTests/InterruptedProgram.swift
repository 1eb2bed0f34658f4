import Foundation
import Subprocess

#if canImport(System)
    import System
#else
    import SystemPackage
#endif

/// A pipe with a name: whoever reads it waits until the test writes, which it never does.
final class NamedPipe: Sendable {
    private let path: String

    init(_ path: String) throws {
        guard mkfifo(path, 0o600) == 0 else { throw Program.Unexpected("no pipe at \(path)") }
        self.path = path
    }

    /// Returns when somebody has begun to read. The writer's end stays open until `close(2)` of the answer, so that the
    /// reader goes on waiting.
    func reader(within limit: Duration = .seconds(60)) async throws -> Int32 {
        let end = ContinuousClock.now + limit
        while true {
            let descriptor = open(path, O_WRONLY | O_NONBLOCK)
            if descriptor >= 0 { return descriptor }
            guard ContinuousClock.now < end else { throw Program.Unexpected("nobody reads \(path)") }
            try await Task.sleep(for: .milliseconds(10))
        }
    }
}

extension Program {
    /// Runs `quicketl` in `directory`, where its temporary files go too, and interrupts it once all pipes are read.
    static func interrupted(
        _ arguments: [String], in directory: String, whenReading pipes: [NamedPipe]
    ) async throws -> Ended {
        let result = try await Subprocess.run(
            .path(FilePath(quicketl)), arguments: Arguments(arguments),
            environment: .inherit.updating(["TMPDIR": directory, "QUICKETL_TEMPORARY_DIRECTORY": directory]),
            workingDirectory: FilePath(directory), input: .none, output: .sequence, error: .discarded
        ) { execution in
            try await withThrowingTaskGroup(of: String.self) { group in
                group.addTask {
                    var output = ""
                    for try await line in execution.standardOutput.strings() { output += line + "\n" }
                    return output
                }
                var open: [Int32] = []
                defer { for descriptor in open { close(descriptor) } }
                do {
                    for pipe in pipes { open.append(try await pipe.reader()) }
                } catch {
                    try execution.send(signal: .kill)
                    throw error
                }
                try execution.send(signal: .interrupt)
                return try await group.next() ?? ""
            }
        }
        guard case .exited(let code) = result.terminationStatus else {
            throw Unexpected("ended with \(result.terminationStatus)")
        }
        return Ended(code: code, output: result.closureResult, errors: "")
    }

    /// Ids of processes that mention the text in their command line, or work in the folder of that name.
    static func processes(mentioning text: String) -> [Int32] {
        // Gone since it was listed: then it mentions nothing.
        ((try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []).compactMap(Int32.init).filter { id in
            let line = (try? String(contentsOfFile: "/proc/\(id)/cmdline", encoding: .utf8)) ?? ""
            let folder = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(id)/cwd")) ?? ""
            return line.contains(text) || folder.contains(text)
        }
    }
}
