import Fleet
import Foundation
import Pipeline
import Support
import Testing

@testable import Engines

/// Files that nobody means to send: each gives its rows, or a clear error, within the limits of the child.
@Suite struct HostileFileTests {
    enum Outcome: Equatable {
        /// The lines of the written CSV.
        case rows([String])
        case refused(Failure.Kind, String)
    }

    /// Runs `source` (a flow mapping with a path below `folder`) into a CSV.
    private func outcome(_ source: String, _ transforms: String = "", in folder: String, _ engine: DuckDBEngine)
        async throws -> Outcome
    {
        let yaml = "name: p\nsource: {\(source)}\n\(transforms)sink: {type: file, path: out.csv}\n"
        let spec = try PipelineLoader.load(yaml: yaml, file: nil, variables: VariableScope()).spec
        do {
            let report = try await engine.execute(
                Attempt(lease: lease(.random(), token: 1), pipeline: spec, baseDirectory: folder, acceptedAt: Date())
            ) { _ in }
            if let manifest = report.manifest { try await FilePublisher().move(manifest) }
            let text = try String(contentsOfFile: "\(folder)/out.csv", encoding: .utf8)
            return .rows(text.split(separator: "\n").map(String.init))
        } catch let failure as Failure {
            return .refused(failure.kind, failure.message)
        }
    }

    private func withEngine(_ body: (String, DuckDBEngine) async throws -> Void) async throws {
        try await withTemporaryFolder { folder in
            var settings = try duckDBSettings(in: folder)
            settings.allowedRoots = [folder]
            let engine = DuckDBEngine(settings: settings)
            do {
                try await body(folder, engine)
            } catch {
                await engine.pool.shutDown()
                throw error
            }
            await engine.pool.shutDown()
        }
    }

    struct File: Sendable, CustomTestStringConvertible {
        var name: String
        var bytes: [UInt8]
        /// The rows, with their header; nil where an error is wanted.
        var rows: [String]?
        /// A part of the message.
        var message = ""

        var testDescription: String { name }

        init(_ name: String, _ text: String, rows: [String]) { self.init(name, Array(text.utf8), rows: rows) }

        init(_ name: String, _ bytes: [UInt8], rows: [String]) {
            (self.name, self.bytes, self.rows) = (name, bytes, rows)
        }

        init(_ name: String, _ bytes: [UInt8], refused message: String) {
            (self.name, self.bytes, self.message) = (name, bytes, message)
        }
    }

    static let files = [
        File("bom.csv", [0xEF, 0xBB, 0xBF] + Array("a,b\n1,2\n".utf8), rows: ["a,b", "1,2"]),
        File("header.csv", "a,b\n", rows: ["a,b"]),
        File("no-end.csv", "a,b\n1,2", rows: ["a,b", "1,2"]),
        File("crlf.csv", "a,b\r\n1,2\r\n", rows: ["a,b", "1,2"]),
        File("old-mac.csv", "a,b\r1,2\r", rows: ["a,b", "1,2"]),
        File("twice.csv", "a,a,A\n1,2,3\n", rows: ["a,a_1,A_2", "1,2,3"]),
        File("unnamed.csv", "a,,c\n1,2,3\n", rows: ["a,column1,c", "1,2,3"]),
        File("nul.csv", Array("a,b\n1,x\0y\n".utf8), rows: ["a,b", "1,x\0y"]),
        File("mixed-ends.csv", Array("a,b\n1,2\r\n3,4\n5,6\r\n".utf8), refused: "different ends"),
        File("latin.csv", Array("a,b\n1,".utf8) + [0xFF, 0xFE, 0x0A], refused: "not valid UTF-8"),
        File("ragged.csv", Array("a,b\n1,2\n1,2,3\n".utf8), refused: "CSV line 3"),
        // No quote that is closed anywhere: then it is a letter.
        File("open-quote.csv", "a,b\n1,\"x\n2,y\n", rows: ["a,b", "1,\"\"\"x\"", "2,y"]),
        File("cut.json", Array("{\"a\":1}\n{\"a\":".utf8), refused: "malformed JSON"),
        File("twice.json", Array("{\"a\":1,\"a\":2}\n".utf8), refused: "a key twice"),
        File("latin.json", Array("{\"a\":\"".utf8) + [0xFF] + Array("\"}\n".utf8), refused: "malformed JSON"),
        File("zero.parquet", [], refused: "not a Parquet file"),
        File("cut.parquet", Array("PAR1abc".utf8), refused: "not a Parquet file"),
        File("text.parquet", Array("a,b\n1,2\n3,4\n".utf8), refused: "not a Parquet file"),
    ]

    @Test("each gives its rows or a message that names what is wrong")
    func small() async throws {
        try await withEngine { folder, engine in
            for file in Self.files {
                try Data(file.bytes).write(to: URL(fileURLWithPath: "\(folder)/\(file.name)"))
                switch try await outcome("type: file, path: \(file.name)", in: folder, engine) {
                case .rows(let rows): #expect(rows == file.rows, "\(file.name)")
                case .refused(let kind, let message):
                    #expect(file.rows == nil && message.contains(file.message), "\(file.name): \(message)")
                    #expect(kind == .badData, "\(file.name): \(message)")
                }
            }
        }
    }

    @Test("a Parquet file that ends early, or holds other bytes, is bad data")
    func brokenParquet() async throws {
        try await withEngine { folder, engine in
            try write("a\n" + (0..<5_000).map { "\($0)x" }.joined(separator: "\n") + "\n", to: folder + "/in.csv")
            let yaml = "name: p\nsource: {type: file, path: in.csv}\nsink: {type: file, path: whole.parquet}\n"
            let spec = try PipelineLoader.load(yaml: yaml, file: nil, variables: VariableScope()).spec
            let report = try await engine.execute(
                Attempt(lease: lease(.random(), token: 1), pipeline: spec, baseDirectory: folder, acceptedAt: Date())
            ) { _ in }
            if let manifest = report.manifest { try await FilePublisher().move(manifest) }
            let whole = try Data(contentsOf: URL(fileURLWithPath: folder + "/whole.parquet"))
            var flipped = whole
            for place in stride(from: 8, to: whole.count - 8, by: 7) { flipped[place] ^= 0x5A }
            for (name, bytes) in [("half.parquet", whole.prefix(whole.count / 2)), ("flipped.parquet", flipped)] {
                try Data(bytes).write(to: URL(fileURLWithPath: "\(folder)/\(name)"))
                guard case .refused(_, let message) = try await outcome("type: file, path: \(name)", in: folder, engine)
                else {
                    Issue.record("\(name) was read")
                    continue
                }
                #expect(!message.isEmpty && message.utf8.count < 1_000)
            }
        }
    }

    @Test("what is no file, or cannot be read, is named")
    func noFiles() async throws {
        try await withEngine { folder, engine in
            try FileManager.default.createDirectory(atPath: folder + "/x.csv", withIntermediateDirectories: true)
            let missing = try await outcome("type: file, path: x.csv", in: folder, engine)
            guard case .refused(.inputMissing, let message) = missing, message.contains("x.csv") else {
                Issue.record("an empty folder named x.csv gave \(missing)")
                return
            }
            try write("a\n1\n", to: folder + "/x.csv/part.csv")
            #expect(try await outcome("type: file, path: x.csv", in: folder, engine) == .rows(["a", "1"]))
            // Root reads everything.
            guard geteuid() != 0 else { return }
            try write("a\n1\n", to: folder + "/secret.csv")
            try FileManager.default.setAttributes([.posixPermissions: 0], ofItemAtPath: folder + "/secret.csv")
            let denied = try await outcome("type: file, path: secret.csv", in: folder, engine)
            guard case .refused(.accessDenied, _) = denied else {
                Issue.record("an unreadable file gave \(denied)")
                return
            }
        }
    }

    @Test("an empty file is an empty table")
    func empty() async throws {
        try await withEngine { folder, engine in
            for name in ["empty.csv", "empty.json"] {
                try write("", to: "\(folder)/\(name)")
                let outcome = try await outcome("type: file, path: \(name)", in: folder, engine)
                guard case .rows(let rows) = outcome else {
                    Issue.record("\(name): \(outcome)")
                    continue
                }
                #expect(rows.count == 1, "\(name): \(rows)")
            }
        }
    }

    @Test("many columns are read")
    func wide() async throws {
        try await withEngine { folder, engine in
            let count = ProcessInfo.processInfo.environment["QUICKETL_HOSTILE"] == nil ? 2_000 : 50_000
            let names = (0..<count).map { "c\($0)" }.joined(separator: ",")
            try write("\(names)\n\((0..<count).map(String.init).joined(separator: ","))\n", to: folder + "/wide.csv")
            switch try await outcome(
                "type: file, path: wide.csv", "transforms: [{op: select, columns: [c\(count - 1), c0]}]\n", in: folder,
                engine)
            {
            case .rows(let rows): #expect(rows == ["c\(count - 1),c0", "\(count - 1),0"])
            case .refused(let kind, let message): #expect(kind != .unclassified && !message.isEmpty, "\(message)")
            }
        }
    }

    @Test("deep JSON is a value or an error")
    func deep() async throws {
        try await withEngine { folder, engine in
            for depth in [50, 2_000, 100_000] {
                let text =
                    String(repeating: "{\"a\":", count: depth) + "1" + String(repeating: "}", count: depth) + "\n"
                try write(text, to: folder + "/deep.json")
                if case .refused(let kind, let message) = try await outcome(
                    "type: file, path: deep.json", in: folder, engine)
                {
                    // DuckDB itself recurses over each value, and its process ends when its stack does.
                    #expect(kind == .badData, "depth \(depth): \(kind) \(message)")
                    #expect(message.contains("deep.json"), "\(message)")
                }
            }
        }
    }

    /// 64 MB; 1 GB with `QUICKETL_HOSTILE=1`.
    @Test("a line that does not end is refused, or read within the memory that is allowed")
    func longLine() async throws {
        let megabytes = ProcessInfo.processInfo.environment["QUICKETL_HOSTILE"] == nil ? 64 : 1_024
        try await withEngine { folder, engine in
            for (name, begin, end) in [("long.csv", "a,b\n1,", "\n"), ("long.json", "{\"a\":\"", "\"}\n")] {
                let path = "\(folder)/\(name)"
                try write(begin, to: path)
                let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
                try handle.seekToEnd()
                let block = Data(repeating: UInt8(ascii: "x"), count: 1 << 20)
                for _ in 0..<megabytes { try handle.write(contentsOf: block) }
                try handle.write(contentsOf: Data(end.utf8))
                try handle.close()
                switch try await outcome(
                    "type: file, path: \(name)", "transforms: [{op: aggregate, group_by: [], aggs: {n: count(*)}}]\n",
                    in: folder, engine)
                {
                case .rows(let rows): #expect(rows == ["n", "1"], "\(name)")
                case .refused(let kind, let message):
                    #expect([.badData, .outOfMemory].contains(kind), "\(name): \(kind) \(message)")
                    #expect(message.utf8.count < 1_000)
                }
                try FileManager.default.removeItem(atPath: path)
            }
        }
    }
}
