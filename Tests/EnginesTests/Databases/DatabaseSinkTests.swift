import Fleet
import Foundation
import Pipeline
import Support
import Testing

@testable import Engines

@Suite(.timeLimit(.minutes(10))) struct DatabaseSinkTests {
    private static let older = "id,name\n1,a\n2,b\n"
    private static let newer = "id,name\n2,B\n3,c\n"

    /// What the table holds after `older` was appended and `newer` was loaded in a mode, as "id name".
    private static func expected(_ mode: DatabaseSink.Mode) -> [String] {
        switch mode {
        case .append: ["1a", "2B", "2b", "3c"]
        case .truncate, .replace: ["2B", "3c"]
        case .upsert: ["1a", "2B", "3c"]
        }
    }

    private func held(_ scene: DatabaseScene) async throws -> [String] {
        try await scene.rows("concat(id, name)")
    }

    struct Case: Sendable, CustomTestStringConvertible {
        var kind: DatabaseAddress.Kind
        var mode: DatabaseSink.Mode
        var testDescription: String { "\(kind.rawValue) \(mode.rawValue)" }

        static let all = DatabaseScene.kinds.flatMap { kind in
            DatabaseSink.Mode.allCases.map { Case(kind: kind, mode: $0) }
        }
    }

    @Test(
        "each mode makes of the table what it says, and a run that is published twice counts once", arguments: Case.all)
    func modes(_ one: Case) async throws {
        try await DatabaseScene.run(one.kind) { scene in
            // The table is made where it is missing.
            try await scene.load(Self.older, .append)
            let manifest = try await scene.staged(try scene.pipeline(Self.newer, scene.sink(one.mode)))
            #expect(try await held(scene) == ["1a", "2b"], "nothing is published before the move")
            let copy = try scene.copied(manifest)
            try await scene.engine.publisher.move(manifest)
            #expect(try await held(scene) == Self.expected(one.mode))
            try await scene.engine.publisher.move(copy)
            #expect(try await held(scene) == Self.expected(one.mode))
            // Without its staging, as after a lost answer to settle.
            try await scene.engine.publisher.move(manifest)
            #expect(try await held(scene) == Self.expected(one.mode))
            #expect(try await scene.tables() == ["orders", "quicketl_loads"])
            #expect(try FileSystem.entry(at: scene.folder + "/.quicketl-staging") == nil)
        }
    }

    struct Killed: Error {}

    struct Stop: Sendable, CustomTestStringConvertible {
        var one: Case
        var moment: DatabasePublisher.Moment
        var testDescription: String { "\(one.testDescription) at \(moment)" }

        /// Every case once behind its commit; elsewhere one of each kind of script.
        static let all = Case.all.flatMap { one -> [Stop] in
            var moments = [DatabasePublisher.Moment.committed]
            if one.mode == .append { moments += [.begun, .looked] }
            if one.mode == .replace, one.kind == .mysql { moments += [.looked, .marked, .exchanged] }
            return moments.map { Stop(one: one, moment: $0) }
        }

        /// Of databases that let several programs in at a time: between the look at the marker and the load.
        static let shared = Case.all.filter { !$0.kind.isFile }.flatMap { one -> [Stop] in
            let isReplacing = one.mode == .replace && one.kind == .mysql
            return (isReplacing ? [.looked, .marked, .exchanged] : [.looked]).map { Stop(one: one, moment: $0) }
        }
    }

    @Test("whoever takes over from a publisher that died at any moment finishes its load, once", arguments: Stop.all)
    func takenOver(_ stop: Stop) async throws {
        try await DatabaseScene.run(stop.one.kind) { scene in
            try await scene.load(Self.older, .append)
            let run = RunID.random()
            let manifest = try await scene.staged(try scene.pipeline(Self.newer, scene.sink(stop.one.mode)), run)
            let dying = DatabasePublisher(pool: scene.engine.pool) { if $0 == stop.moment { throw Killed() } }
            await #expect(throws: Killed.self) { try await dying.move(manifest) }
            try await scene.engine.publisher.move(manifest.taken(over: lease(run, token: 2)))
            #expect(try await held(scene) == Self.expected(stop.one.mode))
            #expect(try await scene.tables() == ["orders", "quicketl_loads"])
        }
    }

    /// Changes nothing, though its successor and the next run loaded the table while it slept at a moment.
    private func expectStale(_ one: Case, at moment: DatabasePublisher.Moment) async throws {
        try await DatabaseScene.run(one.kind) { scene in
            try await scene.load(Self.older, .append)
            let run = RunID.random()
            let manifest = try await scene.staged(try scene.pipeline(Self.newer, scene.sink(one.mode)), run)
            let successors = try scene.copied(manifest).taken(over: lease(run, token: 2))
            let stale = DatabasePublisher(pool: scene.engine.pool) {
                guard $0 == moment else { return }
                try await scene.engine.publisher.move(successors)
                try await scene.load("id,name\n9,z\n", .truncate)
            }
            // It may notice, or find everything done: both are right.
            try? await stale.move(manifest)
            #expect(try await held(scene) == ["9z"])
            #expect(try await scene.tables() == ["orders", "quicketl_loads"])
        }
    }

    @Test(
        "a publisher that wakes between its look and its load, after its successor and the next run, changes nothing",
        arguments: Stop.shared)
    func stale(_ stop: Stop) async throws { try await expectStale(stop.one, at: stop.moment) }

    @Test(
        "a publisher that begins after its successor and the next run changes nothing", arguments: DatabaseScene.kinds)
    func late(kind: DatabaseAddress.Kind) async throws {
        try await expectStale(Case(kind: kind, mode: .append), at: .begun)
    }

    @Test("a commit whose answer was lost is heard of on a new connection", arguments: DatabaseScene.kinds)
    func lostAnswer(kind: DatabaseAddress.Kind) async throws {
        try await DatabaseScene.run(kind) { scene in
            try await scene.load(Self.older, .append)
            let manifest = try await scene.staged(try scene.pipeline(Self.newer, scene.sink(.append)))
            let publisher = DatabasePublisher(pool: scene.engine.pool) {
                if $0 == .committed { throw Failure(.engineLost, "the connection was lost") }
            }
            try await publisher.move(manifest)
            #expect(try await held(scene) == Self.expected(.append))
        }
    }

    @Test(
        "two attempts of one run that load at the same time load it once",
        arguments: [DatabaseAddress.Kind.postgresql, .mysql])
    func races(kind: DatabaseAddress.Kind) async throws {
        try await DatabaseScene.run(kind) { scene in
            try await scene.load(Self.older, .append)
            let run = RunID.random()
            let manifest = try await scene.staged(try scene.pipeline(Self.newer, scene.sink(.append)), run)
            let movers = try (1...3).map { try scene.copied(manifest).taken(over: lease(run, token: $0)) }
            await withTaskGroup(of: Void.self) { group in
                for mover in movers {
                    // One that loses may be told so; the others' load stands.
                    group.addTask { try? await scene.engine.publisher.move(mover) }
                }
            }
            #expect(try await held(scene) == Self.expected(.append))
        }
    }

    @Test(
        "an upsert changes only the columns that it brings, and needs no key constraint", arguments: DatabaseScene.kinds
    )
    func upsertsColumns(kind: DatabaseAddress.Kind) async throws {
        try await DatabaseScene.run(kind) { scene in
            try await scene.load("region,id,name,extra\neu,1,a,x\nus,1,b,y\n", .append)
            try await scene.load("name,id,region\nA,1,eu\nc,2,us\n", .upsert, keys: ["region", "id"])
            let rows = try await scene.rows("concat_ws('|', region, id, name, coalesce(extra, '-'))")
            #expect(rows == ["eu|1|A|x", "us|1|b|y", "us|2|c|-"])
        }
    }

    @Test("keys that repeat or are null are refused before anything changes", arguments: DatabaseScene.kinds)
    func badKeys(kind: DatabaseAddress.Kind) async throws {
        try await DatabaseScene.run(kind) { scene in
            try await scene.load(Self.older, .append)
            for (csv, words) in [("id,name\n1,x\n1,y\n", "more than one row"), ("id,name\n,x\n2,y\n", "no value")] {
                let error = await #expect(throws: Failure.self) { try await scene.load(csv, .upsert) }
                #expect(error?.kind == .badData)
                #expect(error?.message.contains(words) == true, "\(String(describing: error))")
                #expect(error?.message.contains("\"id\"") == true)
            }
            #expect(try await held(scene) == ["1a", "2b"])
        }
    }

    @Test("a column that the table lacks is named before anything changes", arguments: DatabaseScene.kinds)
    func missingColumn(kind: DatabaseAddress.Kind) async throws {
        try await DatabaseScene.run(kind) { scene in
            try await scene.load(Self.older, .append)
            for mode in [DatabaseSink.Mode.append, .truncate, .upsert] {
                let error = await #expect(throws: Failure.self) { try await scene.load("id,nom\n1,x\n", mode) }
                #expect(error?.kind == .invalidPipeline)
                #expect(error?.message.contains("has no column \"nom\"") == true, "\(String(describing: error))")
                #expect(error?.step == "write_sink")
            }
            #expect(try await held(scene) == ["1a", "2b"])
        }
    }

    @Test("a failed check publishes nothing, not even a table", arguments: DatabaseScene.kinds)
    func failedCheck(kind: DatabaseAddress.Kind) async throws {
        try await DatabaseScene.run(kind) { scene in
            let check = CheckSpec(.rowCount(min: 9, max: nil))
            let spec = try scene.pipeline(Self.older, scene.sink(.append), checks: [check])
            await #expect(throws: DatabaseScene.NoManifest.self) { _ = try await scene.staged(spec) }
            if kind.isFile {
                #expect(try FileSystem.entry(at: scene.folder + "/data") == nil)
            } else {
                #expect(try await scene.tables() == [])
            }
            #expect(try FileSystem.entry(at: scene.folder + "/.quicketl-staging") == nil)
        }
    }

    @Test(
        "rows that the database refuses leave it as it was, and no attempt can load them later",
        arguments: [DatabaseAddress.Kind.postgresql, .mysql])
    func refused(kind: DatabaseAddress.Kind) async throws {
        try await DatabaseScene.run(kind) { scene in
            try await scene.change("CREATE TABLE SCHEMA.orders (id bigint PRIMARY KEY, name varchar(5) NOT NULL)")
            try await scene.load("id,name\n1,a\n", .append)
            for csv in ["id,name\n2,b\n1,secretvalue\n", "id,name\n2,b\n3,\n", "id,name\n2,b\n3,toolongvalue\n"] {
                let manifest = try await scene.staged(try scene.pipeline(csv, scene.sink(.append)))
                let error = await #expect(throws: RefusedByTarget.self) {
                    try await scene.engine.publisher.move(manifest)
                }
                #expect(error?.failure.kind == .badData, "\(String(describing: error))")
                for row in ["secretvalue", "toolongvalue"] {
                    #expect(error?.failure.message.contains(row) == false)
                }
                // The reason may go away; the refusal stays.
                try await scene.change("DELETE FROM SCHEMA.orders")
                await #expect(throws: RefusedByTarget.self) {
                    try await scene.engine.publisher.move(manifest.taken(over: lease(manifest.lease.runID, token: 2)))
                }
                #expect(try await held(scene) == [])
                try await scene.load("id,name\n1,a\n", .append)
            }
        }
    }

    @Test("a table whose storage engine knows no transactions is refused")
    func noTransactions() async throws {
        try await DatabaseScene.run(.mysql) { scene in
            try await scene.change("CREATE TABLE SCHEMA.orders (id bigint, name text) ENGINE=MyISAM")
            let error = await #expect(throws: Failure.self) { try await scene.load(Self.older, .append) }
            #expect(error?.message.contains("MyISAM") == true)
        }
    }

    @Test("keys that the table's collation takes for equal are refused where the table would")
    func collation() async throws {
        try await DatabaseScene.run(.mysql) { scene in
            try await scene.change(
                "CREATE TABLE SCHEMA.orders (id varchar(9) COLLATE utf8mb4_general_ci PRIMARY KEY, name text)")
            try await scene.load("id,name\na,1\n", .append)
            try await scene.load("id,name\nA,2\n", .upsert)
            #expect(try await scene.rows("name").count == 1)
            await #expect(throws: RefusedByTarget.self) { try await scene.load("id,name\nb,1\nB,2\n", .upsert) }
            #expect(try await scene.rows("name").count == 1)
        }
    }

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
            try await scene.load(Self.older, .append)
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
                    #expect(try await held(scene) == ["1a", "2b"])
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

    @Test("an engine that is confined loads databases all the same, and files only below its roots")
    func confined() async throws {
        try await DatabaseScene.run(.postgresql, adjust: { $0.allowedRoots = [$1] }) { scene in
            try await scene.load(Self.older, .append)
            #expect(try await held(scene) == ["1a", "2b"])
        }
        try await DatabaseScene.run(.sqlite, adjust: { $0.allowedRoots = [$1] }) { scene in
            try await scene.load(Self.older, .append)
            var outside = try scene.pipeline(Self.older, nil)
            outside.sink = .database(
                DatabaseSink(
                    connection: SecretText([.text("sqlite://../elsewhere.db")]),
                    table: DatabaseTableName(name: "orders")))
            let manifest = try await scene.staged(outside)
            let error = await #expect(throws: Failure.self) { try await scene.engine.publisher.move(manifest) }
            #expect(error?.kind == .accessDenied)
        }
    }
}
