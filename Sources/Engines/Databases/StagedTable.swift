import Fleet
import Pipeline

/// The staged rows of a run whose sink is a table: what can be known to be wrong is found before anything is decided.
struct StagedTable: Sendable {
    var sink: DatabaseSink
    var staging: StagingPlace
    var attempt: Attempt
    var plan: Plan
    var rows: Int64?
    /// nil: a file that is not there yet.
    var attachment: DatabaseAttachment?

    func manifest(checkedBy process: DuckDBProcess) async throws -> (Manifest, DatasetUse) {
        let load = Manifest.Load(
            connection: sink.connection, baseDirectory: attempt.baseDirectory, schema: sink.table.schema,
            table: sink.table.name, mode: sink.mode, upsertKeys: sink.upsertKeys.map(\.text))
        if let attachment {
            let session = DatabaseSession(process: process, attachment: attachment, load: load)
            let names = plan.output.columns.map(\.name)
            for name in names { try session.checkName(name) }
            _ = try await session.look().matching(names, mode: sink.mode, keys: load.upsertKeys)
        }
        try await checkKeys(process)
        let dataset = dataset
        let (staging, lease, rows) = (staging, attempt.lease, rows)
        let manifest = try await BlockingLane.run {
            do {
                try FileSystem.syncTree(staging.directory)
                try FileSystem.sync(FileSystem.parent(of: staging.directory))
                guard let found = try FileSystem.entry(at: staging.table) else {
                    throw FileSystemError(attempt: "looking at \(staging.table)", code: 2)
                }
                return Manifest(
                    move: .loadTable,
                    entries: [
                        Manifest.Entry(
                            staged: staging.table, target: "\(dataset.name) of \(dataset.namespace)",
                            inode: found.inode, bytes: found.bytes, rows: rows)
                    ], stagingDirectory: staging.directory, lease: lease, load: load)
            } catch let error as FileSystemError {
                var failure = error.failure
                failure.step = "write_sink"
                throw failure
            }
        }
        let output = DatasetUse(
            namespace: dataset.namespace, name: dataset.name, rows: rows,
            columns: plan.output.columns.map { .init($0) })
        return (manifest, output)
    }

    private var dataset: (namespace: String, name: String) {
        if let address = attachment?.address { return (address.server, address.dataset(sink.table)) }
        // A file has no secrets worth the name; what they stand for is not asked for again.
        let file = try? DatabaseAddress(sink.connection, baseDirectory: attempt.baseDirectory) { "${secret:\($0)}" }
        return (file?.server ?? "\(sink.connection)", "\(sink.table.schema ?? "main").\(sink.table.name)")
    }

    /// Every key once, and none of them null: else nobody could say which row of the table is which.
    private func checkKeys(_ process: DuckDBProcess) async throws {
        guard !sink.upsertKeys.isEmpty else { return }
        let keys = sink.upsertKeys.map { DuckDBText.identifier($0.text) }
        let table = "read_parquet(\(DuckDBText.exactPath(staging.table)), hive_partitioning = false)"
        let isNull = keys.map { "\($0) IS NULL" }.joined(separator: " OR ")
        let list = keys.joined(separator: ", ")
        let answers: [DuckDBResult]
        do {
            answers = try await process.execute([
                "SELECT count(*) FILTER (WHERE \(isNull)) AS nulls, "
                    + "(SELECT count(*) FROM (SELECT 1 FROM \(table) GROUP BY \(list) HAVING count(*) > 1)) AS repeated "
                    + "FROM \(table)"
            ])
        } catch let error as DuckDBError {
            throw error.failure
        }
        let row = try answers[0].rows().first
        func number(_ name: String) -> Int64 { (row?[name] ?? nil).flatMap { Int64($0) } ?? 0 }
        let names = sink.upsertKeys.map { "\"\($0.text)\"" }.joined(separator: ", ")
        if number("nulls") > 0 {
            throw Failure(
                .badData,
                "\(number("nulls")) rows have no value in an upsert key (\(names)); filter them out, or fill them",
                step: "write_sink")
        }
        if number("repeated") > 0 {
            throw Failure(
                .badData,
                "\(number("repeated")) values of the upsert keys (\(names)) stand in more than one row; dedup by them first",
                step: "write_sink")
        }
    }
}
