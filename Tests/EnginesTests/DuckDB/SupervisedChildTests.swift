import Foundation
import Support
import Testing

@testable import Engines

@Suite struct SupervisedChildTests {
    /// Set in a second run of this test program, which plays the worker that is killed.
    static let victimVariable = "QUICKETL_TEST_VICTIM_FOLDER"

    #if os(Linux)
        @Test("a child does not outlive a parent that is killed in the middle of a query, nor does its folder")
        func parentKilled() async throws {
            try await withTemporaryFolder { folder in
                let victim = Process()
                victim.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
                victim.arguments = ["--testing-library", "swift-testing", "--filter", "SupervisedChildTests/victim"]
                victim.environment = [
                    Self.victimVariable: folder, DuckDBBinary.overrideVariable: try DuckDBLocation.path(),
                    "LD_LIBRARY_PATH": ProcessInfo.processInfo.environment["LD_LIBRARY_PATH"] ?? "",
                ]
                victim.standardOutput = FileHandle.nullDevice
                victim.standardError = FileHandle.nullDevice
                try victim.run()
                defer { kill(victim.processIdentifier, SIGKILL) }
                let note = folder + "/child"
                try await waitUntil("the victim's child has started") { FileManager.default.fileExists(atPath: note) }
                let child = try #require(Int32(try String(contentsOfFile: note, encoding: .utf8)))
                try await waitUntil("the child is in the middle of its query") {
                    ProcessUsage(of: child).cpuSeconds ?? 0 > 0.3
                }
                let own = try FileManager.default.contentsOfDirectory(atPath: folder + "/tmp")
                #expect(own.count == 1)

                kill(victim.processIdentifier, SIGKILL)
                try await waitUntil("the child is dead") { !isAlive(child) }
                try await waitUntil("its folder is gone") {
                    try FileManager.default.contentsOfDirectory(atPath: folder + "/tmp").isEmpty
                }
                try await waitUntil("its watcher is gone") { !processesMentioning(folder).contains { $0 != getpid() } }
            }
        }

        @Test(
            .enabled(if: ProcessInfo.processInfo.environment[victimVariable] != nil, "only in a killed program's part"))
        func victim() async throws {
            let folder = try #require(ProcessInfo.processInfo.environment[Self.victimVariable])
            let process = try await DuckDBProcess.start(duckDBSettings(in: folder))
            try Data("\(process.child.processID)".utf8).write(
                to: URL(fileURLWithPath: folder + "/child"), options: .atomic)
            _ = try await process.execute([endlessStatement])
        }

        /// Process ids whose command line holds `text`.
        private func processesMentioning(_ text: String) -> [Int32] {
            let ids = ((try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []).compactMap { Int32($0) }
            return ids.filter { id in
                // Gone since it was listed: then it mentions nothing.
                let line = (try? String(contentsOfFile: "/proc/\(id)/cmdline", encoding: .utf8)) ?? ""
                return line.contains(text)
            }
        }
    #endif

    @Test("a program that cannot be started is an error and leaves no descriptor open")
    func cannotStart() async throws {
        try await withTemporaryFolder { folder in
            _ = #expect(throws: SupervisedChild.StartError.self) {
                try SupervisedChild(executable: folder + "/nothing", arguments: [], environment: [:], folder: folder)
            }
        }
    }

    @Test("a child holds nothing open that other code of this program has opened")
    func inheritsNothing() async throws {
        try await withTemporaryFolder { folder in
            var ends: [Int32] = [-1, -1]
            #expect(pipe(&ends) == 0)
            let child = try SupervisedChild(
                executable: "/bin/sleep", arguments: ["1000"], environment: [:], folder: folder)
            defer {
                child.kill()
                child.reap()
                close(ends[0])
            }
            close(ends[1])
            // The end of the pipe is there, since nobody else has its other end.
            var wait = pollfd(fd: ends[0], events: Int16(POLLIN), revents: 0)
            #expect(poll(&wait, 1, 30_000) == 1)
            #expect(Int32(wait.revents) & Int32(POLLHUP) != 0)
        }
    }

    @Test("killing and reaping again changes nothing")
    func twice() async throws {
        try await withTemporaryFolder { folder in
            let child = try SupervisedChild(
                executable: "/bin/sleep", arguments: ["1000"], environment: [:], folder: folder)
            #expect(child.isRunning)
            child.kill()
            #expect(!child.isRunning)
            #expect(child.reap() == .signal(SIGKILL))
            child.kill()
            #expect(child.reap() == .signal(SIGKILL))
            #expect(!isAlive(child.processID))
        }
    }
}
