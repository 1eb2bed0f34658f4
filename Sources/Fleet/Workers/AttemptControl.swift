import Synchronization

/// The handle by which the worker stops one running attempt and reads its progress.
final class AttemptControl: Sendable {
    enum StopReason: Sendable {
        /// The worker shuts down: the run goes back to the queue.
        case shutdown
        case cancelRequested
        /// Somebody else may be working on the run: write nothing.
        case leaseLost
        case timeout
    }

    private struct State {
        var reason: StopReason?
        var execution: Task<AttemptReport, any Error>?
        var progress: AttemptProgress?
    }

    let lease: Lease
    private let state = Mutex(State())

    init(lease: Lease) { self.lease = lease }

    /// The first reason wins, except that a lost lease overrides: it forbids writing.
    func stop(_ reason: StopReason) {
        let execution = state.withLock { state in
            if state.reason == nil || reason == .leaseLost { state.reason = reason }
            return state.execution
        }
        execution?.cancel()
    }

    var stopReason: StopReason? { state.withLock(\.reason) }

    /// Makes `execution` the thing that `stop` cancels; one that comes too late is cancelled at once.
    func began(_ execution: Task<AttemptReport, any Error>) {
        let isStopped = state.withLock { state in
            state.execution = execution
            return state.reason != nil
        }
        if isStopped { execution.cancel() }
    }

    func report(_ progress: AttemptProgress) { state.withLock { $0.progress = progress } }

    var held: HeldRun {
        state.withLock { HeldRun(lease: lease, progress: $0.progress?.fraction, phase: $0.progress?.phase) }
    }
}
