import Fleet
import Foundation
import Pipeline
import Support
import Testing

@testable import Engines
@Suite(.timeLimit(.minutes(10))) struct DatabaseSinkTests {
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
            try await scene.load(Orders.older, .append)
            let manifest = try await scene.staged(try scene.pipeline(Orders.newer, scene.sink(one.mode)))
            #expect(try await Orders.held(scene) == ["1a", "2b"], "nothing is published before the move")
            let copy = try scene.copied(manifest)
            try await scene.engine.publisher.move(manifest)
            #expect(try await Orders.held(scene) == Orders.expected(one.mode))
            try await scene.engine.publisher.move(copy)
            #expect(try await Orders.held(scene) == Orders.expected(one.mode))
            // Without its staging, as after a lost answer to settle.
            try await scene.engine.publisher.move(manifest)
            #expect(try await Orders.held(scene) == Orders.expected(one.mode))
            #expect(try await scene.tables() == ["orders", "quicketl_loads"])
            #expect(try FileSystem.entry(at: scene.folder + "/.quicketl-staging") == nil)
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
            try await scene.load(Orders.older, .append)
            for (csv, words) in [("id,name\n1,x\n1,y\n", "more than one row"), ("id,name\n,x\n2,y\n", "no value")] {
                let error = await #expect(throws: Failure.self) { try await scene.load(csv, .upsert) }
                #expect(error?.kind == .badData)
                #expect(error?.message.contains(words) == true, "\(String(describing: error))")
                #expect(error?.message.contains("\"id\"") == true)
            }
            #expect(try await Orders.held(scene) == ["1a", "2b"])
        }
    }

    @Test("a column that the table lacks is named before anything changes", arguments: DatabaseScene.kinds)
    func missingColumn(kind: DatabaseAddress.Kind) async throws {
        try await DatabaseScene.run(kind) { scene in
            try await scene.load(Orders.older, .append)
            for mode in [DatabaseSink.Mode.append, .truncate, .upsert] {
                let error = await #expect(throws: Failure.self) { try await scene.load("id,nom\n1,x\n", mode) }
                #expect(error?.kind == .invalidPipeline)
                #expect(error?.message.contains("has no column \"nom\"") == true, "\(String(describing: error))")
                #expect(error?.step == "write_sink")
            }
            #expect(try await Orders.held(scene) == ["1a", "2b"])
        }
    }

    @Test("a failed check publishes nothing, not even a table", arguments: DatabaseScene.kinds)
    func failedCheck(kind: DatabaseAddress.Kind) async throws {
        try await DatabaseScene.run(kind) { scene in
            let check = CheckSpec(.rowCount(min: 9, max: nil))
            let spec = try scene.pipeline(Orders.older, scene.sink(.append), checks: [check])
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
                #expect(try await Orders.held(scene) == [])
                try await scene.load("id,name\n1,a\n", .append)
            }
        }
    }

    @Test("a table whose storage engine knows no transactions is refused")
    func noTransactions() async throws {
        try await DatabaseScene.run(.mysql) { scene in
            try await scene.change("CREATE TABLE SCHEMA.orders (id bigint, name text) ENGINE=MyISAM")
            let error = await #expect(throws: Failure.self) { try await scene.load(Orders.older, .append) }
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

    @Test("an engine that is confined loads databases all the same, and files only below its roots")
    func confined() async throws {
        try await DatabaseScene.run(.postgresql, adjust: { $0.allowedRoots = [$1] }) { scene in
            try await scene.load(Orders.older, .append)
            #expect(try await Orders.held(scene) == ["1a", "2b"])
        }
        try await DatabaseScene.run(.sqlite, adjust: { $0.allowedRoots = [$1] }) { scene in
            try await scene.load(Orders.older, .append)
            var outside = try scene.pipeline(Orders.older, nil)
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
