import Fleet
import Foundation
import Support
import Synchronization
import Testing

@testable import Engines

@Suite struct DuckDBProcessTests {
    @Test("statements sent together answer one result each, in order")
    func results() async throws {
        try await withTemporaryFolder { folder in
            try await withDuckDB(in: folder) { process in
                let answers = try await process.execute([
                    "SELECT 1 AS a, NULL AS b, 'x' AS c, 1.5::DOUBLE AS d, true AS e", "CREATE TEMP TABLE t (a INT)",
                    "SELECT a FROM t",
                ])
                #expect(try answers[0].rows() == [["a": "1", "b": nil, "c": "x", "d": "1.5", "e": "true"]])
                #expect(try answers[1].rows().isEmpty)
                #expect(try answers[2].rows().isEmpty)
            }
        }
    }

    @Test(
        "no text inside a literal is taken for a command, a marker or the end of a statement",
        arguments: [
            "a\n.shell echo x\nb", ";\n.quit\n", "a\r 50% b", "\u{1e}mark\n", "'\u{301}; SELECT 2; --", "é\"'''",
        ])
    func literals(text: String) async throws {
        try await withTemporaryFolder { folder in
            try await withDuckDB(in: folder) { process in
                let answer = try await process.execute(["SELECT \(DuckDBText.literal(text)) AS x"])
                let found = try #require(try answer[0].rows().first?["x"] ?? nil)
                #expect(Array(found.utf8) == Array(text.utf8))
            }
        }
    }

    @Test("the first error ends a batch: nothing after it is executed, and the child is not used again")
    func errors() async throws {
        try await withTemporaryFolder { folder in
            try await withDuckDB(in: folder) { process in
                let file = folder + "/after.csv"
                let error = await #expect(throws: DuckDBError.self) {
                    try await process.execute(["SELECT 1", "SELECT nothing", "COPY (SELECT 1) TO '\(file)'"])
                }
                #expect(error?.statement == 1)
                #expect(error?.failure.kind == .invalidPipeline)
                #expect(!FileManager.default.fileExists(atPath: file))
                #expect(!process.isUsable)
            }
        }
    }

    @Test("a child killed from outside is an engine that was lost")
    func killed() async throws {
        try await withTemporaryFolder { folder in
            try await withDuckDB(in: folder) { process in
                async let answer = process.execute([endlessStatement])
                kill(process.child.processID, SIGKILL)
                do {
                    _ = try await answer
                    Issue.record("the killed child answered")
                } catch {
                    #expect((error as? DuckDBError)?.failure.kind == .engineLost)
                }
            }
        }
    }

    @Test("cancelling ends the child before the caller hears of it")
    func cancelled() async throws {
        try await withTemporaryFolder { folder in
            try await withDuckDB(in: folder) { process in
                let id = process.child.processID
                let task = Task { try await process.execute(["CREATE TABLE started (a INT)", endlessStatement]) }
                try await waitUntil("the child works") { ProcessUsage(of: id).cpuSeconds ?? 0 > 0.2 }
                task.cancel()
                let result = await task.result
                #expect(!isAlive(id))
                #expect(throws: CancellationError.self) { try result.get() }
            }
        }
    }

    @Test("progress is told while a statement runs")
    func progress() async throws {
        try await withTemporaryFolder { folder in
            try await withDuckDB(in: folder) { process in
                let seen = Mutex<[Double]>([])
                _ = try await process.execute([
                    "COPY (SELECT range AS a, hash(range) AS h FROM range(1000000)) TO '\(folder)/in.parquet'",
                    "SELECT count(DISTINCT md5(h::VARCHAR)) AS n FROM '\(folder)/in.parquet'",
                ]) { fraction in seen.withLock { $0.append(fraction) } }
                #expect(seen.withLock { $0.last } == 1)
                #expect(seen.withLock { $0.allSatisfy { (0...1).contains($0) } })
            }
        }
    }

    @Test("an answer above the limit is an error, not memory")
    func tooLarge() async throws {
        try await withTemporaryFolder { folder in
            try await withDuckDB(in: folder, { $0.resultLimitBytes = 1 << 20 }) { process in
                let error = await #expect(throws: DuckDBError.self) {
                    try await process.execute(["SELECT repeat('x', 1000) AS x FROM range(10000)"])
                }
                #expect(error?.cause == .answerTooLarge(limitBytes: 1 << 20))
            }
        }
    }

    @Test("statements larger than any buffer reach the child")
    func longStatement() async throws {
        try await withTemporaryFolder { folder in
            try await withDuckDB(in: folder) { process in
                let text = String(repeating: "é'", count: 1_000_000)
                let answer = try await process.execute(["SELECT length(\(DuckDBText.literal(text))) AS n"])
                #expect(try answer[0].rows() == [["n": "2000000"]])
            }
        }
    }

    @Test("another version is refused with advice")
    func otherVersion() async throws {
        try await withTemporaryFolder { folder in
            let script = folder + "/duckdb"
            try writeScript(
                """
                #!/bin/sh
                while read -r line; do case "$line" in
                .print*) printf '%s\\n' "${line#.print }" ;;
                SELECT*) printf '[{"version":"v1.4.2"}]\\n' ;;
                esac; done
                """, to: script)
            var settings = try duckDBSettings(in: folder)
            settings.binary = DuckDBBinary(path: script)
            let error = await #expect(throws: Failure.self) { try await DuckDBProcess.start(settings) }
            #expect(
                error?.message.contains("has version v1.4.2, but 1.5 is needed; run `make setup`") == true,
                "\(String(describing: error))")
        }
    }

    @Test("closing leaves neither process nor folder")
    func closing() async throws {
        try await withTemporaryFolder { folder in
            let (id, own) = try await withDuckDB(in: folder) { process in
                #expect(FileManager.default.fileExists(atPath: process.folder))
                return (process.child.processID, process.folder)
            }
            #expect(!isAlive(id))
            #expect(!FileManager.default.fileExists(atPath: own))
        }
    }
}
