import Foundation
import Pipeline
import Fuzzing
import Support
import Testing

@testable import Engines

/// Footers are read as DuckDB reads them; what is broken is an error, never a trap. Replay with QUICKETL_SEED.
@Suite struct ParquetFooterTests {
    private static func footer(_ path: String) throws -> ParquetFooter {
        try FooterFile.read(path, bytes: try #require(FolderNames.bytes(ofFile: path)))
    }

    @Test("sizes and rows are those that DuckDB finds in the footer, nested columns added up under their root")
    func sizes() async throws {
        try await SizingScene.run { scene in
            try await scene.execute(
                "COPY (SELECT range AS id, 'text ' || range % 1000 AS t, {'a': range, 'b': [range, 2]} AS s, range % 2 = 0 AS f "
                    + "FROM range(300000)) TO 'IN/x.parquet' (FORMAT parquet, ROW_GROUP_SIZE 50000)")
            let footer = try Self.footer(scene.folder + "/x.parquet")
            #expect(footer.rows == 300_000)
            #expect(Set(footer.columns.keys) == Set(["id", "t", "s", "f"].map { Array($0.utf8) }))
            for (name, sizes) in footer.columns {
                let text = String(decoding: name, as: UTF8.self)
                let wanted = try await scene.number(
                    "SELECT CAST(sum(total_compressed_size) AS BIGINT) AS n FROM parquet_metadata('IN/x.parquet') "
                        + "WHERE split_part(path_in_schema, ',', 1) = '\(text)'")
                #expect(sizes.compressed == wanted, "\(text)")
            }
            #expect(footer.columns[Array("id".utf8)]?.decoded ?? 0 >= 2_400_000)
        }
    }

    @Test("a footer that is longer than the first read is read, too")
    func longFooter() async throws {
        try await SizingScene.run { scene in
            let columns = (0..<400).map { "range AS a_rather_long_name_of_a_column_\($0)" }.joined(separator: ", ")
            try await scene.execute(
                "COPY (SELECT \(columns) FROM range(20000)) TO 'IN/x.parquet' (FORMAT parquet, ROW_GROUP_SIZE 2048)")
            let footer = try Self.footer(scene.folder + "/x.parquet")
            #expect(footer.columns.count == 400)
            #expect(footer.rows == 20_000)
        }
    }

    @Test("what is no Parquet file is an error that says so")
    func noParquet() throws {
        func length(_ bytes: [UInt8]) -> String {
            do {
                return String(try ParquetFooter.length(tail: bytes[...]))
            } catch {
                return error.reason
            }
        }
        #expect(length([]) == "the file is too short")
        #expect(length(Array("12345678".utf8)) == "the file does not end like a Parquet file")
        #expect(length([1, 0, 0, 0] + Array("PARE".utf8)) == "it is encrypted")
        #expect(length([255, 255, 255, 255] + Array("PAR1".utf8)) == "4294967295")
        #expect(throws: ThriftReader.Malformed.self) { try ParquetFooter([][...]) }
        #expect(throws: ThriftReader.Malformed.self) { try ParquetFooter([0][...]) }
    }

    @Test("mutilated footers give sizes that are no less than 0, or an error, and never a trap")
    func fuzz() async throws {
        let seed =
            ProcessInfo.processInfo.environment["QUICKETL_SEED"].flatMap { UInt64($0) } ?? .random(in: 0 ... .max)
        print("seed \(seed)")
        try await SizingScene.run { scene in
            try await scene.execute(
                "COPY (SELECT range AS id, 'text ' || range AS t, {'a': range, 'b': [range, 2]} AS s "
                    + "FROM range(5000)) TO 'IN/x.parquet' (FORMAT parquet, ROW_GROUP_SIZE 2048)")
            let file = Array(try Data(contentsOf: URL(fileURLWithPath: scene.folder + "/x.parquet")))
            let length = try ParquetFooter.length(tail: file[...])
            let whole = Array(file.dropLast(ParquetFooter.tailBytes).suffix(length))
            #expect(try ParquetFooter(whole[...]).rows == 5_000)
            var dice = SeededDice(seed: seed)
            var read = 0
            for round in 0..<20_000 {
                var bytes = whole
                for _ in 0...dice.roll(4) {
                    let at = dice.roll(bytes.count + 1)
                    switch dice.roll(6) {
                    case 0: bytes = Array(bytes.prefix(at))
                    case 1: bytes.insert(contentsOf: Array(repeating: 0xff, count: dice.roll(12)), at: at)
                    case 2: bytes.removeSubrange(at..<min(bytes.count, at + dice.roll(8)))
                    // Structures and lists in each other.
                    case 3:
                        bytes.insert(
                            contentsOf: Array(repeating: dice.flip() ? 0x1c : 0x19, count: dice.roll(200)), at: at)
                    default: if at < bytes.count { bytes[at] = UInt8(dice.roll(256)) }
                    }
                    if bytes.isEmpty { bytes = [0] }
                }
                do {
                    let footer = try ParquetFooter(bytes[...])
                    let isPositive = footer.columns.values.allSatisfy { $0.compressed >= 0 && $0.decoded >= 0 }
                    #expect(footer.rows >= 0 && isPositive, "seed \(seed), round \(round)")
                    read += 1
                } catch let error as ThriftReader.Malformed {
                    #expect(!error.reason.isEmpty, "seed \(seed), round \(round)")
                }
            }
            #expect(read > 0)
        }
    }
}
