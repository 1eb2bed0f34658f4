import Fleet
import Foundation
import Support
import Testing

@testable import Engines

@Suite struct DuckDBBinaryTests {
    /// `root/bin/quicketl`, `root/.tools/venv/bin/duckdb` (a Python script, as pip makes it) with the program behind it.
    private func inTree(_ body: (_ root: String, _ program: String) async throws -> Void) async throws {
        try await withTemporaryFolder { folder in
            let root = folder + "/root"
            let program = root + "/.tools/venv/lib/python3.11/site-packages/duckdb_cli/duckdb"
            for (path, text) in [
                (root + "/bin/quicketl", "program"), (root + "/.build/debug/quicketl", "program"),
                (root + "/.tools/venv/bin/duckdb", "#!/root/.tools/venv/bin/python3\n"), (program, "\u{7f}ELF"),
                (folder + "/path/duckdb", "\u{7f}ELF"),
            ] {
                try write(text, to: path)
                try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
            }
            try await body(root, program)
        }
    }

    @Test("it is found beside the executable, from any build folder, through links and with no environment")
    func besideExecutable() async throws {
        try await inTree { root, program in
            let link = root + "/../link"
            try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: root + "/bin/quicketl")
            for executable in [root + "/bin/quicketl", root + "/.build/debug/quicketl", link] {
                let found = try DuckDBBinary.locate(environment: [:], executable: executable)
                #expect(found == DuckDBBinary(path: program))
            }
            try FileManager.default.createDirectory(
                atPath: root + "/.tools/duckdb-extensions", withIntermediateDirectories: true)
            let found = try DuckDBBinary.locate(environment: [:], executable: root + "/bin/quicketl")
            #expect(found.extensionDirectory == root + "/.tools/duckdb-extensions")
        }
    }

    @Test("the override comes first, PATH last, and nothing at all is told with what to do")
    func order() async throws {
        try await inTree { root, program in
            let own = FileSystem.parent(of: root) + "/path"
            let environment = ["PATH": "/nowhere:\(own)", DuckDBBinary.overrideVariable: own + "/duckdb"]
            let executable = root + "/bin/quicketl"
            let first = try DuckDBBinary.locate(environment: environment, executable: executable)
            #expect(first.path == own + "/duckdb")
            let path = ["PATH": environment["PATH"]!]
            let second = try DuckDBBinary.locate(environment: path, executable: executable)
            #expect(second.path == program)
            let third = try DuckDBBinary.locate(environment: path, executable: own + "/x")
            #expect(third.path == own + "/duckdb")
            let missing = #expect(throws: Failure.self) {
                try DuckDBBinary.locate(environment: [:], executable: own + "/x")
            }
            #expect(missing?.message.contains("make setup") == true)
            let wrong = #expect(throws: Failure.self) {
                try DuckDBBinary.locate(
                    environment: [DuckDBBinary.overrideVariable: "/nowhere"], executable: executable)
            }
            #expect(wrong?.message.contains("/nowhere") == true)
        }
    }
}
