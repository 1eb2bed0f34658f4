import Foundation
import Testing

/// `quicketl init` and `quicketl schema`.
@Suite struct InitTests {
    @Test func everythingInANewProjectRuns() async throws {
        let folder = try TemporaryFolder()
        let made = try await Program.run(["init", "my project"], in: folder.path)
        #expect(made.code == 0, "\(made.errors)")
        let root = folder.path + "/my project"
        // In dependency order: the second reads what the first one wrote.
        for pipeline in ["sample", "report"] {
            let file = "pipelines/\(pipeline).yml"
            for command in [["validate", file], ["run", file, "--json"], ["run", file, "--env", "prod"]] {
                let ended = try await Program.run(command, in: root)
                #expect(ended.code == 0, "\(command): \(ended.errors)\(ended.output)")
                #expect(!ended.errors.contains("warning"), "\(ended.errors)")
            }
        }
        try FileManager.default.removeItem(atPath: root + "/output")
        for command in ["validate", "info", "run"] {
            let ended = try await Program.run(["workflow", command, "workflows/sample.yml"], in: root)
            #expect(ended.code == 0, "\(command): \(ended.errors)\(ended.output)")
        }
        let rows = try await Program.duckdb("SELECT region FROM 'output/best_regions.csv' LIMIT 1", in: root)
        #expect(rows == "north\n")
        let files =
            try FileManager.default.subpathsOfDirectory(atPath: root + "/pipelines")
            + FileManager.default.subpathsOfDirectory(atPath: root + "/workflows")
        #expect(files.sorted() == ["report.yml", "sample.yml", "sample.yml"], "a file that this test does not run")
    }

    @Test func nothingThatExistsIsOverwritten() async throws {
        let folder = try TemporaryFolder()
        try folder.write("mine", to: "p/data/sample.csv")
        let refused = try await Program.run(["init", "p"], in: folder.path)
        #expect(refused.code == 1)
        #expect(refused.errors.contains("p/data/sample.csv"))
        #expect(try folder.names(in: "p") == ["data"])
        let forced = try await Program.run(["init", "p", "--force", "--json"], in: folder.path)
        #expect(forced.code == 0)
        #expect(try forced.json["path"]?.text == folder.path + "/p")
        #expect(try forced.json["files"]?.list.contains(.text("data/sample.csv")) == true)
    }

    @Test func anExistingFolderBecomesAProjectAndKeepsItsReadme() async throws {
        let folder = try TemporaryFolder()
        try folder.write("# Mine\n", to: "README.md")
        let made = try await Program.run(["init"], in: folder.path)
        #expect(made.code == 0, "\(made.errors)")
        #expect(try String(contentsOfFile: folder.path + "/README.md", encoding: .utf8) == "# Mine\n")
        #expect(folder.exists("pipelines/sample.yml"))
        #expect(folder.exists(".gitignore"))
        #expect(try await Program.run(["init"], in: folder.path).code == 1)
    }

    @Test func aPipelineFileAndAnotherFolder() async throws {
        let folder = try TemporaryFolder()
        let made = try await Program.run(["init", "my \"sales\"", "-p", "-o", "a/b/"], in: folder.path)
        #expect(made.code == 0, "\(made.errors)")
        let valid = try await Program.run(["validate", "a/b/my \"sales\".yml", "-j"], in: folder.path)
        #expect(valid.code == 0, "\(valid.output)")
        #expect(try valid.json["pipeline_name"]?.text == "my \"sales\"")
        #expect(try await Program.run(["init", "shop", "-o", "./projects/"], in: folder.path).code == 0)
        #expect(folder.exists("projects/shop/quicketl.yml"))
        for name in ["../up", "..", ""] {
            #expect(try await Program.run(["init", name], in: folder.path).code == 2)
        }
        #expect(try await Program.run(["init", "-p"], in: folder.path).code == 2)
    }

    @Test(arguments: [[], ["pipeline"], ["workflow"], ["project"]])
    func schemasArePrintedOrWritten(kind: [String]) async throws {
        let folder = try TemporaryFolder()
        let printed = try await Program.run(["schema"] + kind, in: folder.path)
        #expect(printed.code == 0)
        #expect(try printed.json["$schema"]?.text == "https://json-schema.org/draft/2020-12/schema")
        let written = try await Program.run(
            ["schema"] + kind + ["-o", ".quicketl-schema.json", "--indent", "4"], in: folder.path)
        #expect(written.code == 0)
        let text = try String(contentsOfFile: folder.path + "/.quicketl-schema.json", encoding: .utf8)
        #expect(text.hasPrefix("{\n    \"$schema\""))
        #expect(text.replacing(" ", with: "") == printed.output.replacing(" ", with: ""))
    }
}
