import Fleet
import Foundation
import Pipeline
import Support
import Testing

@testable import Engines

@Suite(.timeLimit(.minutes(10))) struct DatabaseSourceTests {
    private static let csv = "id,name\n1,a\n2,b'x\n3,c\\\n"

    private func query(_ scene: DatabaseScene, _ segments: [DatabaseQuery.Segment]) -> SourceSpec {
        .database(DatabaseSource(connection: scene.connection, rows: .query(DatabaseQuery(segments))))
    }

    private func table(_ scene: DatabaseScene) -> String { scene.kind.isFile ? "orders" : "\(scene.schema).orders" }

    @Test("a table is read with its types, and named in lineage after its database", arguments: DatabaseScene.kinds)
    func reads(kind: DatabaseAddress.Kind) async throws {
        try await DatabaseScene.run(kind) { scene in
            try await scene.load(Self.csv, .append)
            #expect(try await scene.read(scene.source()).sorted() == ["1,a", "2,b'x", "3,c\\", "id,name"])
            let spec = PipelineSpec(
                name: "p", sources: [NamedSource(name: "source", source: scene.source())],
                sink: scene.sink(.append, table: "copy"))
            let report = try await scene.engine.execute(scene.attempt(spec)) { _ in }
            let input = try #require(report.inputs.first)
            let output = try #require(report.outputs.first)
            switch kind {
            case .postgresql:
                #expect(input.namespace.hasPrefix("postgres://127.0.0.1:"))
                #expect(input.name == "quicketl.\(scene.schema).orders")
                #expect(output.name == "quicketl.\(scene.schema).copy")
            case .mysql:
                #expect(input.namespace.hasPrefix("mysql://127.0.0.1:"))
                #expect(input.name == "\(scene.schema).orders")
            case .sqlite, .duckdb:
                #expect(input.namespace.hasPrefix("\(kind.rawValue):///"))
                #expect(input.name == "main.orders")
            }
            #expect(input.namespace == output.namespace)
            #expect(input.columns.map(\.type) == ["int64", "text"])
        }
    }

    @Test(
        "a query goes to its database, and the values of variables in it stay values",
        arguments: [DatabaseAddress.Kind.postgresql, .mysql, .sqlite])
    func queries(kind: DatabaseAddress.Kind) async throws {
        try await DatabaseScene.run(kind) { scene in
            try await scene.load(Self.csv, .append)
            let table = table(scene)
            let all = try await scene.read(
                query(scene, [.sql("SELECT count(*) AS n FROM \(table) -- all of it\n ; ")]))
            #expect(all == ["n", "3"])
            for value in ["b'x", "c\\", "zzz' OR '1'='1", "x\\' OR 1=1 -- ", "x'; DROP TABLE \(table); --"] {
                let rows = try await scene.read(
                    query(scene, [.sql("SELECT id FROM \(table) WHERE name = "), .value(.text(value))]))
                #expect(rows == (value == "b'x" ? ["id", "2"] : value == "c\\" ? ["id", "3"] : ["id"]), "\(value)")
            }
            #expect(try await scene.read(scene.source()).count == 4)
        }
    }

    @Test(
        "a source changes nothing, whatever its query says",
        arguments: [DatabaseAddress.Kind.postgresql, .mysql, .sqlite])
    func readOnly(kind: DatabaseAddress.Kind) async throws {
        try await DatabaseScene.run(kind) { scene in
            try await scene.load(Self.csv, .append)
            let table = table(scene)
            for sql in [
                "DELETE FROM \(table)", "DELETE FROM \(table) RETURNING id", "SELECT 1 AS a; DELETE FROM \(table)",
                "DROP TABLE \(table)",
            ] {
                _ = try? await scene.read(query(scene, [.sql(sql)]))
            }
            #expect(try await scene.read(scene.source()).count == 4)
        }
    }

    @Test("databases and files join and stand below each other", arguments: DatabaseScene.kinds)
    func joins(kind: DatabaseAddress.Kind) async throws {
        try await DatabaseScene.run(kind) { scene in
            try await scene.load(Self.csv, .append)
            var spec = try scene.pipeline(
                "id,x\n1,9\n2,8\n", .file(FileSink(path: PlacedText("out.csv"), format: .csv)))
            spec.sources.append(NamedSource(name: "orders", source: scene.source()))
            spec.sources.append(NamedSource(name: "again", source: scene.source()))
            spec.transforms = [
                TransformSpec(
                    .join(
                        JoinSpec(
                            right: .named(PlacedText("orders")),
                            keys: [JoinSpec.Key(left: PlacedText("id"), right: PlacedText("id"))])))
            ]
            let report = try await scene.engine.execute(scene.attempt(spec)) { _ in }
            try await scene.engine.publisher.move(try #require(report.manifest))
            let text = try String(contentsOfFile: scene.folder + "/out.csv", encoding: .utf8)
            #expect(text.split(separator: "\n").sorted() == ["1,9,a", "2,8,b'x", "id,x,name"])
            #expect(report.inputs.count == 2)
        }
    }

    @Test("what is not there is an error that names it and tells no secret", arguments: DatabaseScene.kinds)
    func missing(kind: DatabaseAddress.Kind) async throws {
        try await DatabaseScene.run(kind) { scene in
            try await scene.load(Self.csv, .append)
            let error = await #expect(throws: Failure.self) { _ = try await scene.read(scene.source("nothing")) }
            #expect(error?.kind == .inputMissing, "\(String(describing: error))")
            #expect(error?.message.contains("nothing") == true)
            guard kind != .duckdb else { return }
            let syntax = await #expect(throws: Failure.self) {
                _ = try await scene.read(query(scene, [.sql("SELEC id")]))
            }
            #expect(syntax?.kind == .invalidPipeline, "\(String(describing: syntax))")
        }
    }

    @Test("a query to a DuckDB file is refused, for the engine would execute it")
    func duckDBQuery() async throws {
        try await DatabaseScene.run(.duckdb) { scene in
            try await scene.load(Self.csv, .append)
            let error = await #expect(throws: Failure.self) {
                _ = try await scene.read(query(scene, [.sql("SELECT 1")]))
            }
            #expect(error?.kind == .invalidPipeline)
        }
    }

    private func connecting(_ uri: [SecretText.Segment], in folder: String) async throws -> Failure? {
        var settings = try duckDBSettings(in: folder)
        settings.secrets = Secrets(places: { "place of \($0)" }) { $0 == "PW" ? "wrong-Secret-4711" : nil }
        let engine = DuckDBEngine(settings: settings)
        let spec = PipelineSpec(
            name: "p",
            sources: [
                NamedSource(
                    name: "source",
                    source: .database(
                        DatabaseSource(
                            connection: SecretText(uri, FieldPlace(path: "source.connection")),
                            rows: .table(DatabaseTableName(name: "orders")))))
            ])
        var failure: Failure?
        do {
            _ = try await engine.explain(
                Attempt(lease: lease(.random(), token: 1), pipeline: spec, baseDirectory: folder, acceptedAt: Date()))
        } catch let thrown as Failure { failure = thrown }
        await engine.pool.shutDown()
        #expect(failure.map { "\($0)" }?.contains("4711") == false)
        return failure
    }

    @Test("a wrong password is an error for good that names host and database")
    func wrongPassword() async throws {
        try await withTemporaryFolder { folder in
            for (scheme, server) in [("postgresql", TestServer.postgresql), ("mysql", TestServer.mariadb)] {
                let port = try await server.port()
                let failure = try await connecting(
                    [
                        .text("\(scheme)://quicketl:"), .secret(name: "PW", fallback: nil),
                        .text("@127.0.0.1:\(port)/quicketl"),
                    ], in: folder)
                #expect(failure?.kind == .accessDenied, "\(String(describing: failure))")
                #expect(failure?.message.contains("127.0.0.1:\(port)/quicketl") == true)
            }
        }
    }

    @Test("a server that is down is an error that passes")
    func serverDown() async throws {
        try await withTemporaryFolder { folder in
            let port = try TestServer.freePort()
            for scheme in ["postgresql", "mysql"] {
                let failure = try await connecting(
                    [
                        .text("\(scheme)://quicketl:"), .secret(name: "PW", fallback: nil),
                        .text("@127.0.0.1:\(port)/quicketl"),
                    ], in: folder)
                #expect(failure?.kind == .unreachable, "\(String(describing: failure))")
                #expect(failure?.isTransient == true)
            }
        }
    }

    @Test("a secret that is not set is named, with every place where it was looked for")
    func missingSecret() async throws {
        try await withTemporaryFolder { folder in
            let failure = try await connecting(
                [.text("postgresql://u:"), .secret(name: "NO_SUCH", fallback: nil), .text("@h/d")], in: folder)
            #expect(failure?.kind == .invalidPipeline)
            #expect(failure?.message.contains("NO_SUCH") == true)
            #expect(failure?.message.contains("place of NO_SUCH") == true)
            #expect(failure?.step == "read_source")
        }
    }
}
