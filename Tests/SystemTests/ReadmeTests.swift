import Foundation
import Subprocess
import Testing

#if canImport(System)
    import System
#else
    import SystemPackage
#endif

/// The commands of the README, as they stand there.
@Suite struct ReadmeTests {
    /// The shell blocks of a section, in order.
    private static func blocks(of section: String) throws -> [String] {
        let readme = try String(contentsOfFile: Program.root + "/README.md", encoding: .utf8)
        let text = try #require(readme.components(separatedBy: "\n## ").first { $0.hasPrefix(section) })
        return text.components(separatedBy: "```sh\n").dropFirst().compactMap {
            $0.components(separatedBy: "```").first
        }
    }

    /// Runs a block in a folder where `bin/` holds the programs.
    private static func run(_ block: String, in folder: TemporaryFolder) async throws -> String {
        if !folder.exists("bin") {
            try FileManager.default.createSymbolicLink(
                atPath: folder.path + "/bin", withDestinationPath: Program.folder.path)
        }
        let result = try await Subprocess.run(
            .path("/bin/bash"), arguments: ["-euo", "pipefail", "-c", block], workingDirectory: FilePath(folder.path),
            output: .string(limit: 1 << 20), error: .string(limit: 1 << 20))
        guard result.terminationStatus == .exited(0) else {
            throw Program.Unexpected("\(result.terminationStatus): \(block)\n\(result.standardError)")
        }
        return result.standardOutput
    }

    @Test func theFirstPipelineAndTheProjectAndTheFleetWorkAsWritten() async throws {
        let folder = try TemporaryFolder()
        let blocks = try Self.blocks(of: "A first pipeline")
        #expect(blocks.count == 5)
        guard blocks.count == 5 else { return }
        _ = try await Self.run(blocks[0], in: folder)
        #expect(
            try await Self.run(blocks[1], in: folder).hasSuffix(
                "region,orders,amount\neast,1,19.99\nnorth,2,52.75\nsouth,1,8.0\n"))
        #expect(try await Self.run(blocks[2], in: folder).contains("2 of 2 pipelines succeeded"))
        #expect(blocks[3] == "bin/quicketl dev --workers 2\n")
        try await TemporaryFleet.run(workers: 2, in: folder) { _ in
            let lines = blocks[4].split(separator: "\n")
            #expect(lines.count == 3)
            let submitted = try await Self.run(String(lines[0]), in: folder)
            let run = String(try #require(submitted.split(separator: " ").first))
            #expect(try await Self.run(String(lines[1]), in: folder).contains(run))
            let shown = try await Self.run(String(lines[2]).replacing("RUN_ID", with: run.prefix(13)), in: folder)
            #expect(shown.contains("succeeded"))
        }
    }
}
