import Fleet
import Foundation
import Synchronization

/// Which claims of this process have been answered: a renewal may only miss runs of claims that its caller has heard
/// of, and had the time of one renewal to name.
///
/// Serials grow within the process and, by the clock, from one process to the next.
final class ClaimLedger: Sendable {
    private struct Entry {
        var underWay: Set<Int64> = []
        /// The last serial up to which every claim had been answered when the last renewal began.
        var answered: Int64 = 0
        /// Claims that were given runs.
        var given = 0
    }

    private struct State {
        var last: Int64
        var entries: [WorkerID: Entry] = [:]
    }

    private let state = Mutex(State(last: Int64(Date().timeIntervalSince1970 * 1_000_000)))

    func begin(_ worker: WorkerID) -> Int64 {
        state.withLock { state in
            state.last += 1
            state.entries[worker, default: Entry()].underWay.insert(state.last)
            return state.last
        }
    }

    /// One in so many claims that are given runs looks at how long runs have waited, not at their priority: low ones
    /// get a share, however many high ones come.
    private static let shareOfAge = 8

    func isTurnOfAge(_ worker: WorkerID) -> Bool {
        state.withLock { ($0.entries[worker]?.given ?? 0) % Self.shareOfAge == Self.shareOfAge - 1 }
    }

    func countClaim(_ worker: WorkerID) { state.withLock { $0.entries[worker]?.given += 1 } }

    /// Also when the answer never came: should the claim take effect later, a later renewal misses its runs.
    func end(_ worker: WorkerID, _ serial: Int64) {
        state.withLock { _ = $0.entries[worker]?.underWay.remove(serial) }
    }

    /// The last claim of which the renewal that begins now must name the runs: it and all before it had been answered
    /// when the renewal before this one began.
    func renewalBegins(_ worker: WorkerID) -> Int64 {
        state.withLock { state in
            let entry = state.entries[worker, default: Entry()]
            state.entries[worker, default: Entry()].answered = (entry.underWay.min() ?? state.last + 1) - 1
            return entry.answered
        }
    }

    func forget(_ worker: WorkerID) { state.withLock { $0.entries[worker] = nil } }
}
