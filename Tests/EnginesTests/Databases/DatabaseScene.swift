import Fleet
import Foundation
import Pipeline
import Support

@testable import Engines

/// A schema (or file) of a test's own in a real database, and an engine that reads and writes it.
struct DatabaseScene: Sendable {
    let kind: DatabaseAddress.Kind
    let folder: String
    let engine: DuckDBEngine
    /// A name of this scene alone.
    let schema: String
    let connection: SecretText
    private let observer: Observer

    static let kinds: [DatabaseAddress.Kind] = [.postgresql, .mysql, .sqlite, .duckdb]

    static func run(
        _ kind: DatabaseAddress.Kind, adjust: (inout DuckDBSettings, String) -> Void = { _, _ in },
        _ body: (DatabaseScene) async throws -> Void
    ) async throws {
        try await withTemporaryFolder { folder in
            var settings = try duckDBSettings(in: folder)
            settings.secrets = Secrets(places: { "the test, as \($0)" }) { $0 == "PW" ? TestServer.password : nil }
            settings.slots = 4
            adjust(&settings, folder)
            let name = "t_\(UUID().uuidString.lowercased().prefix(8))"
            let scene = DatabaseScene(
                kind: kind, folder: folder, engine: DuckDBEngine(settings: settings),
                schema: kind.isFile ? "main" : name, connection: try await connection(kind), observer: Observer())
            var problem: (any Error)?
            do {
                if !kind.isFile { try await scene.change("CREATE SCHEMA \(name)") }
                try await body(scene)
            } catch { problem = error }
            do {
                if !kind.isFile {
                    try await scene.change("DROP SCHEMA \(name)" + (kind == .postgresql ? " CASCADE" : ""))
                }
            } catch { problem = problem ?? error }
            await scene.observer.close()
            await scene.engine.pool.shutDown()
            if let problem { throw problem }
        }
    }

    static func connection(_ kind: DatabaseAddress.Kind) async throws -> SecretText {
        let place = FieldPlace(path: "sink.connection")
        switch kind {
        case .postgresql:
            let port = try await TestServer.postgresql.port()
            return SecretText(
                [
                    .text("postgresql://quicketl:"), .secret(name: "PW", fallback: nil),
                    .text("@127.0.0.1:\(port)/quicketl"),
                ], place)
        case .mysql:
            let port = try await TestServer.mariadb.port()
            return SecretText(
                [
                    .text("mysql://quicketl:"), .secret(name: "PW", fallback: nil),
                    .text("@127.0.0.1:\(port)/quicketl"),
                ], place)
        case .sqlite: return SecretText([.text("sqlite://data/x.db")], place)
        case .duckdb: return SecretText([.text("duckdb://data/x.duckdb")], place)
        }
    }

    // MARK: - Behind the engine's back

    /// A child beside the engine's that stays: connecting costs more than looking.
    private actor Observer {
        private var process: DuckDBProcess?

        func execute(
            _ statement: String, _ attachment: DatabaseAttachment, _ settings: DuckDBSettings
        ) async throws -> [[String: String?]] {
            // A file may have one program at a time.
            if attachment.address.kind.isFile { await close() }
            if process == nil || process?.isUsable == false {
                process = try await DuckDBProcess.start(settings, attaching: [attachment])
            }
            guard let process else { return [] }
            var statements = [statement]
            switch attachment.address.kind {
            case .postgresql: statements.insert("CALL pg_clear_cache()", at: 0)
            case .mysql: statements.insert("CALL mysql_clear_cache()", at: 0)
            case .sqlite, .duckdb: break
            }
            let rows = try await process.execute(statements).last?.rows() ?? []
            if attachment.address.kind.isFile { await close() }
            return rows
        }

        func close() async {
            await process?.close()
            process = nil
        }
    }

    private func execute(_ statement: (DatabaseAttachment) -> String) async throws -> [[String: String?]] {
        var attachments = DatabaseAttachments(
            DatabaseResolver(secrets: engine.pool.settings.secrets, baseDirectory: folder, allowedRoots: []))
        try attachments.add(connection, isReadOnly: false, step: "test")
        let attachment = attachments.all[0]
        return try await observer.execute(statement(attachment), attachment, engine.pool.settings)
    }

    /// A statement in the database's own language; of a file in DuckDB's. `SCHEMA.` stands for the scene's own.
    func change(_ sql: String) async throws {
        _ = try await execute { attachment in
            let statement = sql.replacing("SCHEMA.", with: kind.isFile ? "\(attachment.alias).main." : "\(schema).")
            return kind.isFile ? statement : attachment.execute(statement)
        }
    }

    /// A value of DuckDB's for each row of the table, as text, sorted.
    func rows(_ value: String, table: String = "orders") async throws -> [String] {
        try await execute { "SELECT CAST(\(value) AS VARCHAR) AS row FROM \($0.table(schema, table))" }
            .map { ($0["row"] ?? nil) ?? "null" }.sorted()
    }

    /// Names of the tables of the scene, also those that were only meant to be there for a while.
    func tables() async throws -> [String] {
        try await execute {
            "SELECT table_name AS name FROM duckdb_tables() WHERE database_name = '\($0.alias)' "
                + "AND schema_name = '\(schema)'"
        }.compactMap { $0["name"] ?? nil }.sorted()
    }

    // MARK: - Runs

    func sink(_ mode: DatabaseSink.Mode, keys: [String] = ["id"], table: String = "orders") -> SinkSpec {
        .database(
            DatabaseSink(
                connection: connection, table: DatabaseTableName(schema: kind.isFile ? nil : schema, name: table),
                mode: mode, upsertKeys: mode == .upsert ? keys.map { PlacedText($0) } : []))
    }

    func source(_ table: String = "orders") -> SourceSpec {
        .database(
            DatabaseSource(
                connection: connection,
                rows: .table(DatabaseTableName(schema: kind.isFile ? nil : schema, name: table))))
    }

    /// A pipeline that carries CSV text into a sink.
    func pipeline(
        _ csv: String, _ sink: SinkSpec?, checks: [CheckSpec] = [], types: [TypedName] = []
    ) throws -> PipelineSpec {
        let name = "in-\(UUID().uuidString).csv"
        try write(csv, to: "\(folder)/\(name)")
        return PipelineSpec(
            name: "p",
            sources: [
                NamedSource(
                    name: "source",
                    source: .file(FileSource(path: PlacedText(name), format: .csv, types: types)))
            ], checks: checks, sink: sink)
    }

    func attempt(_ pipeline: PipelineSpec, _ run: RunID = .random(), token: Int64 = 1) -> Attempt {
        Attempt(lease: lease(run, token: token), pipeline: pipeline, baseDirectory: folder, acceptedAt: Date())
    }

    func staged(_ pipeline: PipelineSpec, _ run: RunID = .random(), token: Int64 = 1) async throws -> Manifest {
        let report = try await engine.execute(attempt(pipeline, run, token: token)) { _ in }
        guard let manifest = report.manifest else { throw NoManifest(checks: report.failedChecks.map(\.message)) }
        return manifest
    }

    /// The same staged rows in a folder of their own: so that what keeps a load from happening twice is not that the
    /// first one has removed them.
    func copied(_ manifest: Manifest) throws -> Manifest {
        var copy = manifest
        copy.stagingDirectory = "\(folder)/copy-\(UUID().uuidString)/staged"
        try FileSystem.makeFolders(FileSystem.parent(of: copy.stagingDirectory))
        try FileManager.default.copyItem(atPath: manifest.stagingDirectory, toPath: copy.stagingDirectory)
        copy.entries[0].staged = copy.stagingDirectory + "/" + FileSystem.name(of: manifest.entries[0].staged)
        return copy
    }

    struct NoManifest: Error { var checks: [String] }

    func load(_ csv: String, _ mode: DatabaseSink.Mode, run: RunID = .random(), keys: [String] = ["id"]) async throws {
        try await engine.publisher.move(try await staged(try pipeline(csv, sink(mode, keys: keys)), run))
    }

    /// Rows of a pipeline that reads a source into a file.
    func read(_ source: SourceSpec) async throws -> [String] {
        let spec = PipelineSpec(
            name: "p", sources: [NamedSource(name: "source", source: source)],
            sink: .file(FileSink(path: PlacedText("read.csv"), format: .csv)))
        let report = try await engine.execute(attempt(spec)) { _ in }
        if let manifest = report.manifest { try await engine.publisher.move(manifest) }
        return try String(contentsOfFile: folder + "/read.csv", encoding: .utf8).split(separator: "\n").map(String.init)
    }
}
