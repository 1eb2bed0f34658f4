import Fleet
import Pipeline

/// Finds the step in which a value failed that the one statement of a plan stumbled over.
///
/// DuckDB says what failed, not where: the lines that it quotes are those where a value is used. So the steps are
/// executed one by one in new children, until one fails for the same reason while the step before it does not. Only
/// columns that the result needs are computed, as in the statement itself; nothing is written.
struct FailedStepSearch {
    let plan: Plan
    let compiler: DuckDBCompiler
    /// What a failure looks like in a child's words.
    let failure: Failure
    let reason: String
    /// A new child: the one that failed is gone.
    let child: @Sendable () async throws -> DuckDBProcess

    struct Found: Equatable {
        /// Into the plan's steps.
        var step: Int
        /// What the author calls the column that could not be computed, where it is known.
        var column: String?
        var failure: Failure
    }

    /// A run that failed shall say so soon, whatever it reads.
    static let limit = Duration.seconds(20)
    /// Of a step with many columns that could be the one.
    static let columnLimit = 32

    /// nil: it could not be told within the time, or does not happen again.
    func find(within limit: Duration = Self.limit) async throws -> Found? {
        let finding = try await withThrowingTaskGroup(of: Found?.self) { group in
            group.addTask {
                // Cancelled when the other has ended.
                try? await Task.sleep(for: limit)
                return nil
            }
            group.addTask { try await search() }
            // There are two.
            let first = try await group.next() ?? nil
            group.cancelAll()
            return first
        }
        try Task.checkCancellation()
        return finding
    }

    private func search() async throws -> Found? {
        let children = ProbeChildren(start: child)
        do {
            let found = try await search(children)
            await children.close()
            return found
        } catch {
            await children.close()
            // Whatever else keeps the search from its end, the run's own failure is what is told.
            if error is CancellationError { throw error }
            return nil
        }
    }

    private func search(_ children: ProbeChildren) async throws -> Found? {
        let needed = plan.neededColumns
        func probe(_ step: Int, only column: Int? = nil) async throws -> Failure? {
            let columns = (plan.steps[step].columns + plan.steps[step].hidden).map(\.id).filter(needed.contains)
            let statement = compiler.probe(plan, step: step, columns: column.map { [$0] } ?? columns)
            guard let error = try await children.execute(statement) else { return nil }
            let found = error.failure(naming: compiler.columnNames(plan))
            return found.kind == failure.kind && error.reason == reason ? found : nil
        }

        let chain = chain
        // The step before `low` does not fail, `high` does or stands last.
        var (low, high) = (0, chain.count - 1)
        var failed: Failure?
        while low < high {
            let middle = (low + high) / 2
            if let found = try await probe(chain[middle]) {
                (high, failed) = (middle, found)
            } else {
                low = middle + 1
            }
        }
        guard chain.indices.contains(high) else { return nil }
        if failed == nil { failed = try await probe(chain[high]) }
        guard let failed else { return nil }
        let step = chain[high]
        // What fails may be the other side of a join, which nothing before it has read.
        for other in plan.steps[step].relation.otherInputs {
            if let found = try await probe(other) { return Found(step: other, failure: found) }
        }
        let computed = plan.steps[step].relation.computedColumns.filter(needed.contains)
        if computed.count == 1 { return Found(step: step, column: name(computed[0], in: step), failure: failed) }
        for column in computed.prefix(Self.columnLimit) {
            guard let found = try await probe(step, only: column) else { continue }
            return Found(step: step, column: name(column, in: step), failure: found)
        }
        return Found(step: step, failure: failed)
    }

    /// From the primary source to the last step, without those that make no table of their own.
    private var chain: [Int] {
        var chain: [Int] = []
        var next: Int? = plan.steps.indices.last
        while let step = next {
            if case .sort = plan.steps[step].relation {} else { chain.append(step) }
            next = plan.steps[step].relation.input
        }
        return chain.reversed()
    }

    private func name(_ column: Int, in step: Int) -> String? {
        plan.steps[step].columns.first { $0.id == column }?.name
    }
}

/// Children one after the other: each is gone after the first statement that it refuses.
private actor ProbeChildren {
    private let start: @Sendable () async throws -> DuckDBProcess
    private var child: DuckDBProcess?

    init(start: @escaping @Sendable () async throws -> DuckDBProcess) { self.start = start }

    /// nil: the statement did not fail.
    func execute(_ statement: String) async throws -> DuckDBError? {
        let process: DuckDBProcess
        if let child { process = child } else { process = try await start() }
        child = process
        do {
            _ = try await process.execute([statement])
            return nil
        } catch let error as DuckDBError {
            await close()
            return error
        }
    }

    func close() async {
        await child?.close()
        child = nil
    }
}
