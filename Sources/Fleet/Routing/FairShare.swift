import Synchronization

/// An amount of something that runs take parts of: bytes of memory, places on Spark.
///
/// Who asks first is served first, so that no stream of small runs keeps a large one waiting for ever. Who asks for more
/// than there is gets all of it, alone.
public final class FairShare: Sendable {
    private struct Waiter {
        var id: Int
        var amount: Int64
        var continuation: CheckedContinuation<Void, any Error>
    }

    private struct State {
        var used: Int64 = 0
        var nextID = 0
        /// Longest first.
        var waiting: [Waiter] = []
        /// Cancelled before they began to wait.
        var cancelled: Set<Int> = []
    }

    public let total: Int64
    private let state = Mutex(State())

    public init(_ total: Int64) { self.total = max(1, total) }

    /// What is held at the moment, and how many wait.
    public var used: Int64 { state.withLock(\.used) }
    public var waitingCount: Int { state.withLock(\.waiting.count) }

    /// Returns with so much, or all there is if that is less; to be given back with `release` of the answer. Throws
    /// `CancellationError` when the task is cancelled, with nothing taken.
    public func acquire(_ amount: Int64) async throws -> Int64 {
        try Task.checkCancellation()
        let amount = min(max(1, amount), total)
        let id: Int? = state.withLock { state in
            if state.waiting.isEmpty, state.used + amount <= total {
                state.used += amount
                return nil
            }
            state.nextID += 1
            return state.nextID
        }
        guard let id else { return amount }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                let (isCancelled, ready) = state.withLock { state in
                    if state.cancelled.remove(id) != nil { return (true, [Waiter]()) }
                    state.waiting.append(Waiter(id: id, amount: amount, continuation: continuation))
                    // What was held may have been given back since.
                    return (false, admit(&state))
                }
                if isCancelled { continuation.resume(throwing: CancellationError()) }
                for waiter in ready { waiter.continuation.resume() }
            }
        } onCancel: {
            let (waiter, ready) = state.withLock { state -> (Waiter?, [Waiter]) in
                guard let index = state.waiting.firstIndex(where: { $0.id == id }) else {
                    state.cancelled.insert(id)
                    return (nil, [])
                }
                let waiter = state.waiting.remove(at: index)
                // It may have been the one that all others waited behind.
                return (waiter, admit(&state))
            }
            waiter?.continuation.resume(throwing: CancellationError())
            for waiter in ready { waiter.continuation.resume() }
        }
        // A cancel that came after the admission found nobody waiting.
        state.withLock { _ = $0.cancelled.remove(id) }
        return amount
    }

    public func release(_ amount: Int64) {
        let ready = state.withLock { state in
            state.used = max(0, state.used - amount)
            return admit(&state)
        }
        for waiter in ready { waiter.continuation.resume() }
    }

    /// Those whose turn it is, in order, up to the first that has to wait on.
    private func admit(_ state: inout State) -> [Waiter] {
        var ready: [Waiter] = []
        while let first = state.waiting.first, state.used + first.amount <= total {
            state.used += first.amount
            ready.append(state.waiting.removeFirst())
        }
        return ready
    }
}
