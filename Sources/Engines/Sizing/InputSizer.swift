public import Fleet
public import Pipeline

/// Estimates what an attempt will read, before it does: by listing files, by footers, by the statistics of databases;
/// never by reading rows.
public struct InputSizer: Sendable {
    /// Beyond these the rest is extrapolated, or not known.
    public struct Limits: Sendable {
        public var time: Duration = .seconds(2)
        /// Names in folders.
        public var entries = 10_000
        /// Parquet footers of one source; more files are sampled.
        public var footers = 50
        /// Of one source: what is smaller is read as fast as its footers.
        public var footersFromBytes: Int64 = 4 << 20

        public init() {}

        var text: String { "\(entries) names or \(time / .seconds(1)) s" }
    }

    let settings: DuckDBSettings
    let limits: Limits

    /// `settings`: secrets, allowed folders, and the DuckDB that asks databases.
    public init(settings: DuckDBSettings, limits: Limits = Limits()) {
        (self.settings, self.limits) = (settings, limits)
    }

    /// One entry for each source of the plan, in its order. Never throws and keeps to the limits, even when a file system
    /// does not answer: what fails is unknown, with a note.
    public func estimate(_ plan: Plan, of attempt: Attempt) async -> InputEstimate {
        let start = ContinuousClock.now
        async let files = filesSized(plan, attempt, until: start + limits.time)
        async let databases = databasesSized(plan, attempt, until: start + limits.time)
        let found = await files.merging(databases) { file, _ in file }
        let sources = plan.sources.indices.map { index in
            found[index] ?? unknown(plan.sources[index], "it was not known within \(limits.time / .seconds(1)) s")
        }
        return InputEstimate(sources: sources, milliseconds: (ContinuousClock.now - start) / .milliseconds(1))
    }

    private func unknown(_ source: Plan.Source, _ why: String) -> SourceEstimate {
        SourceEstimate(source: Self.name(of: source), basis: .unknown, note: why)
    }

    /// The source's own name; where the pipeline gives it none, its path or table.
    static func name(of source: Plan.Source) -> String {
        let isInline = source.name.hasPrefix("transform_") && source.name.hasSuffix("_right")
        guard isInline || source.name.utf8.elementsEqual("source".utf8) else { return source.name }
        switch source.source {
        case .file(let file): return file.path.text
        case .database(let database):
            if case .table(let table) = database.rows { return table.description }
            return source.name
        }
    }

    // MARK: - Files

    private func filesSized(
        _ plan: Plan, _ attempt: Attempt, until deadline: ContinuousClock.Instant
    ) async -> [Int: SourceEstimate] {
        let indices = plan.sources.indices.filter { if case .file = plan.sources[$0].source { true } else { false } }
        guard !indices.isEmpty else { return [:] }
        let limits = limits
        let sized = await TimeLimited.run(until: deadline + .milliseconds(200)) {
            let compiler = DuckDBCompiler(baseDirectory: attempt.baseDirectory, acceptedAt: attempt.acceptedAt)
            var budget = ListingBudget(entries: limits.entries, deadline: deadline)
            var found: [Int: SourceEstimate] = [:]
            for (place, index) in indices.enumerated() {
                let source = plan.sources[index]
                guard case .file(let file) = source.source else { continue }
                let sizing = FileSizing(
                    name: Self.name(of: source), file: file, pattern: compiler.pattern(source.source),
                    schema: source.schema, needed: plan.neededPlaces(ofSource: index),
                    conditions: PartitionConditions(plan, source: index), limits: limits)
                let share = budget.share(of: indices.count - place)
                var part = share
                found[index] = sizing.estimate(&part)
                budget.note(part, of: share)
            }
            return found
        }
        return sized ?? [:]
    }

    // MARK: - Databases

    private func databasesSized(
        _ plan: Plan, _ attempt: Attempt, until deadline: ContinuousClock.Instant
    ) async -> [Int: SourceEstimate] {
        let indices = plan.sources.indices.filter {
            if case .database = plan.sources[$0].source { true } else { false }
        }
        guard !indices.isEmpty else { return [:] }
        return await withTaskGroup(of: (Int, SourceEstimate)?.self) { group in
            for index in indices { group.addTask { (index, await databaseSized(plan, index, attempt)) } }
            group.addTask {
                // Cancelled when all are known.
                try? await Task.sleep(until: deadline, clock: .continuous)
                return nil
            }
            var found: [Int: SourceEstimate] = [:]
            for await sized in group {
                guard let (index, estimate) = sized else { break }
                found[index] = estimate
                if found.count == indices.count { break }
            }
            // Kills the children that have not answered.
            group.cancelAll()
            return found
        }
    }

    private func databaseSized(_ plan: Plan, _ index: Int, _ attempt: Attempt) async -> SourceEstimate {
        let source = plan.sources[index]
        guard case .database(let database) = source.source else { return unknown(source, "it is no database") }
        do {
            let (attachment, fileBytes) = try await attached(database, attempt)
            let sizing = DatabaseSizing(
                name: Self.name(of: source), source: database, columns: source.schema.columns.map(\.name),
                needed: plan.neededPlaces(ofSource: index), attachment: attachment)
            if case .query = database.rows, sizing.planStatements == nil {
                return unknown(source, "of a query's answer nothing is known before it is read")
            }
            guard sizing.statement != nil || sizing.planStatements != nil else {
                return sizing.estimate([:], fileBytes: fileBytes)
            }
            let process = try await DuckDBProcess.start(settings, attaching: [attachment])
            do {
                let estimate = try await asked(sizing, fileBytes: fileBytes, process)
                await process.close()
                return estimate
            } catch {
                await process.close()
                throw error
            }
        } catch {
            // Reading the source tells what is wrong, in full.
            return unknown(source, "its database could not be asked")
        }
    }

    private func asked(
        _ sizing: DatabaseSizing, fileBytes: Int64?, _ process: DuckDBProcess
    ) async throws -> SourceEstimate {
        if let statement = sizing.statement {
            let answer = try await process.execute([statement])
            let estimate = sizing.estimate(try answer[0].rows().first ?? [:], fileBytes: fileBytes)
            guard estimate.basis == .unknown, sizing.planStatements != nil else { return estimate }
        }
        let answers = try await process.execute(sizing.planStatements ?? [])
        return sizing.planned(try answers.last?.rows().first ?? [:])
    }

    private func attached(
        _ database: DatabaseSource, _ attempt: Attempt
    ) async throws -> (DatabaseAttachment, fileBytes: Int64?) {
        let settings = settings
        return try await BlockingLane.run {
            var attachments = DatabaseAttachments(
                DatabaseResolver(
                    secrets: settings.secrets, baseDirectory: attempt.baseDirectory, allowedRoots: settings.allowedRoots
                ))
            try attachments.add(database.connection, isReadOnly: true, step: "read_source")
            guard let attachment = attachments.all.first else {
                throw Failure(.invalidPipeline, "\(database.place.path): there is no connection")
            }
            let isFile = attachment.address.kind.isFile
            return (attachment, isFile ? FolderNames.bytes(ofFile: attachment.address.database) : nil)
        }
    }
}
