import Foundation
import Synchronization

/// What was done to whom and when, and what was lost by it; seconds since 1970, this machine's clock being the
/// database's too.
final class Disturbances: Sendable {
    struct Kill: Sendable {
        var worker: Int
        var time: Double
        var runs: [String]
        /// Workers that were in session long enough to judge it.
        var observers: [Int]
    }

    private struct State {
        var counts: [Fault: Int] = [:]
        var spans: [(worker: Int?, from: Double, to: Double)] = []
        var kills: [Kill] = []
    }

    private let state = Mutex(State())

    static var now: Double { Date().timeIntervalSince1970 }

    func count(_ fault: Fault) { state.withLock { $0.counts[fault, default: 0] += 1 } }

    /// `worker` nil: all of them.
    func disturbed(_ worker: Int?, from: Double, to: Double = now) {
        state.withLock { $0.spans.append((worker, from, to)) }
    }

    func killed(_ kill: Kill) { state.withLock { $0.kills.append(kill) } }

    var counts: [Fault: Int] { state.withLock { $0.counts } }
    var total: Int { counts.values.reduce(0, +) }

    /// Kills that another worker could judge at once, and was left alone to judge for three seconds.
    var observedKills: [Kill] {
        state.withLock { state in
            state.kills.filter { kill in
                kill.observers.contains { other in
                    other != kill.worker
                        && !state.spans.contains {
                            ($0.worker ?? other) == other && $0.from <= kill.time + 3 && $0.to >= kill.time - 0.5
                        }
                }
            }
        }
    }
}
