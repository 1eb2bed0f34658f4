/// One process of the simulation: what it has to run, and what it waits for. Its tasks prefer it as their executor,
/// and so do the tasks that they begin.
final class SimulatedProcess: TaskExecutor, @unchecked Sendable {
    enum Condition { case running, paused, dead }

    /// The process has ended: nothing it does has any effect.
    struct Died: Error {}

    let number: Int
    let schedule: Schedule
    /// Seconds of its clock in a true second.
    let clockRate: Double
    private(set) var condition: Condition = .running
    /// When it was last paused, cut off or otherwise kept from working.
    var troubledAt: Int64 = -.max / 2
    var isCutOff = false {
        didSet { troubledAt = schedule.now }
    }
    /// Most of what it sends is lost, and answers to the rest are slow.
    var isHardlyHeard = false {
        didSet { troubledAt = schedule.now }
    }
    var isDraining = false
    private var roots: [Task<Void, Never>] = []
    private var sleepers: [Int: UnsafeContinuation<Void, any Error>] = [:]
    private var waiting: [Int: () -> Void] = [:]
    private var nextNumber = 0

    init(number: Int, schedule: Schedule, clockRate: Double) {
        self.number = number
        self.schedule = schedule
        self.clockRate = clockRate
    }

    func enqueue(_ job: consuming ExecutorJob) { schedule.add(UnownedJob(job), of: self) }

    var isAlive: Bool { condition != .dead }

    func start(_ body: @escaping @Sendable () async -> Void) {
        roots.append(Task.detached(executorPreference: self) { await body() })
    }

    func pause() {
        guard condition == .running else { return }
        condition = .paused
        schedule.conditionChanged()
    }

    func resume() {
        guard condition == .paused else { return }
        condition = .running
        troubledAt = schedule.now
        schedule.conditionChanged()
    }

    /// Nothing of it runs any more but to unwind: every wait ends with an error.
    func die() {
        guard isAlive else { return }
        condition = .dead
        schedule.conditionChanged()
        for root in roots { root.cancel() }
        for id in sleepers.keys.sorted() { wake(id, CancellationError()) }
        for entry in waiting.sorted(by: { $0.key < $1.key }) { entry.value() }
        waiting = [:]
    }

    /// True microseconds; ends early when the task is cancelled.
    func sleep(_ delay: Int64) async throws {
        guard isAlive, !Task.isCancelled else { throw CancellationError() }
        nextNumber += 1
        let id = nextNumber
        try await withTaskCancellationHandler {
            try await withUnsafeThrowingContinuation { (continuation: UnsafeContinuation<Void, any Error>) in
                guard isAlive, !Task.isCancelled else { return continuation.resume(throwing: CancellationError()) }
                sleepers[id] = continuation
                schedule.after(delay) { self.wake(id, nil) }
            }
        } onCancel: {
            wake(id, CancellationError())
        }
    }

    private func wake(_ id: Int, _ error: (any Error)?) {
        guard let sleeper = sleepers.removeValue(forKey: id) else { return }
        if let error { sleeper.resume(throwing: error) } else { sleeper.resume() }
    }

    /// Waits for an answer from outside, or the process's death. Not ended by cancellation.
    func ask<Answer: Sendable>(_ begin: (Reply<Answer>) -> Void) async throws -> Answer {
        guard isAlive else { throw Died() }
        nextNumber += 1
        let id = nextNumber
        return try await withUnsafeThrowingContinuation { continuation in
            let reply = Reply<Answer>(continuation) { self.waiting[id] = nil }
            waiting[id] = { reply.answer(.failure(Died())) }
            begin(reply)
        }
    }

    /// Waits as long as the delay, whether or not the task is cancelled.
    func stay(_ delay: Int64) async throws {
        try await ask { (reply: Reply<Void>) in schedule.after(delay) { reply.answer(.success(())) } }
    }
}

/// An answer that is awaited; the first one counts.
final class Reply<Answer: Sendable>: @unchecked Sendable {
    private var continuation: UnsafeContinuation<Answer, any Error>?
    private let ended: () -> Void

    init(_ continuation: UnsafeContinuation<Answer, any Error>, ended: @escaping () -> Void) {
        self.continuation = continuation
        self.ended = ended
    }

    func answer(_ result: Result<Answer, any Error>) {
        guard let waiting = continuation else { return }
        continuation = nil
        ended()
        waiting.resume(with: result)
    }
}

/// The monotonic clock of a process: from an origin of its own, a little fast or slow.
struct SimulatedClock: Clock {
    struct Instant: InstantProtocol {
        var micros: Int64

        func advanced(by duration: Duration) -> Instant { Instant(micros: micros + duration.micros) }
        func duration(to other: Instant) -> Duration { .microseconds(other.micros - micros) }
        static func < (left: Instant, right: Instant) -> Bool { left.micros < right.micros }
    }

    let process: SimulatedProcess

    var now: Instant { Instant(micros: Int64(Double(process.schedule.now) * process.clockRate)) }
    var minimumResolution: Duration { .microseconds(1) }

    func sleep(until deadline: Instant, tolerance: Duration?) async throws {
        try await process.sleep(Int64((Double(deadline.micros - now.micros) / process.clockRate).rounded(.up)))
    }
}

extension Duration {
    var micros: Int64 {
        let (seconds, attoseconds) = components
        return seconds * 1_000_000 + attoseconds / 1_000_000_000_000
    }
}
