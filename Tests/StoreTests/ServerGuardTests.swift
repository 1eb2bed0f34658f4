import Foundation
import Support
import Testing

@testable import Store

@Suite struct ServerGuardTests {
    @Test("whoever dies while the directory is being filled leaves nothing of it", .timeLimit(.minutes(1)))
    func removesWhatIsStillBeingWritten() async throws {
        try await withTemporaryFolder { folder in
            let home = "\(folder)/home"
            // A stand-in for initdb: goes on writing until its directory is gone.
            let writer = Process()
            writer.executableURL = URL(fileURLWithPath: "/bin/sh")
            writer.arguments = [
                "-c",
                #"mkdir -p "$1/data.new" && n=0; while : > "$1/data.new/$n"; do n=$((n + 1)); done 2>/dev/null"#,
                "sh", home,
            ]
            try writer.run()
            while !FileManager.default.fileExists(atPath: "\(home)/data.new/20") { await Task.yield() }
            let guardian = Process()
            guardian.executableURL = URL(fileURLWithPath: "/bin/sh")
            guardian.arguments = ["-c", ServerGuard.script, "sh", "/bin/false", "\(home)/data", home]
            // The pipe of a process that is gone.
            guardian.standardInput = FileHandle.nullDevice
            try guardian.run()
            await ends(guardian)
            #expect(!FileManager.default.fileExists(atPath: home))
            await ends(writer)
        }
    }

    @Test("a start that is cancelled leaves nothing", .timeLimit(.minutes(1)))
    func cancelledStart() async throws {
        let folder = "/tmp/quicketl-guard-\(UUID().uuidString.lowercased())"
        let server = PrivatePostgres(directory: folder, lifetime: .temporary)
        let start = Task { try await server.start() }
        start.cancel()
        // Whether it was in time or not: either way nothing may stay.
        if (try? await start.value) != nil { try await server.remove() }
        #expect(!FileManager.default.fileExists(atPath: folder))
    }

    private func ends(_ process: Process) async {
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                process.waitUntilExit()
                continuation.resume()
            }
        }
    }
}
