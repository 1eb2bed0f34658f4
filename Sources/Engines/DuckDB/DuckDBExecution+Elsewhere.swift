import Fleet
import Foundation
import Pipeline

/// An attempt whose rows another engine computes.
extension DuckDBExecution {
    /// Has `tables` compute the rows. Answers with a query that reads them; nil: the files that are published stand.
    mutating func compute(
        _ plan: Plan, with tables: any TableMaker, _ write: inout StagedWrite
    ) async throws -> String? {
        let table = ExchangedTable(place: exchange, plan: plan, compiler: compiler)
        let direct = try await directFiles(plan)
        let inputs = direct.enumerated().map { index, files in
            files.map(TableRequest.Input.direct) ?? .copied(table.input(index))
        }
        let isSorted = plan.steps.last.map { !$0.order.isEmpty } ?? false
        let published = write.resultElsewhere(isSorted: isSorted, hasChecks: !attempt.pipeline.checks.isEmpty)
        var request = TableRequest(
            plan: plan, acceptedAt: attempt.acceptedAt, id: attempt.lease.token.nonce, inputs: inputs,
            folder: published == nil ? table.folder : write.folderElsewhere, result: published ?? .handedBack,
            note: note)
        write.isWrittenElsewhere = published != nil
        do {
            try await make(request, table, tables, write)
        } catch is EmptyPartition {
            // Rare, so that it may cost a second pass.
            (request.id, request.folder, request.result) = (UUID(), table.folder, .handedBack)
            write.isWrittenElsewhere = false
            try await make(request, table, tables, write)
        }
        guard write.isWrittenElsewhere else { return table.query }
        let (result, runID) = (write.folderElsewhere, attempt.lease.runID)
        let files = try await BlockingLane.run {
            try Self.orFailure { () throws(FileSystemError) in try WrittenParts.stage(below: result, of: runID) }
        }
        write.writtenFiles = compiler.readBack(
            files.map(DuckDBText.exactPattern), as: plan.output,
            partitionBy: write.sink?.format == .orc ? [] : write.sink?.partitionBy.map(\.text) ?? [])
        return nil
    }

    private mutating func make(
        _ request: TableRequest, _ table: ExchangedTable, _ tables: any TableMaker, _ write: StagedWrite
    ) async throws {
        let prepared = try tables.prepare(request)
        let note: @Sendable (TableProgress) -> Void = { [progress] in
            progress(AttemptProgress(phase: "execute", fraction: $0.fraction, said: $0.said))
        }
        var made = try await takeOver(prepared, note)
        try await prepareStaging(write)
        let exchange = exchange
        try await BlockingLane.run { try Self.orFailure { () throws(FileSystemError) in try exchange.create() } }
        let copied = request.inputs.indices.filter { if case .copied = request.inputs[$0] { true } else { false } }
        let steps = copied.map { stepName(request.plan.sources[$0].name) }
        if made == nil { _ = try await execute(copied.map(table.inputStatement), steps: steps, phase: "execute") }
        let counts = try await execute(copied.map(table.countStatement), steps: steps)
        for (index, count) in zip(copied, counts) {
            let name = request.plan.sources[index].name
            for input in inputs.indices
            where inputs[input].sourceName.map({ $0.utf8.elementsEqual(name.utf8) }) == true {
                inputs[input].rows = Self.number(try count.rows().first?["rows"])
            }
        }
        if made == nil { made = MadeTable(rows: try await prepared.make(note)) }
        computedRows = made?.rows
    }

    /// Where an attempt that takes over looks for what this one has under way; nil: nobody would find it.
    var note: String? { isExchangeShared ? "\(exchange.directory)/operation.json" : nil }

    func removeExchange() async {
        let exchange = exchange
        // Cannot throw.
        try? await BlockingLane.run { exchange.remove() }
    }

    /// Of each source; nil: its rows have to be copied.
    private func directFiles(_ plan: Plan) async throws -> [DirectFiles?] {
        var found: [DirectFiles?] = plan.sources.map { _ in nil }
        for (index, source) in plan.sources.enumerated() {
            if let orc = orcSources[Array(source.name.utf8)] { found[index] = orc }
            guard case .file(let file) = source.source, file.format == .parquet else { continue }
            let step = stepName(source.name)
            let answers = try await execute(
                DirectFiles.statements(pattern: compiler.pattern(source.source)), steps: [step, step])
            found[index] = DirectFiles(source, columns: try answers[0].rows(), files: try answers[1].rows())
        }
        return found
    }

    /// What an older attempt of this run, whose worker died, has under way where others find it.
    private func takeOver(
        _ prepared: any PreparedTable, _ progress: @escaping @Sendable (TableProgress) -> Void
    ) async throws -> MadeTable? {
        guard isExchangeShared else { return nil }
        let (exchange, staging) = (exchange, staging)
        let older = try await BlockingLane.run {
            try Self.orFailure { () throws(FileSystemError) -> [String] in
                let older = try exchange.older()
                // To move into what is taken over.
                if !older.isEmpty {
                    try exchange.make()
                    try staging.make()
                }
                return older
            }
        }
        for directory in older {
            if let made = try await prepared.takeOver("\(directory)/operation.json", progress) { return made }
        }
        return nil
    }
}
