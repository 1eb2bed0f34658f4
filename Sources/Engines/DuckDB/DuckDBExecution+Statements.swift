import Fleet
import Pipeline

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// Statements for the child, and what their failures mean.
extension DuckDBExecution {
    func executeWrite(_ statements: [String]) async throws -> [DuckDBResult] {
        try await execute(statements, steps: statements.map { _ in "write_sink" }, phase: "write")
    }

    /// `steps` names the step that each statement belongs to. `plan`: what the statement does, if that is all of it.
    func execute(
        _ statements: [String], steps: [String?], phase: String? = nil, plan: Plan? = nil,
        reading sources: [NamedSource] = []
    ) async throws -> [DuckDBResult] {
        do {
            return try await process.execute(
                statements,
                progress: { [progress] fraction in
                    if let phase { progress(AttemptProgress(phase: phase, fraction: fraction)) }
                },
                warning: { [progress] text in
                    guard let said = DuckDBWarning(text) else { return }
                    progress(AttemptProgress(phase: phase ?? "describe", said: said.said))
                })
        } catch let error as DuckDBError {
            if let failure = failureOfSource(error, sources) {
                throw failure.at(steps.indices.contains(error.statement) ? steps[error.statement] : nil)
            }
            if let failure = await tooDeep(error) { throw failure }
            if let plan { throw try await located(error, in: plan) }
            var failure = error.failure.at(steps.indices.contains(error.statement) ? steps[error.statement] : nil)
            failure.place = failure.step.flatMap { SourcePlace($0, in: attempt)?.text }
            throw failure
        }
    }

    /// Why the child crashed, if a JSON file is nested so deep that reading it ends its stack.
    func tooDeep(_ error: DuckDBError) async -> Failure? {
        guard case .died(.signal(let number)) = error.cause, [SIGSEGV, SIGBUS].contains(number) else { return nil }
        await process.close()
        let deadline = ContinuousClock.now + Self.lookLimit
        for named in attempt.pipeline.usedSources {
            guard let files = files(named), files.format == .json else { continue }
            // Whatever keeps us from looking, the crash is what is told then.
            guard let child = try? await newChild(nil) else { return nil }
            let listed = try? await child.execute([files.listStatement])[0].rows()
            await child.close()
            for row in listed ?? [] {
                guard let path = row["file"] ?? nil else { continue }
                // Cannot throw.
                guard (try? await BlockingLane.run({ JSONNesting.isTooDeep(path, until: deadline) })) == true else {
                    continue
                }
                return Failure(
                    .badData,
                    "file \(path): its values are nested more than \(JSONNesting.limit) deep, which DuckDB cannot read; "
                        + "flatten them", step: stepName(named.name))
            }
        }
        return nil
    }

    /// For looking into files behind a crash.
    static let lookLimit = Duration.seconds(20)

    /// The failure of a plan's statement, with the step that it belongs to where a value is to blame.
    func located(_ error: DuckDBError, in plan: Plan) async throws -> Failure {
        let failure = error.failure(naming: compiler.columnNames(plan))
        guard failure.kind == .badData, let reason = error.reason else { return failure }
        // It has ended; what it spilled goes before another does the same work.
        await process.close()
        let search = FailedStepSearch(
            plan: plan, compiler: compiler, failure: failure, reason: reason,
            child: { [newChild] in try await newChild(nil) })
        guard let found = try await search.find() else { return failure }
        let place = StepPlace(plan.steps[found.step], column: found.column, in: attempt)
        return Failure(found.failure.kind, found.failure.message, step: plan.steps[found.step].name, place: place?.text)
    }

    /// A statement that reads databases fails in their words, not in DuckDB's. `sources`: one for each statement, or
    /// none when it reads all of them. nil: it read files as well, or files alone.
    func failureOfSource(_ error: DuckDBError, _ sources: [NamedSource]) -> Failure? {
        guard let scan = compiler.databases, !databases.isEmpty else { return nil }
        let read = sources.indices.contains(error.statement) ? [sources[error.statement]] : attempt.pipeline.usedSources
        let found = read.compactMap { named -> DatabaseSource? in
            if case .database(let source) = named.source { source } else { nil }
        }
        guard let first = found.first, found.count == read.count else { return nil }
        return scan.failure(error, reading: first)
    }
}
