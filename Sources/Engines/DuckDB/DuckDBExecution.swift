import Fleet
import Pipeline

/// One attempt in one child, from the first look at the sources to a report.
struct DuckDBExecution {
    let attempt: Attempt
    let place: SinkPlace?
    let process: DuckDBProcess
    let progress: @Sendable (AttemptProgress) -> Void
    let compiler: DuckDBCompiler
    let databases: DatabaseAttachments
    let staging: StagingPlace
    /// nil: the child computes the rows itself.
    let tables: (any TableMaker)?
    /// For rows that go to `tables` and come back.
    let exchange: StagingPlace
    /// Whether a worker elsewhere would find it.
    let isExchangeShared: Bool
    var inputs: [DatasetUse] = []
    var metrics = AttemptMetrics()
    /// As whoever computed them elsewhere says.
    var computedRows: Int64?

    init(
        attempt: Attempt, place: SinkPlace?, databases: DatabaseAttachments, stagingDirectory: String?,
        process: DuckDBProcess, tables: (any TableMaker)?, progress: @escaping @Sendable (AttemptProgress) -> Void
    ) {
        self.tables = tables
        exchange = StagingPlace(
            in: FileSystem.join(stagingDirectory ?? process.folder, "exchange"), lease: attempt.lease)
        isExchangeShared = stagingDirectory != nil
        self.attempt = attempt
        self.place = place
        self.process = process
        self.progress = progress
        self.databases = databases
        compiler = DuckDBCompiler(
            baseDirectory: attempt.baseDirectory, acceptedAt: attempt.acceptedAt,
            databases: DatabaseScan(attachments: databases))
        if let place, !attempt.isDryRun {
            staging = StagingPlace(beside: place, lease: attempt.lease)
        } else if case .database? = attempt.pipeline.sink, !attempt.isDryRun {
            let folder = FileSystem.join(stagingDirectory ?? attempt.baseDirectory, StagingPlace.folderName)
            staging = StagingPlace(in: folder, lease: attempt.lease)
        } else {
            // Nothing at all beside the sink.
            staging = StagingPlace(in: process.folder, lease: attempt.lease)
        }
    }

    mutating func run() async throws -> AttemptReport {
        let before = ProcessUsage(of: process.child.processID)
        do {
            let plan = try await describe()
            let report = try await stage(plan, before: before)
            if report.manifest == nil { await removeStaging() }
            if tables != nil { await removeExchange() }
            return report
        } catch {
            // The child may still be writing there; it is dead before the folder goes.
            await process.close()
            await removeStaging()
            throw error
        }
    }

    private func removeStaging() async {
        let (staging, exchange) = (staging, tables == nil ? nil : exchange)
        // Cannot throw.
        try? await BlockingLane.run {
            staging.remove()
            exchange?.remove()
        }
    }

    // MARK: - Describe

    /// Asks for the columns and sizes of all sources in one round, and plans.
    mutating func describe() async throws -> Plan {
        progress(AttemptProgress(phase: "describe"))
        let start = ContinuousClock.now
        let sources = attempt.pipeline.usedSources
        let files = sources.map(files)
        let steps = sources.map { stepName($0.name) }
        let counted = files.indices.filter { files[$0] != nil }
        let answers = try await execute(
            sources.map { compiler.describe($0.source) } + counted.compactMap { files[$0]?.countStatement },
            steps: steps + counted.map { steps[$0] }, reading: sources)
        var counts: [Int: [String: String?]] = [:]
        for (index, source) in counted.enumerated() {
            counts[source] = try answers[sources.count + index].rows().first
        }
        var schemas: [String: Schema] = [:]
        for (index, named) in sources.enumerated() {
            let columns = try answers[index].rows().map { row in
                let type = (row["column_type"] ?? nil) ?? ""
                return Schema.Column(
                    (row["column_name"] ?? nil) ?? "",
                    files[index] == nil ? DatabaseScan.dataType(type) : DuckDBCompiler.dataType(type))
            }
            if case .database(let source) = named.source {
                try compiler.databases?.check(source, columns: columns.map(\.name))
            }
            schemas[named.name] = Schema(columns)
            let count = counts[index] ?? [:]
            let dataset = files[index]?.dataset ?? databaseName(named)
            inputs.append(
                DatasetUse(
                    namespace: dataset.namespace, name: dataset.name, sourceName: named.name,
                    rows: Self.number(count["rows"]), bytes: Self.number(count["bytes"]),
                    files: Self.number(count["files"]).map { Int($0) }, columns: columns.map { .init($0) }))
        }
        do {
            let values = try await pivotValues(schemas)
            let plan = try Plan.make(attempt.pipeline, file: nil, schemas: schemas, pivotValues: values)
            metrics.phaseSeconds["describe"] = seconds(since: start)
            return plan
        } catch let error as InvalidPipeline {
            throw Failure(.invalidPipeline, error.description)
        }
    }

    /// Reads the values that pivots make columns of: one after the other, for one may read what another has made.
    private func pivotValues(_ schemas: [String: Schema]) async throws -> [Int: [String?]] {
        var values: [Int: [String?]] = [:]
        while let probe = try Plan.pivotProbe(attempt.pipeline, file: nil, schemas: schemas, pivotValues: values) {
            let answers = try await execute(
                [compiler.pivotValues(probe)], steps: [probe.stepName], phase: "describe")
            values[probe.transform] = try answers[0].rows().map { $0["pivot_value"] ?? nil }
        }
        return values
    }

    /// nil: a database.
    func files(_ named: NamedSource) -> SourceFiles? {
        guard case .file(let file) = named.source else { return nil }
        return SourceFiles(pattern: compiler.pattern(named.source), format: file.format)
    }

    private func databaseName(_ named: NamedSource) -> (namespace: String, name: String) {
        guard case .database(let source) = named.source else { return ("", "") }
        return compiler.databases?.dataset(source, named: named.name) ?? ("", "")
    }

    // MARK: - Execute, check, write

    private mutating func stage(_ plan: Plan, before: ProcessUsage) async throws -> AttemptReport {
        var sink: FileSink?
        if case .file(let file)? = attempt.pipeline.sink { sink = file }
        // A dry run makes the table and its checks, and stops there.
        var write = StagedWrite(
            sink: attempt.isDryRun ? nil : sink, place: place, staging: staging, runID: attempt.lease.runID,
            output: plan.output)
        var start = ContinuousClock.now
        var query: String?
        if let tables {
            query = try await compute(plan, with: tables, &write)
        } else {
            try await prepareStaging(write)
            query = compiler.query(plan)
        }
        var profile: DuckDBProfile?
        if let query {
            let answer = try await execute(
                [write.tableStatement(query: query)], steps: [nil], phase: "execute",
                naming: compiler.columnNames(plan))
            profile = try answer[0].object(DuckDBProfile.self)
        }
        metrics.phaseSeconds["execute"] = seconds(since: start)
        noteRows(profile)

        start = ContinuousClock.now
        let checks = try await check(plan, write)
        metrics.phaseSeconds["check"] = seconds(since: start)
        var report = AttemptReport(
            engine: tables?.engine ?? "duckdb",
            engineReason: "asked for", checks: checks, inputs: inputs,
            lineage: plan.lineage)
        let publishes = report.failedChecks.isEmpty || attempt.publishesFailedChecks

        if publishes, case .database(let sink)? = attempt.pipeline.sink, !attempt.isDryRun {
            start = ContinuousClock.now
            let table = StagedTable(
                sink: sink, staging: staging, attempt: attempt, plan: plan, rows: metrics.rowsOut,
                attachment: databases[sink.connection])
            let (manifest, output) = try await table.manifest(checkedBy: process)
            metrics.phaseSeconds["write"] = seconds(since: start)
            metrics.bytesOut = manifest.entries.reduce(0) { $0 + $1.bytes }
            report.manifest = manifest
            report.outputs = [output]
        } else if publishes, let sink, let place, !attempt.isDryRun {
            start = ContinuousClock.now
            let manifest = try await writeFiles(write, sink: sink, place: place)
            metrics.phaseSeconds["write"] = seconds(since: start)
            report.manifest = manifest
            report.outputs = [
                DatasetUse(
                    namespace: "file", name: place.target, rows: metrics.rowsOut, bytes: metrics.bytesOut,
                    files: metrics.filesWritten, columns: plan.output.columns.map { .init($0) })
            ]
        }
        noteUsage(before: before, profile)
        report.metrics = metrics
        report.steps = stepReports(plan, hasChecks: !attempt.pipeline.checks.isEmpty, isWritten: report.manifest != nil)
        return report
    }

    func prepareStaging(_ write: StagedWrite) async throws {
        let staging = staging
        let sink = write.sink
        let targetExists = place?.exists ?? false
        try await BlockingLane.run {
            do {
                try staging.create()
                if let folder = write.resultFolder { try FileSystem.makeFolders(folder) }
            } catch let error as FileSystemError {
                var failure = error.failure
                failure.step = "write_sink"
                throw failure
            }
            if let sink, targetExists {
                switch StagedFiles.move(of: sink) {
                case .exchangeFolder, .exchangePartitions: try StagedFiles.checkExchange(in: staging)
                case .replaceFile, .addFiles, .loadTable: break
                }
            }
        }
    }

    private mutating func check(_ plan: Plan, _ write: StagedWrite) async throws -> [CheckReport] {
        progress(AttemptProgress(phase: "check"))
        let count = "SELECT count(*) AS n FROM \(write.table)"
        let query = compiler.checks(plan, over: write.table)
        let answers = try await execute(
            [count] + (query.map { [$0.sql] } ?? []), steps: ["write_sink", "quality_checks"], phase: "check")
        metrics.rowsOut = Self.number(try answers[0].rows().first?["n"])
        if let computedRows, computedRows != metrics.rowsOut {
            throw Failure(
                .engineLost,
                "Spark made \(computedRows) rows, and its files hold \(metrics.rowsOut ?? 0); it must reach the same "
                    + "files as the worker")
        }
        guard let query else { return [] }
        let reports = query.reports(from: try answers[1].rows().first ?? [:])
        guard let samples = query.samples(for: reports) else { return reports }
        let rows = try await execute([samples], steps: ["quality_checks"], phase: "check")
        return query.reports(reports, with: try rows[0].rows())
    }

    private mutating func writeFiles(
        _ write: StagedWrite, sink: FileSink, place: SinkPlace
    ) async throws -> Manifest {
        progress(AttemptProgress(phase: "write"))
        if write.appendedFile != nil {
            let columns = try await executeWrite(write.appendDescriptions)
            try write.checkAppend(old: try columns[0].rows(), new: try columns[1].rows())
        }
        _ = try await executeWrite(try write.fileStatements())
        if !sink.partitionBy.isEmpty, write.writtenFiles == nil {
            try await BlockingLane.run {
                try Self.orFailure { () throws(FileSystemError) in try HiveNames.respell(below: write.partitionedFolder)
                }
            }
        }
        if write.isPartitionedJSON {
            let files = try await BlockingLane.run {
                try Self.orFailure { () throws(FileSystemError) in try Self.mirrorFolders(write) }
            }
            _ = try await executeWrite(write.partitionStatements(files))
        }
        let (lease, staging, rows) = (attempt.lease, staging, metrics.rowsOut)
        let (manifest, files) = try await BlockingLane.run {
            if let older = write.appendedFile, sink.format != .parquet {
                let isCompressed = older.hasSuffix(".gz") || older.hasSuffix(".zst")
                try StagedFiles.append(
                    staging.scratch, to: older, as: staging.result, isCompressed: isCompressed)
            }
            return try Self.orFailure { () throws(FileSystemError) in
                for path in [staging.table, staging.scratch] { try FileSystem.removeTree(path) }
                let manifest = try StagedFiles.manifest(
                    of: staging, sink: sink, place: place, lease: lease, rows: rows)
                return (manifest, try StagedFiles.count(of: staging))
            }
        }
        metrics.filesWritten = files
        metrics.bytesOut = manifest.entries.reduce(0) { $0 + $1.bytes }
        return manifest
    }

    /// The partition folders below `scratch`, made below `result` as well; answers with the files to convert.
    private static func mirrorFolders(_ write: StagedWrite) throws(FileSystemError) -> [String] {
        let files = try FileSystem.files(below: write.staging.scratch)
        for folder in Set(files.map { FileSystem.parent(of: "\(write.staging.result)/\($0)") }).sorted() {
            try FileSystem.makeFolders(folder)
        }
        try FileSystem.makeFolders(write.staging.result)
        return files
    }

    static func orFailure<Result>(_ body: () throws(FileSystemError) -> Result) throws -> Result {
        do {
            return try body()
        } catch {
            var failure = error.failure
            failure.step = "write_sink"
            throw failure
        }
    }

    // MARK: - Speaking to the child

    private func executeWrite(_ statements: [String]) async throws -> [DuckDBResult] {
        try await execute(statements, steps: statements.map { _ in "write_sink" }, phase: "write")
    }

    /// `steps` names the step that each statement belongs to.
    func execute(
        _ statements: [String], steps: [String?], phase: String? = nil, naming names: [String: String] = [:],
        reading sources: [NamedSource] = []
    ) async throws -> [DuckDBResult] {
        do {
            return try await process.execute(statements) { [progress] fraction in
                if let phase { progress(AttemptProgress(phase: phase, fraction: fraction)) }
            }
        } catch let error as DuckDBError {
            var failure = failureOfSource(error, sources) ?? error.failure(naming: names)
            failure.step = steps.indices.contains(error.statement) ? steps[error.statement] : nil
            throw failure
        }
    }

    /// A statement that reads databases fails in their words, not in DuckDB's. `sources`: one for each statement, or
    /// none when it reads all of them. nil: it read files as well, or files alone.
    private func failureOfSource(_ error: DuckDBError, _ sources: [NamedSource]) -> Failure? {
        guard let scan = compiler.databases, !databases.isEmpty else { return nil }
        let read = sources.indices.contains(error.statement) ? [sources[error.statement]] : attempt.pipeline.usedSources
        let found = read.compactMap { named -> DatabaseSource? in
            if case .database(let source) = named.source { source } else { nil }
        }
        guard let first = found.first, found.count == read.count else { return nil }
        return scan.failure(error, reading: first)
    }

    // MARK: - Counting

    /// Rows of Parquet files are in their footers; rows of texts are known once they were read.
    private mutating func noteRows(_ profile: DuckDBProfile?) {
        for (index, named) in attempt.pipeline.usedSources.enumerated() where inputs[index].rows == nil {
            inputs[index].rows = files(named).flatMap { profile?.rowsScanned(of: $0.pattern) }
        }
        let rows = inputs.compactMap(\.rows)
        metrics.rowsIn = rows.count == inputs.count ? rows.reduce(0, +) : nil
        let bytes = inputs.compactMap(\.bytes)
        metrics.bytesIn = bytes.count == inputs.count ? bytes.reduce(0, +) : nil
    }

    private mutating func noteUsage(before: ProcessUsage, _ profile: DuckDBProfile?) {
        let usage = ProcessUsage(of: process.child.processID)
        metrics.peakMemoryBytes = usage.peakResidentBytes ?? profile?.peakBufferBytes
        if let now = usage.cpuSeconds, let then = before.cpuSeconds { metrics.cpuSeconds = max(0, now - then) }
    }

    private func stepReports(_ plan: Plan, hasChecks: Bool, isWritten: Bool) -> [StepReport] {
        var reports = plan.steps.map { step in
            let input = inputs.first { stepName($0.sourceName ?? "") == step.name }
            return StepReport(name: step.name, type: step.operation, rowsOut: input?.rows)
        }
        // The last step made the final table.
        if let last = reports.indices.last { reports[last].rowsOut = metrics.rowsOut ?? reports[last].rowsOut }
        if hasChecks {
            reports.append(
                StepReport(
                    name: "quality_checks", type: "quality_checks", rowsIn: metrics.rowsOut,
                    seconds: metrics.phaseSeconds["check"]))
        }
        if isWritten {
            reports.append(
                StepReport(
                    name: "write_sink", type: "write_sink", rowsIn: metrics.rowsOut, rowsOut: metrics.rowsOut,
                    seconds: metrics.phaseSeconds["write"]))
        }
        return reports
    }

    func stepName(_ source: String) -> String { attempt.pipeline.stepName(ofSource: source) }

    static func number(_ text: String??) -> Int64? {
        guard let text = text ?? nil else { return nil }
        return Int64(text) ?? Double(text).flatMap { Int64(exactly: $0) }
    }

    private func seconds(since start: ContinuousClock.Instant) -> Double { (ContinuousClock.now - start) / .seconds(1) }
}
