import Foundation
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
        var progress: AttemptProgress?
        var hasOwnPlace = false
        var log = MessageLog()
    }

    let lease: Lease
    private let state = Mutex(State())
    private let stopped = Signal()

    init(lease: Lease) { self.lease = lease }

    /// The first reason wins, except that a lost lease overrides: it forbids writing.
    func stop(_ reason: StopReason) {
        state.withLock { state in
            if state.reason == nil || reason == .leaseLost { state.reason = reason }
        }
        stopped.raise()
    }

    var stopReason: StopReason? { state.withLock(\.reason) }

    /// Returns when the attempt is to stop, or the task is cancelled.
    func untilStopped() async { await stopped.wait() }

    /// Whether the attempt left its slot by this.
    @discardableResult
    func report(_ progress: AttemptProgress) -> Bool {
        state.withLock { state in
            state.progress = progress
            state.log.note(progress, at: Date())
            guard progress.hasOwnPlace, !state.hasOwnPlace else { return false }
            state.hasOwnPlace = true
            return true
        }
    }

    /// Whether it takes one of the worker's slots.
    var takesSlot: Bool { state.withLock { !$0.hasOwnPlace } }

    /// What has not arrived in the store yet; nil: nothing.
    var unsaid: SaidMessages? {
        let unsent = state.withLock(\.log.unsent)
        return unsent.isEmpty ? nil : SaidMessages(lease: lease, messages: unsent)
    }

    /// Whether there is something among it that must not be lost with a short attempt.
    var hasWords: Bool { state.withLock(\.log.hasWords) }

    func hasSaid(_ said: SaidMessages) {
        guard let last = said.messages.last?.ordinal else { return }
        state.withLock { $0.log.sent(upTo: last) }
    }

    var held: HeldRun {
        state.withLock { HeldRun(lease: lease, progress: $0.progress?.fraction, phase: $0.progress?.phase) }
    }
}
