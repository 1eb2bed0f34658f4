import Foundation
import Subprocess
import Testing

#if canImport(System)
    import System
#else
    import SystemPackage
#endif

private enum Terminal {
    static let isThere: Bool = {
        #if os(Linux)
            FileManager.default.isExecutableFile(atPath: "/usr/bin/script")
        #else
            false
        #endif
    }()
}

/// What is drawn on a terminal, made by `script` of util-linux.
@Suite(.enabled(if: Terminal.isThere, "needs script of util-linux")) struct TerminalTests {
    /// Everything that reached a terminal of 40 columns.
    private func drawn(_ command: String, in folder: TemporaryFolder, term: String = "xterm") async throws -> String {
        let result = try await Subprocess.run(
            .path("/usr/bin/script"),
            arguments: ["-qec", "stty cols 40; \(Program.quicketl) \(command)", "/dev/null"],
            environment: .inherit.updating(["TERM": term]), workingDirectory: FilePath(folder.path),
            input: .none, output: .string(limit: 1 << 20), error: .discarded)
        #expect(result.terminationStatus == .exited(0))
        return result.standardOutput
    }

    private func folder() throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        try folder.write("a\n1\n", to: "in.csv")
        let name = String(repeating: "long ", count: 20)
        try folder.write(
            "name: \(name)\nsource: {type: file, path: in.csv}\nsink: {type: file, path: o.csv}", to: "p.yml")
        try folder.write("name: w\nstages: [{name: s, pipelines: [{path: p.yml}]}]", to: "w.yml")
        return folder
    }

    private static let clearing = "\r\u{1B}[2K"

    @Test(arguments: ["run p.yml", "workflow run w.yml"])
    func aLineIsDrawnOverAndGoesAway(command: String) async throws {
        let text = try await drawn(command, in: folder())
        let parts = text.components(separatedBy: Self.clearing).dropFirst()
        #expect(parts.count > 1)
        // What wraps can't be cleared.
        for line in parts where !line.contains("\n") { #expect(line.count < 40, "\(line)") }
        let last = try #require(parts.last)
        #expect(last.contains("1 row") || last.contains("succeeded"))
        #expect(!last.contains("░") && !last.contains("0/1"))
    }

    @Test func aDumbTerminalGetsPlainLines() async throws {
        let text = try await drawn("run p.yml", in: folder(), term: "dumb")
        #expect(!text.contains("\u{1B}"))
        #expect(text.contains("describe"))
    }

    @Test func whatIsNoTerminalGetsPlainLinesOnStderr() async throws {
        let folder = try folder()
        let ended = try await Program.run(["run", "p.yml"], in: folder.path, environment: ["TERM": "xterm"])
        #expect(!ended.errors.contains("\u{1B}") && !ended.output.contains("\u{1B}"))
        #expect(ended.errors.contains(": describe\n"))
        #expect(!ended.output.contains("describe"))
    }
}
