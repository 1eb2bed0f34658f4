import Foundation
import Pipeline

/// A few connections, lent one caller at a time, in the order of asking.
///
/// A connection that broke is replaced when it is needed next. While the server can't be reached, callers are told so
/// at once, with the error of the last attempt, until the backoff is over: patience belongs to them.
actor Pool {
    private let settings: StoreSettings
    /// Last in, first out: what is not needed grows old at the bottom.
    private var idle: [Connection] = []
    /// Lent, idle or being opened; at most `settings.poolSize`.
    private var count = 0
    private var waiters: [Waiter] = []
    private var nextWaiter = 0
    private var backoff = Backoff()
    private var refusal: (until: ContinuousClock.Instant, error: StoreError)?
    private var isClosed = false
    private var drained: [CheckedContinuation<Void, Never>] = []

    private struct Waiter {
        var id: Int
        /// Resumed with a connection, or with nil when it shall look again.
        var continuation: CheckedContinuation<Result<Connection?, StoreError>, Never>
    }

    init(_ settings: StoreSettings) { self.settings = settings }

    /// Lends a connection to `body`, which runs on its lane without suspending.
    nonisolated func use<T: Sendable>(
        _ operation: String, run: RunID? = nil,
        _ body: @escaping @Sendable (isolated Connection) throws(StoreError) -> T
    ) async throws(StoreError) -> T {
        let connection: Connection
        do {
            connection = try await acquire()
        } catch {
            throw error.naming(operation, run)
        }
        do {
            let value = try await connection.run(operation, run: run, body)
            await giveBack(connection)
            return value
        } catch {
            await giveBack(connection)
            throw error
        }
    }

    /// Lends nothing from now on, and returns when every connection is closed. A statement under way may end first.
    func close() async {
        isClosed = true
        let closing = idle
        idle = []
        for waiter in waiters { waiter.continuation.resume(returning: .success(nil)) }
        waiters = []
        for connection in closing { await connection.close() }
        count -= closing.count
        guard count > 0 else { return }
        await withCheckedContinuation { drained.append($0) }
    }

    private func acquire() async throws(StoreError) -> Connection {
        let deadline = ContinuousClock.now + settings.acquireLimit
        while true {
            guard !isClosed else {
                throw StoreError(.refused, operation: "", message: "the connections to the store are closed")
            }
            if let connection = idle.popLast() {
                if await connection.looksAlive() { return connection }
                await forget(connection)
                continue
            }
            if count < settings.poolSize { return try await open() }
            if let connection = try await wait(until: deadline).get() { return connection }
        }
    }

    private func open() async throws(StoreError) -> Connection {
        if let refusal, refusal.until > .now { throw refusal.error }
        count += 1
        do {
            let connection = try await Connection.open(settings)
            refusal = nil
            backoff.reset()
            return connection
        } catch {
            refusal = (.now + backoff.next(), error)
            lost(1)
            throw error
        }
    }

    private func giveBack(_ connection: Connection) async {
        if await connection.isBroken || isClosed { return await forget(connection) }
        // No await between the check and the hand-over: `isClosed` is read after the last one.
        if waiters.isEmpty {
            idle.append(connection)
        } else {
            waiters.removeFirst().continuation.resume(returning: .success(connection))
        }
    }

    private func forget(_ connection: Connection) async {
        await connection.close()
        lost(1)
    }

    private func lost(_ number: Int) {
        count -= number
        // Room for a new connection: whoever waits longest may open it.
        if !waiters.isEmpty { waiters.removeFirst().continuation.resume(returning: .success(nil)) }
        guard isClosed, count == 0 else { return }
        for continuation in drained { continuation.resume() }
        drained = []
    }

    private func wait(until deadline: ContinuousClock.Instant) async -> Result<Connection?, StoreError> {
        nextWaiter += 1
        let id = nextWaiter
        // Unstructured, because it must be able to end the wait; cancelled as soon as the wait is over.
        let timer = Task {
            // Cancelled when the wait is over: then there is nobody to give up.
            try? await Task.sleep(until: deadline)
            giveUp(
                id,
                StoreError(
                    .contention, operation: "",
                    message: "no connection became free within \(settings.acquireLimit); all "
                        + "\(settings.poolSize) are in use"))
        }
        defer { timer.cancel() }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                guard !Task.isCancelled else {
                    return continuation.resume(
                        returning: .failure(StoreError(.interrupted, operation: "", message: "cancelled by its caller"))
                    )
                }
                waiters.append(Waiter(id: id, continuation: continuation))
            }
        } onCancel: {
            // A handler can't wait; the hand-over and the giving up meet in this actor.
            Task { await giveUp(id, StoreError(.interrupted, operation: "", message: "cancelled by its caller")) }
        }
    }

    private func giveUp(_ id: Int, _ error: StoreError) {
        guard let index = waiters.firstIndex(where: { $0.id == id }) else { return }
        waiters.remove(at: index).continuation.resume(returning: .failure(error))
    }
}
