public import Pipeline

/// PostgreSQL as the worker sees it. Errors conform to `TransientError`.
public protocol RunStore: Sendable {
    /// Takes requests in, in the order given; a run that is known already is left as it is (a `submitted` one
    /// becomes claimable). Durable when it returns.
    func accept(_ requests: [RunRequest]) async throws -> [AcceptAnswer]
    /// Makes claimable what was submitted longer ago than the grace period, whether or not its message came.
    func acceptOverdue() async throws -> Int
    /// Takes a workflow in with all its runs, and starts the first of them. A workflow that is known already is left as
    /// it is. Durable when it returns.
    func accept(_ workflow: WorkflowRequest) async throws -> AcceptAnswer
    /// Starts, skips and ends what has to be in workflows whose runs have ended; answers how many runs it started.
    /// Whoever settles a run does this at once: here it is done for those who died in between.
    func advanceWorkflows() async throws -> Int
    func recordDeadLetter(_ letter: DeadLetter) async throws

    /// Announces a worker and takes its liveness lock, which the store holds until `retire` or the process's end.
    func register(_ worker: WorkerRegistration) async throws
    func retire(_ worker: WorkerID) async throws

    /// Up to `limit` runs that are due, each with a new token.
    func claim(_ worker: WorkerID, limit: Int) async throws -> [ClaimedRun]
    /// One statement per worker: counts its renewals up, stores progress, takes back owned runs that are not
    /// named (a claim whose answer was lost), and says which leases are lost and which runs shall be cancelled.
    /// A lease is to be named from the second renewal that begins after its claim was answered, at the latest, until
    /// its settlement has answered. Claims and renewals of a worker may overlap.
    func renew(_ worker: WorkerID, held: [HeldRun]) async throws -> RenewalAnswer
    /// Keeps what attempts have said. Repeated: each message once. Nothing is kept of an attempt that is not under way
    /// any more.
    func note(_ said: [SaidMessages]) async throws
    /// One look at every other live worker: whether its lock is free, and its renewal counter.
    func observeWorkers(except worker: WorkerID) async throws -> [WorkerObservation]
    /// Gives the runs of dead workers back to the queue; sets a run aside whose workers died too often. A worker that
    /// is no longer as it was last observed (it renewed, or its lock is held) is left alone.
    func reclaim(from dead: [WorkerObservation]) async throws -> Int

    /// Stores the report and sets `publishing`, if the lease still holds and no cancel was asked for.
    func decide(_ lease: Lease, _ report: AttemptReport) async throws -> GuardAnswer
    /// Ends the attempt and, with it, the run where the settlement is final; promotes the run behind it.
    func settle(_ lease: Lease, _ settlement: Settlement) async throws -> GuardAnswer

    /// Yields when a run may have become due. May be late or never: callers poll slowly behind it.
    func wakeUps() async -> AsyncStream<Void>
}

public enum AcceptAnswer: Sendable, Hashable {
    case accepted
    /// The same request, delivered or submitted before.
    case known
    /// The run id is taken by a request with other content.
    case conflict
    /// No store can hold it (a NUL character, a text beyond all limits): set it aside, it will never be accepted.
    case refused(reason: String)
}

public struct HeldRun: Sendable {
    public var lease: Lease
    /// 0 to 1.
    public var progress: Double?
    /// `describe`, `execute`, …
    public var phase: String?

    public init(lease: Lease, progress: Double? = nil, phase: String? = nil) {
        self.lease = lease
        self.progress = progress
        self.phase = phase
    }
}

public struct RenewalAnswer: Sendable {
    public var lost: [Lease]
    public var cancelRequested: [Lease]

    public init(lost: [Lease] = [], cancelRequested: [Lease] = []) {
        self.lost = lost
        self.cancelRequested = cancelRequested
    }
}

public struct WorkerObservation: Sendable, Hashable {
    public var id: WorkerID
    /// False while its session-level advisory lock is held.
    public var lockIsFree: Bool
    public var renewals: Int64
    /// Identifies the observer's own database session: a judgement is made within one unbroken session only.
    public var observerSession: Int64

    public init(id: WorkerID, lockIsFree: Bool, renewals: Int64, observerSession: Int64) {
        self.id = id
        self.lockIsFree = lockIsFree
        self.renewals = renewals
        self.observerSession = observerSession
    }
}

/// An error that knows whether the same call may succeed later.
public protocol TransientError: Error {
    var isTransient: Bool { get }
}
