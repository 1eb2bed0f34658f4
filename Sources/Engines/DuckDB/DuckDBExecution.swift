import Fleet
import Pipeline

/// One attempt in one child, from the first look at the sources to a report.
struct DuckDBExecution {
    let attempt: Attempt
    let place: SinkPlace?
    private(set) var process: DuckDBProcess
    let progress: @Sendable (AttemptProgress) -> Void
    let compiler: DuckDBCompiler
    let databases: DatabaseAttachments
    let staging: StagingPlace
    /// With so much memory; nil: what all children have.
    let newChild: @Sendable (Int64?) async throws -> DuckDBProcess
    /// nil: the child computes the rows itself.
    let chooser: (any PlanChooser)?
    /// As chosen. nil: the child computes the rows itself.
    private(set) var tables: (any TableMaker)?
    /// For rows that go to `tables` and come back.
    let exchange: StagingPlace
    /// Whether a worker elsewhere would find it.
    let isExchangeShared: Bool
    /// Where the pipeline has any.
    private(set) var orcFiles: (any ORCFiles)?
    /// Of its ORC sources, by their names in UTF-8.
    var orcSources: [[UInt8]: DirectFiles] = [:]
    var inputs: [DatasetUse] = []
    var metrics = AttemptMetrics()
    /// As whoever computed them elsewhere says.
    var computedRows: Int64?

    init(
        attempt: Attempt, place: SinkPlace?, databases: DatabaseAttachments, settings: DuckDBSettings,
        process: DuckDBProcess, newChild: @escaping @Sendable (Int64?) async throws -> DuckDBProcess,
        chooser: (any PlanChooser)?, progress: @escaping @Sendable (AttemptProgress) -> Void
    ) {
        self.newChild = newChild
        self.chooser = chooser
        exchange = StagingPlace(
            in: FileSystem.join(settings.stagingDirectory ?? process.folder, "exchange"), lease: attempt.lease)
        isExchangeShared = settings.stagingDirectory != nil
        self.attempt = attempt
        self.place = place
        self.process = process
        self.progress = progress
        self.databases = databases
        compiler = DuckDBCompiler(
            baseDirectory: attempt.baseDirectory, acceptedAt: attempt.acceptedAt,
            databases: DatabaseScan(attachments: databases), memoryLimitBytes: settings.memoryLimitBytes)
        if let place, !attempt.isDryRun {
            staging = StagingPlace(beside: place, lease: attempt.lease)
        } else if case .database? = attempt.pipeline.sink, !attempt.isDryRun {
            let folder = FileSystem.join(settings.stagingDirectory ?? attempt.baseDirectory, StagingPlace.folderName)
            staging = StagingPlace(in: folder, lease: attempt.lease)
        } else {
            // Nothing at all beside the sink.
            staging = StagingPlace(in: process.folder, lease: attempt.lease)
        }
    }

    mutating func run() async throws -> AttemptReport {
        var cpuBefore = ProcessUsage(of: process.child.processID).cpuSeconds
        do {
            try await findORCFiles()
            let plan = try await describe()
            var ownChild: DuckDBProcess?
            if let chooser {
                let choice = try await chooser.choose(plan, inputs)
                tables = choice.tables
                metrics.phaseSeconds.merge(choice.phaseSeconds) { _, new in new }
                if let memory = choice.memoryLimitBytes {
                    let child = try await newChild(memory)
                    (process, ownChild, cpuBefore) = (child, child, 0)
                }
            }
            let report = try await stage(plan, cpuBefore: cpuBefore)
            if report.manifest == nil { await removeStaging() }
            if tables != nil { await removeExchange() }
            await ownChild?.close()
            return report
        } catch {
            // The child may still be writing there; it is dead before the folder goes.
            await process.close()
            await removeStaging()
            guard var failure = error as? Failure else { throw error }
            failure.engineVersion = await engineVersion()
            throw failure
        }
    }

    /// Of the engine that computes the rows; nil: it was not known yet.
    private func engineVersion() async -> String? {
        if let tables { return await tables.version() }
        return await process.version
    }

    /// Before anything else is done: there may be nobody who reads or writes them.
    mutating func findORCFiles() async throws {
        guard let reason = attempt.pipeline.needsSpark else { return }
        guard let chooser else { throw ORCFilesRefusal.pinned(reason) }
        orcFiles = try await chooser.orcFiles()
    }

    private func removeStaging() async {
        let (staging, exchange) = (staging, tables == nil && orcFiles == nil ? nil : exchange)
        // Cannot throw.
        try? await BlockingLane.run {
            staging.remove()
            exchange?.remove()
        }
    }

    // MARK: - Execute, check, write

    mutating func stage(_ plan: Plan, cpuBefore: Double?) async throws -> AttemptReport {
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
                [write.tableStatement(query: query)], steps: [nil], phase: "execute", plan: tables == nil ? plan : nil)
            profile = DuckDBProfile(try answer[0].value())
        }
        metrics.phaseSeconds["execute"] = seconds(since: start)
        if let spilled = profile?.peakSpilledBytes, spilled > 0 {
            progress(AttemptProgress(phase: "execute", said: .spilled(spilled)))
        }
        noteRows(profile)

        start = ContinuousClock.now
        let checks = try await check(plan, write)
        metrics.phaseSeconds["check"] = seconds(since: start)
        var report = AttemptReport(
            engine: tables?.engine ?? "duckdb", engineReason: "asked for", checks: checks, inputs: inputs,
            lineage: plan.lineage, engineVersion: await engineVersion())
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
            let manifest = try await writeFiles(write, sink: sink, place: place, plan: plan)
            metrics.phaseSeconds["write"] = seconds(since: start)
            report.manifest = manifest
            report.outputs = [
                DatasetUse(
                    namespace: "file", name: place.target, rows: metrics.rowsOut, bytes: metrics.bytesOut,
                    files: metrics.filesWritten, columns: plan.output.columns.map { .init($0) })
            ]
        }
        noteUsage(cpuBefore: cpuBefore, profile)
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

    mutating func check(_ plan: Plan, _ write: StagedWrite) async throws -> [CheckReport] {
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

    func stepName(_ source: String) -> String { attempt.pipeline.stepName(ofSource: source) }

    static func number(_ text: String??) -> Int64? {
        guard let text = text ?? nil else { return nil }
        return Int64(text) ?? Double(text).flatMap { Int64(exactly: $0) }
    }

    func seconds(since start: ContinuousClock.Instant) -> Double { (ContinuousClock.now - start) / .seconds(1) }
}
