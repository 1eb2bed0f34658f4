import Fleet
import Support
import Synchronization
import Testing

@testable import Engines

@Suite struct DuckDBWarningTests {
    @Test("DuckDB's own warning is heard, and the result that it comes with is whole")
    func heard() async throws {
        try await withTemporaryFolder { folder in
            try await withDuckDB(in: folder) { process in
                let warnings = Mutex<[String]>([])
                let answers = try await process.execute(
                    ["SELECT 1 AS a", "SELECT len(list_transform([1, 2], x -> x + 1)) AS b", "SELECT 3 AS c"],
                    warning: { text in warnings.withLock { $0.append(text) } })
                #expect(try answers[0].rows().first?["a"] == "1")
                #expect(try answers[1].rows().first?["b"] == "2")
                #expect(try answers[2].rows().first?["c"] == "3")
                let kept = warnings.withLock { $0 }.compactMap { DuckDBWarning($0)?.said.text }
                #expect(kept == ["DuckDB warns: Deprecated lambda arrow"])
                #expect(await process.version.hasPrefix(DuckDBBinary.supportedVersion))
            }
        }
    }
}
