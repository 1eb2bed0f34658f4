import Fleet
import Pipeline
import Testing

@testable import Engines

/// What will be read of a database's table, as the database itself counts it.
@Suite struct DatabaseSizingTests {
    private static let rows = 20_000

    /// `orders` with two columns, `note` much the wider one.
    private static func fill(_ scene: DatabaseScene) async throws {
        let text = "CREATE TABLE SCHEMA.orders (id bigint, note varchar(200))"
        try await scene.change(text)
        switch scene.kind {
        case .postgresql:
            try await scene.change(
                "INSERT INTO SCHEMA.orders SELECT i, repeat('x', 100) FROM generate_series(1, \(rows)) i")
            try await scene.change("ANALYZE SCHEMA.orders")
        case .mysql:
            try await scene.change("INSERT INTO SCHEMA.orders SELECT seq, repeat('x', 100) FROM seq_1_to_\(rows)")
            try await scene.change("ANALYZE TABLE SCHEMA.orders")
        case .sqlite, .duckdb:
            try await scene.change("INSERT INTO SCHEMA.orders SELECT range, repeat('x', 100) FROM range(\(rows))")
        }
    }

    private static func estimate(
        _ scene: DatabaseScene, _ source: SourceSpec, columns: [String]
    ) async throws -> SourceEstimate {
        let spec = PipelineSpec(
            name: "p", sources: [NamedSource(name: "source", source: source)],
            transforms: [TransformSpec(.select(columns: columns.map { PlacedText($0) }))])
        let schema = Schema([.init("id", .int64), .init("note", .text)])
        let plan = try Plan.make(spec, file: nil, schemas: ["source": schema])
        var limits = InputSizer.Limits()
        // Nothing about time is tested here.
        limits.time = .seconds(120)
        let sizer = InputSizer(settings: scene.engine.pool.settings, limits: limits)
        return await sizer.estimate(plan, of: scene.attempt(spec)).sources[0]
    }

    @Test(
        "a table's size and rows come from its database, and fewer columns are less to read",
        arguments: DatabaseScene.kinds)
    func table(kind: DatabaseAddress.Kind) async throws {
        try await DatabaseScene.run(kind) { scene in
            try await Self.fill(scene)
            let whole = try await Self.estimate(scene, scene.source(), columns: ["id", "note"])
            let part = try await Self.estimate(scene, scene.source(), columns: ["id"])
            #expect(whole.basis == .statistics, "\(whole)")
            #expect((whole.storedBytes ?? 0) > 10_000)
            #expect((part.expandedBytes ?? .max) < (whole.expandedBytes ?? 0))
            if kind == .sqlite {
                #expect(whole.rows == nil && whole.note != nil)
            } else {
                let rows = Double(whole.rows ?? 0)
                #expect((0.5...2).contains(rows / Double(Self.rows)), "\(rows)")
            }
        }
    }

    @Test(
        "a table that does not exist, and a query whose database does not plan it for us, are unknown with a note",
        arguments: [DatabaseAddress.Kind.postgresql, .duckdb])
    func unknown(kind: DatabaseAddress.Kind) async throws {
        try await DatabaseScene.run(kind) { scene in
            try await Self.fill(scene)
            let missing = try await Self.estimate(scene, scene.source("nothing"), columns: ["id"])
            #expect(missing.basis == .unknown && missing.note != nil && missing.rows == nil)
            let wrong = try await Self.estimate(
                scene, Self.query(scene, "SELECT id, note FROM nothing"), columns: ["id"])
            #expect(wrong.basis == .unknown && wrong.note != nil)
        }
    }

    private static func query(_ scene: DatabaseScene, _ sql: String) -> SourceSpec {
        guard case .database(var source) = scene.source() else { return scene.source() }
        source.rows = .query(DatabaseQuery([.sql(sql)]))
        return .database(source)
    }

    @Test("what a query or a view of PostgreSQL will send is what its planner thinks, and nothing is executed")
    func planned() async throws {
        try await DatabaseScene.run(.postgresql) { scene in
            try await Self.fill(scene)
            try await scene.change("CREATE VIEW SCHEMA.late AS SELECT * FROM SCHEMA.orders WHERE id > 10000")
            guard case .database(let place) = scene.source(), case .table(let table) = place.rows else { return }
            let orders = table.schema.map { "\($0)." } ?? ""
            for source in [
                scene.source("late"),
                Self.query(scene, "SELECT * FROM \(orders)orders WHERE id > 10000 -- the late ones"),
            ] {
                let whole = try await Self.estimate(scene, source, columns: ["id", "note"])
                let part = try await Self.estimate(scene, source, columns: ["id"])
                #expect(whole.basis == .statistics && whole.note != nil, "\(whole)")
                #expect((0.5...2).contains(Double(whole.rows ?? 0) / 10_000), "\(whole)")
                #expect((whole.readBytes ?? 0) > 5 * (part.readBytes ?? .max), "\(whole), \(part)")
            }
            // Were it executed, it would take the rows away.
            let deleting = try await Self.estimate(
                scene, Self.query(scene, "SELECT 1 AS id, 2 AS note; DELETE FROM \(orders)orders"), columns: ["id"])
            #expect(deleting.basis == .unknown)
            #expect(try await scene.rows("id").count == Self.rows)
        }
    }
}
