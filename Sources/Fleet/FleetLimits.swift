/// Every bound of the fleet, with its unit and its relation to the others.
public struct FleetLimits: Sendable, Hashable {
    /// Runs that a worker executes at once.
    public var slots = 2
    /// Requests accepted into the store by one statement.
    public var acceptBatch = 500
    /// Time between two renewals of a worker.
    public var renewalInterval: Duration = .seconds(2)
    /// How long a worker believes in its leases after the moment *before* its last answered renewal was sent.
    public var leaseTrust: Duration = .seconds(11)
    /// Time between two looks at the other workers.
    public var observationInterval: Duration = .milliseconds(500)
    /// How long an observer's own database session must have lasted before it may judge by the lock.
    public var sessionBeforeLockJudgement: Duration = .seconds(10)
    /// A free lock seen twice, this far apart, means death.
    public var lockFreeFor: Duration = .seconds(1)
    /// A renewal counter that stands still for so long, within one session of the observer, means death.
    public var counterStillFor: Duration = .seconds(15)
    /// How soon after the store answers again a living worker has its standing connection, and with it its lock, again.
    public var reconnectLimit: Duration = .seconds(6)
    /// The slow poll behind wake-ups: the longest time a due run waits when every notification is lost.
    public var claimPoll: Duration = .seconds(1)
    /// Time between two looks for submitted runs whose message never came.
    public var overdueInterval: Duration = .seconds(1)
    /// How long running attempts may go on after the first request to stop.
    public var drainLimit: Duration = .seconds(30)
    /// Waits between tries of a statement or move that failed: from here, doubled, up to `patienceCap`.
    public var patienceStart: Duration = .milliseconds(100)
    public var patienceCap: Duration = .seconds(15)
    /// Backoff of transient failures of runs.
    public var retry = RetryPolicy()
    /// Deaths of workers with one run.
    public var deaths = DeathPolicy()

    public init() {}

    /// An observer that did not look for so long has seen nothing in between.
    public var observationGap: Duration { counterStillFor / 3 }
    /// The longest time until others notice that a worker's process has ended.
    public var deathNoticedWithin: Duration { lockFreeFor + observationInterval * 2 }
    /// The longest time until others notice that a worker is paused or cut off.
    public var silenceNoticedWithin: Duration { counterStillFor + observationInterval * 2 }

    /// What is wrong with the relations between limits; empty when all hold.
    public func problems() -> [String] {
        var found: [String] = []
        func require(_ holds: Bool, _ sentence: String) { if !holds { found.append(sentence) } }
        require((1...1024).contains(slots), "slots must be between 1 and 1024")
        require((1...10_000).contains(acceptBatch), "the accept batch must be between 1 and 10000 requests")
        for (name, value) in [
            ("renewal interval", renewalInterval), ("observation interval", observationInterval),
            ("claim poll", claimPoll), ("overdue interval", overdueInterval), ("patience start", patienceStart),
        ] {
            require(value > .zero, "the \(name) must be longer than nothing")
        }
        require(
            leaseTrust >= renewalInterval * 3,
            "lease trust (\(leaseTrust)) must hold three renewals (\(renewalInterval) each), so that two may fail")
        require(
            leaseTrust + renewalInterval <= counterStillFor,
            "a worker must stop trusting its leases (\(leaseTrust)) a renewal before others judge it by its counter (\(counterStillFor))"
        )
        require(
            lockFreeFor >= observationInterval,
            "a lock must be seen free twice: for at least (\(lockFreeFor)) the observation interval (\(observationInterval))"
        )
        require(
            sessionBeforeLockJudgement >= reconnectLimit + lockFreeFor,
            "others must not judge by a lock (\(sessionBeforeLockJudgement) after their own connection) before a living worker has its own connection back (\(reconnectLimit)) and its lock is seen free (\(lockFreeFor)), or a restart of the store looks like everybody's death"
        )
        require(
            observationInterval * 2 < observationGap,
            "observers must look (every \(observationInterval)) more often than what counts as not looking (\(observationGap))"
        )
        require(drainLimit >= .zero, "the drain limit must not be negative")
        require(patienceStart <= patienceCap, "patience must start below its cap")
        return found + retry.problems() + deaths.problems()
    }
}
