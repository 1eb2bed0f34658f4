import Fleet
import Pipeline
import Support
import Testing

@testable import Engines

/// What `validate --with-data` finds out about databases.
@Suite(.timeLimit(.minutes(10))) struct DatabaseExplanationTests {
    private func explain(_ scene: DatabaseScene, _ source: SourceSpec, _ transform: String) async throws -> Plan {
        let yaml = "name: p\nsource: {type: file, path: x.csv}\ntransforms: [\(transform)]\n"
        var spec = try PipelineLoader.load(yaml: yaml, file: nil, variables: VariableScope()).spec
        spec.sources[0].source = source
        return try await scene.engine.explain(scene.attempt(spec)).plan
    }

    @Test("a table's real columns and types are checked before anything runs", arguments: DatabaseScene.kinds)
    func tables(kind: DatabaseAddress.Kind) async throws {
        try await DatabaseScene.run(kind) { scene in
            try await scene.load("id,name,day\n1,a,2024-02-29\n", .append)
            let plan = try await explain(
                scene, scene.source(),
                "{op: derive_column, name: next, expr: id + 1}, {op: select, columns: [next, name]}")
            #expect(plan.output.columns.map(\.name) == ["next", "name"])
            #expect(plan.output.columns.map(\.type) == [.int64, .text])
            for (transform, message) in [
                ("{op: filter, predicate: idd > 1}", "did you mean \"id\"?"),
                ("{op: derive_column, name: x, expr: sum(name)}", "aggregate"),
                ("{op: filter, predicate: id > 'x'}", "x"),
            ] {
                let failure = await #expect(throws: Failure.self, "\(transform)") {
                    _ = try await explain(scene, scene.source(), transform)
                }
                #expect(failure?.kind == .invalidPipeline)
                #expect(failure?.message.contains(message) == true, "\(failure?.message ?? "")")
            }
            let missing = await #expect(throws: Failure.self) {
                _ = try await explain(scene, scene.source("nothing_of_this_name"), "{op: limit, n: 1}")
            }
            #expect(missing?.message.contains("nothing_of_this_name") == true, "\(missing?.message ?? "")")
            #expect(missing?.step == "read_source")
        }
    }

    @Test(
        "a query's real columns are those that its database says",
        arguments: [DatabaseAddress.Kind.postgresql, .mysql, .sqlite])
    func queries(kind: DatabaseAddress.Kind) async throws {
        try await DatabaseScene.run(kind) { scene in
            try await scene.load("id,name\n1,a\n", .append)
            let table = kind.isFile ? "orders" : "\(scene.schema).orders"
            let source = SourceSpec.database(
                DatabaseSource(
                    connection: scene.connection,
                    rows: .query(DatabaseQuery([.sql("SELECT count(*) AS n, name FROM \(table) GROUP BY name")]))))
            let plan = try await explain(scene, source, "{op: filter, predicate: n IS NOT NULL}")
            #expect(plan.output.columns.map(\.name) == ["n", "name"])
            let failure = await #expect(throws: Failure.self) {
                _ = try await explain(scene, source, "{op: filter, predicate: id > 0}")
            }
            #expect(failure?.message.contains("unknown column \"id\"") == true, "\(failure?.message ?? "")")
        }
    }
}
