import Fleet
import Foundation
import Support
import Testing

@testable import Engines

@Suite struct DuckDBConfinementTests {
    private func inConfined(
        _ body: (_ process: DuckDBProcess, _ root: String, _ outside: String) async throws -> Void
    ) async throws {
        try await withTemporaryFolder { folder in
            try write("a,b\n1,x\n2,y\n", to: folder + "/root/in/a.csv")
            try write("a,b\n1,x\n", to: folder + "/rooted/a.csv")
            try await withDuckDB(
                in: folder,
                {
                    $0.allowedRoots = [folder + "/root"]
                    $0.memoryLimitBytes = 128 << 20
                }
            ) { process in try await body(process, folder + "/root", folder + "/rooted") }
        }
    }

    @Test("inside its roots a confined child reads, lists, writes and spills")
    func inside() async throws {
        try await inConfined { process, root, _ in
            let answers = try await process.execute([
                "SELECT count(*) AS n FROM read_csv('\(root)/in/*.csv')",
                "SELECT filename, size FROM read_blob('\(root)/in/**')",
                "COPY (SELECT range AS a, md5(range::VARCHAR) AS b FROM range(3000000) ORDER BY b) TO '\(root)/out' (FORMAT parquet)",
                "SELECT count(*) AS n FROM read_parquet('\(root)/out')",
                "COPY (SELECT 1 AS a) TO '\(process.folder)/private' (FORMAT parquet)",
            ])
            #expect(try answers[0].rows() == [["n": "2"]])
            #expect(try answers[1].rows() == [["filename": "\(root)/in/a.csv", "size": "12"]])
            #expect(try answers[3].rows() == [["n": "3000000"]])
        }
    }

    @Test(
        "outside its roots a confined child reads, lists and writes nothing",
        arguments: [
            "SELECT * FROM read_csv('OUTSIDE/a.csv')", "SELECT * FROM read_csv('ROOT/../rooted/a.csv')",
            "SELECT * FROM glob('OUTSIDE/*')", "COPY (SELECT 1) TO 'OUTSIDE/b.csv'", "ATTACH 'OUTSIDE/x.db'",
            "COPY (SELECT 1) TO 'ROOT/../rooted/b.csv'",
        ])
    func outside(statement: String) async throws {
        try await inConfined { process, root, outside in
            let sql = statement.replacingOccurrences(of: "OUTSIDE", with: outside)
                .replacingOccurrences(of: "ROOT", with: root)
            let error = await #expect(throws: DuckDBError.self) { try await process.execute([sql]) }
            #expect(error?.failure.kind == .accessDenied, "\(String(describing: error))")
        }
    }

    @Test("a locked child does not let go of its limits")
    func locked() async throws {
        try await inConfined { process, _, _ in
            await #expect(throws: DuckDBError.self) {
                try await process.execute(["SET memory_limit = '64GB'"])
            }
        }
    }
}
