import Fleet
import Foundation
import Pipeline
import Support
import Testing

@testable import Engines
/// Names and values, whatever they hold.
@Suite(.timeLimit(.minutes(10))) struct DatabaseValueTests {
    @Test("names are taken as they are, whatever they hold", arguments: DatabaseScene.kinds)
    func names(kind: DatabaseAddress.Kind) async throws {
        // Names in MySQL have no characters beyond U+FFFF.
        let odd = #"Größe "1" `x` 'y' \ "# + (kind == .mysql ? "ß" : "😀")
        try await DatabaseScene.run(kind) { scene in
            for (value, mode) in [("a", DatabaseSink.Mode.append), ("b", .upsert), ("c", .replace), ("c", .upsert)] {
                let header = "\"\(odd.replacing("\"", with: "\"\""))\",id"
                let spec = try scene.pipeline(
                    "\(header)\n\(value),1\n", scene.sink(mode, table: "t \(odd)"))
                try await scene.engine.publisher.move(try await scene.staged(spec))
            }
            var source = scene.source("t \(odd)")
            if kind == .mysql {
                // As a table its scanner would misread it, and says so.
                let error = await #expect(throws: Failure.self) { _ = try await scene.read(source) }
                #expect(error?.message.contains("backtick") == true)
                let name = NativeText(kind: .mysql)
                source = .database(
                    DatabaseSource(
                        connection: scene.connection,
                        rows: .query(
                            DatabaseQuery([
                                .sql(
                                    "SELECT \(name.identifier(odd)) AS a, id FROM "
                                        + name.table(scene.schema, "t \(odd)"))
                            ]))))
            }
            #expect(try await scene.read(source).dropFirst() == ["c,1"])
        }
    }

    @Test("names that come with the data are no SQL", arguments: DatabaseScene.kinds)
    func injection(kind: DatabaseAddress.Kind) async throws {
        try await DatabaseScene.run(kind) { scene in
            try await scene.load(Orders.older, .append)
            for mode in [DatabaseSink.Mode.append, .replace] {
                for name in [
                    "a`) SELECT 1; -- ", "a\\`, b` int); DROP TABLE orders; -- ", "a\"\"); DROP TABLE orders; --",
                ] {
                    let spec = try scene.pipeline("\"\(name)\",id\nv,1\n", scene.sink(mode, table: "other"))
                    do {
                        try await scene.engine.publisher.move(try await scene.staged(spec))
                    } catch let failure as Failure {
                        // Appending what the table lacks.
                        #expect(failure.message.contains("has no column"))
                    }
                    #expect(try await Orders.held(scene) == ["1a", "2b"])
                }
            }
        }
    }

    @Test(
        "a name that a database would cut or cannot have is refused",
        arguments: [DatabaseAddress.Kind.postgresql, .mysql])
    func longNames(kind: DatabaseAddress.Kind) async throws {
        try await DatabaseScene.run(kind) { scene in
            let long = String(repeating: "n", count: 65)
            for (table, column) in [(long, "id"), ("orders", long), ("orders", "😀")]
            where kind == .mysql || column != "😀" {
                let spec = try scene.pipeline("\(column),x\n1,2\n", scene.sink(.append, table: table))
                let error = await #expect(throws: Failure.self) { _ = try await scene.staged(spec) }
                #expect(error?.kind == .invalidPipeline)
            }
        }
    }

    @Test("values come back as they went", arguments: DatabaseScene.kinds)
    func values(kind: DatabaseAddress.Kind) async throws {
        try await DatabaseScene.run(kind) { scene in
            let columns: [(String, DataType, String)] = [
                ("i8", .int8, "-128"), ("i16", .int16, "-32768"), ("i32", .int32, "2147483647"),
                ("i64", .int64, "-9223372036854775808"), ("u8", .uint8, "255"), ("u16", .uint16, "65535"),
                ("u32", .uint32, "4294967295"), ("u64", .uint64, "18446744073709551615"), ("f", .float64, "0.1"),
                ("d", .decimal(precision: 38, scale: 4), "1234567890123456789012345678901234.5678"),
                ("b", .boolean, "true"), ("t", .text, "ü'\\n 😀"), ("dt", .date, "0099-12-31"),
                ("ts", .timestamp, "2024-02-29 23:59:59.999999"), ("tm", .time, "23:59:59.123456"),
            ]
            let header = columns.map(\.0).joined(separator: ",")
            let row = columns.map(\.2).joined(separator: ",")
            let nulls = String(repeating: ",", count: columns.count - 1)
            let types = columns.map { TypedName($0.0, $0.1) }
            let spec = try scene.pipeline("\(header)\n\(row)\n\(nulls)\n", scene.sink(.append), types: types)
            // Into the table that is made, and into the table that is there.
            for _ in 1...2 { try await scene.engine.publisher.move(try await scene.staged(spec)) }
            var wanted = row
            // SQLite has no boolean.
            if kind == .sqlite { wanted = wanted.replacing(",true,", with: ",1,") }
            #expect(try await scene.read(scene.source()).sorted() == [header, wanted, wanted, nulls, nulls].sorted())
        }
    }

    @Test("PostgreSQL's own types take texts by its own rules, and numbers lose no digit")
    func postgresTypes() async throws {
        try await DatabaseScene.run(.postgresql) { scene in
            try await scene.change(
                "CREATE TABLE SCHEMA.orders (u uuid, j jsonb, a inet, n numeric, e varchar(3), i integer)")
            let csv =
                "u,j,a,n,e,i\n6f0c1b34-52f8-4a4e-9f5a-0d1f0a3b1c2d,\"{\"\"a\"\":[1]}\",10.0.0.1,"
                + "1234567890123456789012345678.123456789,abc,7\n"
            let spec = try scene.pipeline(
                csv, scene.sink(.append),
                types: [
                    TypedName("n", .decimal(precision: 38, scale: 9)), TypedName("u", .text), TypedName("j", .text),
                ])
            try await scene.engine.publisher.move(try await scene.staged(spec))
            try await scene.change("ALTER TABLE SCHEMA.orders ALTER n TYPE text, ALTER j TYPE text, ALTER a TYPE text")
            #expect(
                try await scene.rows("concat_ws('|', u, j, a, n, e, i)") == [
                    #"6f0c1b34-52f8-4a4e-9f5a-0d1f0a3b1c2d|{"a": [1]}|10.0.0.1/32|1234567890123456789012345678.123456789|abc|7"#
                ])
        }
    }
}
