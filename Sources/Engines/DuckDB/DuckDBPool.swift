import Fleet

/// Children kept ready, one run at a time in each.
///
/// A child is used again while it is clean: after an error, a cancel, `runsPerChild` runs or growth it is replaced,
/// and the replacement is started at once, so that the next run finds it warm.
public actor DuckDBPool {
    public nonisolated let settings: DuckDBSettings
    private var idle: [DuckDBProcess] = []
    private var busy = 0
    /// Callers that wait for a child, longest first.
    private var waiting: [(id: UInt64, continuation: CheckedContinuation<Void, any Error>)] = []
    private var lastWaiterID: UInt64 = 0
    private var replacement: Task<Void, Never>?
    private var isShutDown = false

    public init(settings: DuckDBSettings) { self.settings = settings }

    /// Starts all children; throws what keeps the first from starting (no DuckDB, another version).
    public func prestart() async throws {
        while idle.count + busy < settings.slots, !isShutDown {
            busy += 1
            do {
                let process = try await DuckDBProcess.start(settings)
                await release(process)
            } catch {
                leave()
                throw error
            }
        }
    }

    /// Ends idle children and refuses new work. Children that work end with their runs.
    public func shutDown() async {
        isShutDown = true
        await replacement?.value
        let ending = idle
        idle = []
        for process in ending { await process.close() }
        for waiter in waiting { waiter.continuation.resume(throwing: CancellationError()) }
        waiting = []
    }

    /// Of the DuckDB that answers, such as `v1.5.5`.
    public func version() async throws -> String {
        try await withProcess { process in
            let answer = try await process.execute(["SELECT library_version AS version FROM pragma_version()"])
            return (try answer[0].rows().first?["version"] ?? nil) ?? "unknown"
        }
    }

    /// Gives `body` a child that nobody else uses. When `body` throws, the child is dead before this returns.
    func withProcess<Result: Sendable>(
        _ body: @Sendable (DuckDBProcess) async throws -> Result
    ) async throws -> Result {
        try await enter()
        let process: DuckDBProcess
        do {
            process = try await usableProcess()
        } catch {
            leave()
            throw error
        }
        do {
            await process.countRun()
            ProcessUsage.resetPeak(of: process.child.processID)
            let result = try await body(process)
            await release(process)
            return result
        } catch {
            await process.close()
            leave()
            replace()
            throw error
        }
    }

    /// Gives `body` a new child that is connected with databases, and ends it: it knows their credentials, so that no
    /// other run may have it.
    func withProcess<Result: Sendable>(
        attaching attachments: [DatabaseAttachment], _ body: @Sendable (DuckDBProcess) async throws -> Result
    ) async throws -> Result {
        if attachments.isEmpty { return try await withProcess(body) }
        try await enter()
        defer { leave() }
        let process = try await DuckDBProcess.start(settings, attaching: attachments)
        do {
            ProcessUsage.resetPeak(of: process.child.processID)
            let result = try await body(process)
            await process.close()
            return result
        } catch {
            await process.close()
            throw error
        }
    }

    /// A child of a run's own, which whoever asked for it ends. `memoryLimitBytes` nil: what all have.
    nonisolated func child(
        attaching attachments: [DatabaseAttachment], memoryLimitBytes: Int64?
    ) async throws -> DuckDBProcess {
        var settings = settings
        if let memoryLimitBytes { settings.memoryLimitBytes = memoryLimitBytes }
        return try await DuckDBProcess.start(settings, attaching: attachments)
    }

    // MARK: - Turns

    /// Returns with a place taken, which `leave` gives back.
    private func enter() async throws {
        try Task.checkCancellation()
        guard !isShutDown else { throw CancellationError() }
        guard busy >= settings.slots + settings.guestSlots else {
            busy += 1
            return
        }
        lastWaiterID += 1
        let id = lastWaiterID
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                // The handler may have run before there was anything to remove.
                if Task.isCancelled { return continuation.resume(throwing: CancellationError()) }
                waiting.append((id, continuation))
            }
        } onCancel: {
            // Unstructured because a cancellation handler cannot wait; it only removes what still waits.
            Task { await self.stopWaiting(id) }
        }
    }

    private func stopWaiting(_ id: UInt64) {
        guard let index = waiting.firstIndex(where: { $0.id == id }) else { return }
        waiting.remove(at: index).continuation.resume(throwing: CancellationError())
    }

    private func leave() {
        guard waiting.isEmpty else {
            // The place passes on without becoming free.
            waiting.removeFirst().continuation.resume()
            return
        }
        busy -= 1
    }

    // MARK: - Children

    private func usableProcess() async throws -> DuckDBProcess {
        while let process = idle.popLast() {
            // An idle child may have been killed from outside.
            if process.isUsable { return process }
            await process.close()
        }
        return try await DuckDBProcess.start(settings)
    }

    private func release(_ process: DuckDBProcess) async {
        let resident = ProcessUsage(of: process.child.processID).residentBytes ?? 0
        let isWorn = await process.runs >= settings.runsPerChild || resident > settings.idleResidentLimitBytes
        if isShutDown || isWorn || !process.isUsable {
            await process.close()
            leave()
            replace()
        } else {
            idle.append(process)
            leave()
        }
    }

    private func replace() {
        guard replacement == nil, !isShutDown else { return }
        // Unstructured so that no run waits for the next one's child; `shutDown` waits for it.
        replacement = Task {
            // What keeps a child from starting is told to the next run, which tries again.
            try? await startMissing()
            replacement = nil
        }
    }

    private func startMissing() async throws {
        while idle.count + busy < settings.slots, !isShutDown {
            let process = try await DuckDBProcess.start(settings)
            // Others may have started theirs meanwhile.
            if isShutDown || idle.count + busy >= settings.slots {
                await process.close()
            } else {
                idle.append(process)
            }
        }
    }

    // MARK: - For tests

    var idleProcessIDs: [Int32] { idle.map(\.child.processID) }
    var waitingCount: Int { waiting.count }
    func replacementEnded() async { await replacement?.value }
}
