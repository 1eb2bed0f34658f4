import Synchronization

/// The wait for one message's delivery report. Settled once, by the report, by a refusal or by cancellation,
/// whichever comes first; the others find nothing left to do.
final class PendingDelivery: Sendable {
    private enum State {
        /// Goes to `waiting`, or to `settled` when the task was cancelled before it waited.
        case created
        /// Goes to `settled`.
        case waiting(CheckedContinuation<Void, any Error>)
        case settled
    }

    private let state = Mutex(State.created)
    private let loans: LoanCount

    init(_ loans: LoanCount) { self.loans = loans }

    /// False when the task was cancelled before: `continuation` has been resumed and nothing must be sent.
    func wait(_ continuation: CheckedContinuation<Void, any Error>) -> Bool {
        let isCancelled = state.withLock { state in
            switch state {
            case .created:
                state = .waiting(continuation)
                return false
            case .waiting, .settled:
                return true
            }
        }
        if isCancelled { continuation.resume(throwing: CancellationError()) }
        return !isCancelled
    }

    func settle(_ error: QueueError?) { end(error) }

    /// The message may still be delivered: its report then finds nobody.
    func cancel() { end(CancellationError()) }

    private func end(_ error: (any Error)?) {
        let continuation: CheckedContinuation<Void, any Error>? = state.withLock { state in
            defer { state = .settled }
            if case .waiting(let continuation) = state { return continuation }
            return nil
        }
        if let error { continuation?.resume(throwing: error) } else { continuation?.resume() }
    }

    /// Lends this object to librdkafka as a message's opaque pointer.
    ///
    /// The loan ends in `reclaim(_:)`, which runs exactly once: in the delivery report when the message was
    /// accepted, or at the call site when it was refused and no report will come.
    func lend() -> UnsafeMutableRawPointer {
        loans.change(by: 1)
        return Unmanaged.passRetained(self).toOpaque()
    }

    static func reclaim(_ loan: UnsafeMutableRawPointer) -> PendingDelivery {
        let delivery = Unmanaged<PendingDelivery>.fromOpaque(loan).takeRetainedValue()
        delivery.loans.change(by: -1)
        return delivery
    }
}

/// How many messages librdkafka still owes a report for.
final class LoanCount: Sendable {
    private let count = Atomic<Int>(0)

    var outstanding: Int { count.load(ordering: .sequentiallyConsistent) }

    fileprivate func change(by difference: Int) { count.add(difference, ordering: .sequentiallyConsistent) }
}
