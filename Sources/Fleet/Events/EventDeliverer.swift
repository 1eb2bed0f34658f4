public import Logging
import Pipeline

/// Brings events from the outbox to their receivers: each at least once, those of one run in order.
public struct EventDeliverer: Sendable {
    private let outbox: any EventOutbox
    private let receivers: [any EventReceiver]
    private let builder: EventBuilder
    private let worker: WorkerID
    private let limits: Limits
    private let clock: MonotonicClock
    private let logger: Logger

    public struct Limits: Sendable {
        /// Between two looks at an outbox that was empty.
        public var pause = Duration.seconds(1)
        public var batch = 100
        /// Runs whose events are under way at the same time.
        public var parallel = 8
        public var runningEvery = Duration.seconds(60)
        /// Between two looks for long runs and at the outbox's size.
        public var tendEvery = Duration.seconds(10)
        /// Events that may wait; beyond it the oldest are forgotten.
        public var most = 1_000_000
        public var firstDelay = Duration.seconds(1)
        public var longestDelay = Duration.seconds(300)

        public init() {}
    }

    public init(
        outbox: any EventOutbox, receivers: [any EventReceiver], builder: EventBuilder, worker: WorkerID,
        limits: Limits = Limits(), clock: MonotonicClock = MonotonicClock(), logger: Logger
    ) {
        self.outbox = outbox
        self.receivers = receivers
        self.builder = builder
        self.worker = worker
        self.limits = limits
        self.clock = clock
        self.logger = logger
    }

    /// Until the task is cancelled.
    public func run() async {
        var tended: MonotonicClock.Instant?
        while !Task.isCancelled {
            do {
                let now = clock.now
                if tended.map({ $0.duration(to: now) >= limits.tendEvery }) ?? true {
                    tended = now
                    try await tend()
                }
                if try await deliverBatch() > 0 { continue }
            } catch {
                // The outbox is the store's: it keeps what was not delivered.
                logger.warning("delivering lineage events failed", metadata: ["error": "\(error)"])
            }
            // Cancelled at the end: the loop's condition ends it.
            try? await clock.sleep(for: limits.pause)
        }
    }

    private func tend() async throws {
        let forgotten = try await outbox.tendEvents(worker, runningEvery: limits.runningEvery, most: limits.most)
        guard forgotten > 0 else { return }
        logger.error(
            "lineage events forgotten: too many waited for their receiver", metadata: ["events": "\(forgotten)"])
    }

    /// How many events came.
    public func deliverBatch() async throws -> Int {
        let pending = try await outbox.takeEvents(worker, limit: limits.batch)
        guard !pending.isEmpty else { return 0 }
        var runs: [[PendingEvent]] = []
        var places: [RunID: Int] = [:]
        for event in pending {
            if let place = places[event.facts.id] {
                runs[place].append(event)
            } else {
                places[event.facts.id] = runs.count
                runs.append([event])
            }
        }
        let outcome = await deliver(runs)
        if !outcome.done.isEmpty { try await outbox.removeEvents(outcome.done) }
        if !outcome.postponed.isEmpty { try await outbox.postponeEvents(outcome.postponed) }
        return pending.count
    }

    private struct Outcome: Sendable {
        var done: [Int64] = []
        var postponed: [PostponedEvent] = []
    }

    private func deliver(_ runs: [[PendingEvent]]) async -> Outcome {
        await withTaskGroup(of: Outcome.self) { group in
            var waiting = runs[...]
            for _ in 0..<limits.parallel {
                guard let run = waiting.popFirst() else { break }
                group.addTask { await self.deliver(ofOneRun: run) }
            }
            var whole = Outcome()
            while let outcome = await group.next() {
                whole.done += outcome.done
                whole.postponed += outcome.postponed
                if let run = waiting.popFirst() { group.addTask { await self.deliver(ofOneRun: run) } }
            }
            return whole
        }
    }

    private func deliver(ofOneRun events: [PendingEvent]) async -> Outcome {
        var outcome = Outcome()
        for event in events {
            let run = event.facts.id
            let outgoing = OutgoingEvent(
                runID: run, kind: event.kind,
                json: builder.event(event.kind, at: event.occurredAt, of: event.facts).line)
            do {
                for receiver in receivers { try await receiver.deliver(outgoing) }
                outcome.done.append(event.id)
            } catch is CancellationError {
                return outcome
            } catch {
                let metadata: Logger.Metadata = [
                    "run_id": "\(run)", "event": "\(event.kind.rawValue)", "error": "\(error)",
                ]
                if let known = error as? any TransientError, !known.isTransient {
                    // Sent again, it would be refused again, and hold up what comes after it.
                    logger.error("a lineage event was refused and is given up", metadata: metadata)
                    outcome.done.append(event.id)
                    continue
                }
                logger.warning("a lineage event was not delivered; trying again", metadata: metadata)
                outcome.postponed.append(
                    PostponedEvent(id: event.id, delay: delay(after: event.tries), reason: "\(error)"))
                return outcome
            }
        }
        return outcome
    }

    /// Doubled each time.
    private func delay(after tries: Int) -> Duration {
        min(limits.longestDelay, limits.firstDelay * (1 << min(max(tries, 0), 16)))
    }
}
