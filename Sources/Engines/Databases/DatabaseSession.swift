import Fleet
import Pipeline

/// A child that is connected with a target database, as those who load it speak to it.
struct DatabaseSession: Sendable {
    let process: DuckDBProcess
    let attachment: DatabaseAttachment
    let schema: String
    let table: String

    private var kind: DatabaseAddress.Kind { attachment.address.kind }

    init(process: DuckDBProcess, attachment: DatabaseAttachment, load: Manifest.Load) {
        self.process = process
        self.attachment = attachment
        let name = DatabaseTableName(schema: load.schema, name: load.table)
        schema = attachment.address.schema(of: name)
        table = load.table
    }

    func look() async throws -> TargetTable {
        if kind == .mysql, DatabaseScan.confusesScanner(schema) { throw DatabaseScan.confused(schema) }
        try checkName(table)
        return try await look(at: table)
    }

    /// Databases cut longer names, or read them as others.
    func checkName(_ name: String) throws(Failure) {
        let problem: String
        switch kind {
        case .postgresql where name.utf8.count > 63:
            problem = "has more than the 63 bytes that PostgreSQL keeps of a name"
        case .mysql where name.unicodeScalars.count > 64: problem = "has more than the 64 characters of a name in MySQL"
        case .mysql where name.unicodeScalars.contains(where: { $0.value > 0xFFFF }):
            problem = "holds a character (beyond U+FFFF) that names in MySQL cannot have"
        default: return
        }
        throw Failure(.invalidPipeline, "the name \"\(name)\" \(problem)", step: "write_sink")
    }

    private func look(at name: String) async throws -> TargetTable {
        let answers = try await execute([TargetTable.look(attachment, schema: schema, name: name)], "looking at")
        return TargetTable(schema: schema, name: name, rows: try answers[0].rows())
    }

    /// The run's marker, if it has one.
    func marker(of run: RunID) async throws -> LoadMarker? {
        guard try await look(at: LoadMarker.table).columns != nil else { return nil }
        let text = NativeText(kind: kind)
        let query =
            "SELECT outcome, token, stage FROM \(text.table(schema, LoadMarker.table)) "
            + "WHERE run_id = \(text.literal(run.description))"
        let statement =
            attachment.query(query).map { "SELECT * FROM \($0)" }
            ?? query.replacing(
                text.table(schema, LoadMarker.table), with: attachment.table(schema, LoadMarker.table))
        let answers = try await execute([statement], "looking for what was loaded into")
        guard let row = try answers[0].rows().first else { return nil }
        guard let outcome = (row["outcome"] ?? nil).flatMap(LoadMarker.Outcome.init) else {
            throw Failure(
                .unclassified,
                "table \(schema).\(LoadMarker.table) of \(attachment.address) holds something for run \(run) that this "
                    + "version does not know")
        }
        return LoadMarker(
            runID: run, token: (row["token"] ?? nil).flatMap { Int64($0) } ?? 0, outcome: outcome,
            stage: row["stage"] ?? nil)
    }

    /// Makes the table of markers where it is missing. Files make it within their transaction.
    func prepareMarkers() async throws {
        guard !kind.isFile, try await look(at: LoadMarker.table).columns == nil else { return }
        _ = try await execute(
            [attachment.execute(LoadMarker.creation(in: schema, kind))],
            "making table \(LoadMarker.table) beside")
    }

    /// The columns of a Parquet file.
    func columns(ofStaged path: String) async throws -> [StagedColumn] {
        let answers = try await execute(
            [
                "SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM "
                    + "read_parquet(\(DuckDBText.exactPath(path)), hive_partitioning = false))"
            ], "reading the staged rows for")
        return try answers[0].rows().map { row in
            StagedColumn(
                name: (row["column_name"] ?? nil) ?? "",
                type: DuckDBTypeName.dataType((row["column_type"] ?? nil) ?? ""))
        }
    }

    /// `doing`: such as `loading`, before the table's name.
    @discardableResult
    func execute(_ statements: [String], _ doing: String = "loading") async throws -> [DuckDBResult] {
        do {
            return try await process.execute(statements)
        } catch let error as DuckDBError {
            var failure = error.failure
            if case .refused(let text) = error.cause, !text.contains("Out of Memory Error: ") {
                failure = DatabaseErrorText(text, address: attachment.address)
                    .failure("\(doing) table \(schema).\(table) of \(attachment.address)")
            }
            failure.step = "write_sink"
            throw failure
        }
    }
}
