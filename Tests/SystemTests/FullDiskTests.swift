import Foundation
import Testing

/// A disk that is full, on a small file system of its own; which takes root.
@Suite(.serialized, .timeLimit(.minutes(5)), .enabled(if: SmallDisk.isPossible, "mounting a file system takes root"))
struct FullDiskTests {
    private static let rows = 60_000

    private func makeFolder(sink: String) throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        let rows = (1...Self.rows).map {
            "\($0),\(($0 &* 2_654_435_761) % 1_000_000_007)-\(($0 &* 40_503) % 999_983)\n"
        }
        try folder.write("id,text\n" + rows.joined(), to: "many.csv")
        try folder.write("id,text\n1,few\n", to: "few.csv")
        try folder.write(
            """
            name: fills
            source: {type: file, path: "${SOURCE}.csv"}
            sink: {type: file, path: "\(sink)"}
            """, to: "fills.yml")
        return folder
    }

    @Test(arguments: ["disk/out.csv", "disk/out.parquet", "disk/out/"])
    func aFullDiskFailsTheRunWithItsKindAndTheOldOutputStays(sink: String) async throws {
        let folder = try makeFolder(sink: sink)
        try await SmallDisk.with(folder.path + "/disk", megabytes: 1) {
            let first = try await Program.run(["run", "fills.yml", "--var", "SOURCE=few"], in: folder.path)
            #expect(first.code == 0, "\(first.errors)")
            let before = try contents(folder)
            let second = try await Program.run(["run", "fills.yml", "--var", "SOURCE=many"], in: folder.path)
            #expect(second.code == 1)
            #expect(
                second.errors.contains("no space left") || second.errors.contains("No space left"), "\(second.errors)")
            #expect(try contents(folder) == before, "the old output and nothing else")
        }
    }

    @Test func aRunOfTheFleetFailsAsDiskFullAndRunsWhenThereIsSpaceAgain() async throws {
        let folder = try makeFolder(sink: "disk/out.csv")
        try await SmallDisk.with(folder.path + "/disk", megabytes: 1) {
            try await TemporaryFleet.run(workers: 1, in: folder) { fleet in
                let failed = try await fleet.quicketl(
                    "submit", "fills.yml", "--var", "SOURCE=many", "--retries", "0", "--wait", "--json")
                #expect(failed.code == 1)
                let shown = try failed.json
                #expect(shown["state"]?.text == "failed")
                #expect(shown["error_kind"]?.text == "disk_full", "\(shown)")
                #expect(try folder.names(in: "disk") == [])
                try await SmallDisk.grow(folder.path + "/disk", megabytes: 32)
                let run = try #require(shown["run_id"]?.text)
                let again = try await fleet.quicketl("runs", "retry", run, "--wait", "--json")
                #expect(again.code == 0, "\(again.errors)")
                #expect(try folder.names(in: "disk") == ["out.csv"])
            }
        }
    }

    /// Every file on the small disk with what is in it.
    private func contents(_ folder: TemporaryFolder) throws -> [String: Data] {
        var found: [String: Data] = [:]
        let root = URL(fileURLWithPath: folder.path + "/disk")
        for case let file as URL in FileManager.default.enumerator(at: root, includingPropertiesForKeys: nil) ?? .init()
        {
            found[file.path] = file.hasDirectoryPath ? Data() : try Data(contentsOf: file)
        }
        return found
    }
}
