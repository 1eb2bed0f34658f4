import Fleet
import Foundation
import Pipeline

/// ORC files, which another engine reads and writes.
extension DuckDBExecution {
    /// More than these are refused: a plan names every one of them.
    private static let orcFileLimit = 100_000

    /// Finds the files of the ORC sources.
    mutating func listORCFiles(_ sources: [NamedSource]) async throws {
        for named in sources {
            guard let files = files(named), files.format == .orc else { continue }
            let (step, pattern) = (stepName(named.name), files.pattern)
            let list =
                "SELECT file FROM glob(\(DuckDBText.literal(pattern))) ORDER BY file LIMIT \(Self.orcFileLimit + 1)"
            let answers = try await execute([list], steps: [step])
            let paths = try answers[0].rows().compactMap { $0["file"] ?? nil }.filter(Self.isData)
            guard !paths.isEmpty else {
                throw Failure(.inputMissing, "no ORC file was found at \(pattern)", step: step)
            }
            guard paths.count <= Self.orcFileLimit else {
                throw Failure(
                    .invalidPipeline,
                    "more than \(Self.orcFileLimit) ORC files are at \(pattern); read fewer at a time",
                    step: step)
            }
            guard let found = DirectFiles(orc: paths) else {
                throw Failure(
                    .invalidPipeline,
                    "the ORC files at \(pattern) lie in folders with different Hive parts (name=value)",
                    step: step)
            }
            orcSources[Array(named.name.utf8)] = found
        }
    }

    /// What writers of such files leave beside them begins so.
    private static func isData(_ path: String) -> Bool {
        let first = FileSystem.name(of: path).utf8.first
        return first != UInt8(ascii: "_") && first != UInt8(ascii: ".")
    }

    /// The files' own columns, and behind them those of the folders' names, with the types that all folders tell (`hive`).
    func orcColumns(_ files: DirectFiles, hive: [Schema.Column], of named: NamedSource) async throws -> [Schema.Column]
    {
        guard let orcFiles else { throw ORCFilesRefusal.pinned(attempt.pipeline.needsSpark) }
        let schema: Schema
        do {
            schema = try await orcFiles.schema(of: files)
        } catch let failure as Failure {
            throw failure.at(stepName(named.name))
        }
        return schema.columns.map { column in
            let name = Array(column.name.utf8)
            guard files.hiveNames.contains(name), let told = hive.first(where: { Array($0.name.utf8) == name }) else {
                return column
            }
            return Schema.Column(column.name, told.type)
        }
    }

    /// The texts of the values that a pivot makes columns of, where the child cannot read what is before it.
    func pivotValuesElsewhere(_ probe: PivotProbe) async throws -> [String?] {
        guard let orcFiles, var different = probe.plan.steps.last else { return [] }
        var plan = probe.plan
        different.relation = .aggregate(from: plan.steps.count - 1, groups: [probe.column.id], [])
        (different.columns, different.hidden, different.order) = ([probe.column], [], [])
        plan.steps.append(different)
        plan.output = Schema([Schema.Column("value", probe.column.type)])
        let table = ExchangedTable(place: exchange, plan: plan, compiler: compiler)
        let inputs = plan.sources.enumerated().map { index, source in
            orcSources[Array(source.name.utf8)].map(TableRequest.Input.direct) ?? .copied(table.input(index))
        }
        let prepared = try orcFiles.tables.prepare(
            TableRequest(
                plan: plan, acceptedAt: attempt.acceptedAt, id: UUID(), inputs: inputs, folder: table.folder,
                result: .handedBack))
        let place = exchange
        try await BlockingLane.run { try Self.orFailure { () throws(FileSystemError) in try place.make() } }
        let copied = inputs.indices.filter { if case .copied = inputs[$0] { true } else { false } }
        _ = try await execute(
            copied.map(table.inputStatement), steps: copied.map { stepName(plan.sources[$0].name) }, phase: "describe")
        do {
            _ = try await prepared.make { _ in }
        } catch let failure as Failure {
            throw failure.at(probe.stepName)
        }
        let answers = try await execute(
            [compiler.pivotValues(of: probe.column.type, over: table.query)], steps: [probe.stepName], phase: "describe"
        )
        // What comes next makes files of the same names.
        try await BlockingLane.run {
            try Self.orFailure { () throws(FileSystemError) in try FileSystem.removeTree(place.directory) }
        }
        return try answers[0].rows().map { $0["pivot_value"] ?? nil }
    }

    /// The statement that computes the rows: Spark's where DuckDB could not.
    func statement(of plan: Plan) -> String {
        guard orcFiles != nil else { return compiler.query(plan) }
        // Pinned to DuckDB by something else: nobody computes it.
        return (try? SparkCompiler(acceptedAt: attempt.acceptedAt, sourcePrefix: "source_").query(plan))
            ?? compiler.query(plan)
    }

    // MARK: - The sink

    /// Has the rows written as they are published, once they have been checked.
    func writeORC(_ write: StagedWrite, sink: FileSink, plan: Plan) async throws {
        guard let orcFiles else { throw ORCFilesRefusal.pinned(attempt.pipeline.needsSpark) }
        let partitions = sink.partitionBy.map(\.text)
        try Self.checkPartitions(partitions, plan.output)
        if let older = write.appendedFile {
            guard let files = DirectFiles(orc: [older]) else { return }
            try write.checkAppend(
                old: try await orcFiles.schema(of: files).columns.map { "\($0.name) \($0.type)" },
                new: plan.output.columns.map { "\($0.name) \($0.type == .unknown ? .text : $0.type)" })
        }
        let isOneFile = sink.shape == .file
        let request = ORCRequest(
            plan: plan, acceptedAt: attempt.acceptedAt, rows: metrics.rowsOut == 0 ? [] : [staging.table],
            older: write.appendedFile, partitionBy: partitions,
            isSorted: plan.steps.last.map { !$0.order.isEmpty } ?? false, isOneFile: isOneFile,
            folder: isOneFile ? staging.scratch : staging.result, note: note)
        let rows = try await orcFiles.write(request) { [progress] in
            progress(AttemptProgress(phase: "write", fraction: $0.fraction, said: $0.said))
        }
        // What was appended to is not counted before.
        if let rows, let wanted = metrics.rowsOut, write.appendedFile == nil ? rows != wanted : rows < wanted {
            throw Failure(
                .engineLost, "Spark wrote \(rows) rows as ORC, and there were \(wanted)", step: "write_sink")
        }
        let (staging, runID) = (staging, attempt.lease.runID)
        try await BlockingLane.run {
            try Self.orFailure { () throws(FileSystemError) in
                let files = try WrittenParts.stage(below: request.folder, of: runID, as: .orc)
                if isOneFile, let file = files.first { try FileSystem.rename(file, to: staging.result) }
            }
        }
    }

    /// What folders are called after has to have one text.
    private static func checkPartitions(_ partitions: [String], _ output: Schema) throws(Failure) {
        let names = Set(partitions.map { Array($0.utf8) })
        guard names.count < output.columns.count else { throw StagedWrite.nothingToWrite }
        for column in output.columns where names.contains(Array(column.name.utf8)) {
            switch column.type {
            case .boolean, .int8, .int16, .int32, .int64, .date, .text, .unknown, .decimal: break
            default:
                throw Failure(
                    .invalidPipeline,
                    "ORC is not partitioned by \(column.name), of type \(column.type); cast it to text, date or int",
                    step: "write_sink")
            }
        }
    }
}
