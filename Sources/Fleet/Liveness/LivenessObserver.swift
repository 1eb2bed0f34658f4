/// Decides which other workers are dead, from looks at their locks and renewal counters.
///
/// A judgement needs an unbroken database session of the observer's own, measured by its own monotonic clock: a
/// restart of PostgreSQL frees every lock and stops every counter at once, and must never look like the death of
/// all workers. Two independent grounds: the liveness lock is free (a killed process), or the counter stands still
/// (a paused process, a cut cable). An observer that was itself away begins anew: on a machine that slept, everybody's
/// counter stood still.
public struct LivenessObserver<Instant: InstantProtocol>: Sendable
where Instant.Duration == Duration, Instant: Sendable {
    private struct Watch: Sendable {
        var freeSince: Instant?
        var renewals: Int64
        var renewalsSince: Instant
    }

    private let limits: FleetLimits
    private var session: Int64?
    private var sessionSince: Instant?
    private var lastLook: Instant?
    private var watches: [WorkerID: Watch] = [:]

    public init(limits: FleetLimits) { self.limits = limits }

    /// Takes one look in and returns the observations of workers that are dead.
    public mutating func observe(_ observations: [WorkerObservation], at now: Instant) -> [WorkerObservation] {
        guard let current = observations.first?.observerSession else {
            watches = [:]
            return []
        }
        if session != current {
            session = current
            sessionSince = now
            watches = [:]
        }
        if let lastLook, lastLook.duration(to: now) >= limits.observationGap { watches = [:] }
        lastLook = now
        var seen: [WorkerID: Watch] = [:]
        var dead: [WorkerObservation] = []
        for observation in observations {
            var watch =
                watches[observation.id] ?? Watch(freeSince: nil, renewals: observation.renewals, renewalsSince: now)
            watch.freeSince = observation.lockIsFree ? watch.freeSince ?? now : nil
            if watch.renewals != observation.renewals {
                watch.renewals = observation.renewals
                watch.renewalsSince = now
            }
            seen[observation.id] = watch
            if isDead(watch, at: now) { dead.append(observation) }
        }
        watches = seen
        return dead
    }

    private func isDead(_ watch: Watch, at now: Instant) -> Bool {
        guard let sessionSince else { return false }
        if let freeSince = watch.freeSince, freeSince.duration(to: now) >= limits.lockFreeFor,
            sessionSince.duration(to: now) >= limits.sessionBeforeLockJudgement
        {
            return true
        }
        return watch.renewalsSince.duration(to: now) >= limits.counterStillFor
    }
}
