public import Logging
import Pipeline
import Synchronization

/// Accepts requests, claims runs and takes them to their end, until it is asked to stop.
///
/// The only place where the ports meet. Stopping has two stages: `drain` ends the intake and lets running attempts
/// finish for `drainLimit`; then (or at once with `hurry`) they are stopped and given back.
public final class Worker: Sendable {
    public struct Ports: Sendable {
        public var store: any RunStore
        public var requests: any RequestStream
        public var deadLetters: any RequestSink
        public var engine: any Engine
        public var publisher: any Publisher

        public init(
            store: any RunStore, requests: any RequestStream, deadLetters: any RequestSink, engine: any Engine,
            publisher: any Publisher
        ) {
            self.store = store
            self.requests = requests
            self.deadLetters = deadLetters
            self.engine = engine
            self.publisher = publisher
        }
    }

    private let registration: WorkerRegistration
    private let ports: Ports
    private let limits: FleetLimits
    private let clock: MonotonicClock
    private let jitter: @Sendable () -> Double
    private let logger: Logger

    private let draining = Signal()
    private let hurrying = Signal()
    private let idle = Signal()
    private let bell: AsyncStream<Void>
    private let ring: AsyncStream<Void>.Continuation
    /// In the order of their claims.
    private let attempts = Mutex<[AttemptControl]>([])
    private let trust: Mutex<LeaseTrust<MonotonicClock.Instant>>
    private let renewalsUnderWay = Mutex(0)
    private let isTelling = Mutex(false)

    /// `jitter` answers numbers in 0..<1.
    public init(
        registration: WorkerRegistration, ports: Ports, limits: FleetLimits, logger: Logger,
        clock: MonotonicClock = MonotonicClock(), jitter: @escaping @Sendable () -> Double = { .random(in: 0..<1) }
    ) {
        self.registration = registration
        self.ports = ports
        self.limits = limits
        self.clock = clock
        self.jitter = jitter
        var logger = logger
        logger[metadataKey: "worker_id"] = "\(registration.id)"
        self.logger = logger
        (bell, ring) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        trust = Mutex(LeaseTrust(length: limits.leaseTrust, sentAt: clock.now))
    }

    /// First stage of stopping: no new work.
    public func drain() {
        draining.raise()
        ring.yield()
    }

    /// Second stage: running attempts are stopped and given back to the queue.
    public func hurry() {
        drain()
        hurrying.raise()
    }

    /// Returns when the worker has drained; throws only when it could not register.
    public func run() async throws {
        let sentAt = clock.now
        try await ports.store.register(registration)
        trust.withLock { $0.renewed(sentAt: sentAt) }
        logger.info("worker started", metadata: ["slots": "\(limits.slots)", "host": "\(registration.host)"])
        await withTaskGroup(of: Void.self) { upkeep in
            upkeep.addTask { await self.keepRenewing() }
            upkeep.addTask { await self.watchTrust() }
            upkeep.addTask { await self.observeOthers() }
            // Renewals outlast what takes work in: it may be waiting for a last answer.
            await withTaskGroup(of: Void.self) { intake in
                intake.addTask { await self.untilDrain { await self.takeRequests() } }
                intake.addTask { await self.untilDrain { await self.takeOverdue() } }
                intake.addTask { await self.untilDrain { await self.forwardWakeUps() } }
                intake.addTask {
                    await self.untilDrain { await self.every(self.limits.claimPoll) { self.ring.yield() } }
                }
                await self.work()
                intake.cancelAll()
            }
            upkeep.cancelAll()
        }
        await retire()
    }

    // MARK: Attempts

    /// Claims and runs until draining begins; returns when the last attempt has ended.
    private func work() async {
        await withDiscardingTaskGroup { group in
            for await _ in bell {
                if draining.isRaised { break }
                for claimed in await claim() {
                    // Not after a long pause: renewals, which do not name the run, give it back.
                    guard trust.withLock({ $0.holds(at: clock.now) }) else { continue }
                    let control = AttemptControl(lease: claimed.lease)
                    attempts.withLock { $0.append(control) }
                    group.addTask { await self.perform(claimed, control: control) }
                }
            }
            await self.letAttemptsFinish()
        }
    }

    private func claim() async -> [ClaimedRun] {
        let free = limits.slots - attempts.withLock { $0.count(where: \.takesSlot) }
        guard free > 0, trust.withLock({ $0.holds(at: clock.now) }) else { return [] }
        do {
            return try await ports.store.claim(registration.id, limit: free)
        } catch {
            // The claim may have happened: renewals, which do not name its runs, give them back.
            logger.warning("claim failed", metadata: ["error": "\(error)"])
            return []
        }
    }

    private func perform(_ claimed: ClaimedRun, control: AttemptControl) async {
        var logger = logger
        logger[metadataKey: "run_id"] = "\(claimed.lease.runID)"
        logger[metadataKey: "attempt"] = "\(claimed.lease.attempt)"
        logger[metadataKey: "pipeline"] = "\(claimed.request.pipelineName)"
        logger.info("attempt started")
        let runner = AttemptRunner(
            store: ports.store, engine: ports.engine, publisher: ports.publisher, limits: limits, clock: clock,
            jitter: jitter, slotIsFree: { self.ring.yield() })
        await runner.run(claimed, control: control, logger: logger)
        let isLast = attempts.withLock { attempts in
            attempts.removeAll { $0 === control }
            return attempts.isEmpty
        }
        if isLast, draining.isRaised { idle.raise() }
        ring.yield()
    }

    private func letAttemptsFinish() async {
        let running = attempts.withLock(\.count)
        guard running > 0 else { return }
        logger.info("draining", metadata: ["running": "\(running)", "limit": "\(limits.drainLimit)"])
        await firstOf(
            { await self.idle.wait() },
            { await self.hurrying.wait() },
            // Cancelled when one of the others comes first.
            { try? await self.clock.sleep(for: self.limits.drainLimit) })
        stopAttempts(.shutdown)
    }

    private func stopAttempts(_ reason: AttemptControl.StopReason) {
        for control in attempts.withLock(\.self) { control.stop(reason) }
    }

    // MARK: Liveness

    /// Sends a renewal each interval, also while an earlier one has not been answered: one hung connection must not
    /// cost the leases.
    private func keepRenewing() async {
        await withDiscardingTaskGroup { group in
            while !Task.isCancelled {
                let mayGo = renewalsUnderWay.withLock { count in
                    guard count < Self.renewalLimit else { return false }
                    count += 1
                    return true
                }
                if mayGo {
                    group.addTask {
                        await self.renew()
                        self.renewalsUnderWay.withLock { $0 -= 1 }
                    }
                }
                if let said = messagesToTell() { group.addTask { await self.tell(said) } }
                // Cancelled at the end: the loop's condition ends it.
                try? await clock.sleep(for: limits.renewalInterval)
            }
        }
    }

    /// Beside the renewals, which never wait for it. nil: nothing is new, or the last ones are still under way.
    private func messagesToTell() -> [(control: AttemptControl, said: SaidMessages)]? {
        let unsaid = attempts.withLock(\.self).compactMap { control in
            control.unsaid.map { (control: control, said: $0) }
        }
        guard !unsaid.isEmpty else { return nil }
        return isTelling.withLock { isTelling in
            defer { isTelling = true }
            return isTelling ? nil : unsaid
        }
    }

    private func tell(_ told: [(control: AttemptControl, said: SaidMessages)]) async {
        do {
            try await ports.store.note(told.map(\.said))
            for (control, said) in told { control.hasSaid(said) }
        } catch {
            // They are sent again with the next ones.
            logger.warning("messages of attempts are not kept yet", metadata: ["error": "\(error)"])
        }
        isTelling.withLock { $0 = false }
    }

    private static let renewalLimit = 3

    private func renew() async {
        let sentAt = clock.now
        do {
            let held = attempts.withLock { $0.map(\.held) }
            let answer = try await ports.store.renew(registration.id, held: held)
            trust.withLock { $0.renewed(sentAt: sentAt) }
            for control in attempts.withLock(\.self) {
                if answer.lost.contains(control.lease) { control.stop(.leaseLost) }
                if answer.cancelRequested.contains(control.lease) { control.stop(.cancelRequested) }
            }
        } catch {
            logger.warning("renewal failed", metadata: ["error": "\(error)"])
        }
    }

    /// Stops the attempts when trust runs out, whatever the renewals are waiting for.
    private func watchTrust() async {
        while !Task.isCancelled {
            let remaining = trust.withLock { $0.remaining(at: clock.now) }
            if remaining <= .zero {
                let running = attempts.withLock(\.count)
                if running > 0 { logger.error("leases no longer trusted", metadata: ["running": "\(running)"]) }
                stopAttempts(.leaseLost)
            }
            // Cancelled at the end: the loop's condition ends it.
            try? await clock.sleep(for: remaining > .zero ? remaining : limits.renewalInterval)
        }
    }

    private func observeOthers() async {
        var observer = LivenessObserver<MonotonicClock.Instant>(limits: limits)
        while !Task.isCancelled {
            do {
                let seen = try await ports.store.observeWorkers(except: registration.id)
                let dead = observer.observe(seen, at: clock.now)
                if !dead.isEmpty {
                    let runs = try await ports.store.reclaim(from: dead)
                    logger.warning(
                        "workers judged dead",
                        metadata: ["workers": "\(dead.map(\.id.description))", "runs_given_back": "\(runs)"])
                    ring.yield()
                }
            } catch {
                logger.warning("observing other workers failed", metadata: ["error": "\(error)"])
            }
            // Cancelled at shutdown: the loop's condition ends it.
            try? await clock.sleep(for: limits.observationInterval)
        }
    }

    // MARK: Taking work in

    private func takeRequests() async {
        let intake = Intake(store: ports.store, deadLetters: ports.deadLetters, logger: logger)
        let patience = Mutex(Patience(limits))
        while !Task.isCancelled {
            do {
                try await ports.requests.consume { messages in
                    try await intake.accept(messages)
                    patience.withLock { $0.reset() }
                    self.ring.yield()
                }
            } catch is CancellationError {
                return
            } catch {
                let wait = patience.withLock { $0.wait() }
                logger.error(
                    "taking requests failed; trying again", metadata: ["error": "\(error)", "wait": "\(wait)"])
                // Cancelled when draining begins: the loop's condition ends it.
                try? await clock.sleep(for: wait)
            }
        }
    }

    private func takeOverdue() async {
        await every(limits.overdueInterval) {
            do {
                if try await self.ports.store.acceptOverdue() > 0 { self.ring.yield() }
                if try await self.ports.store.advanceWorkflows() > 0 { self.ring.yield() }
            } catch {
                self.logger.warning("looking for overdue runs failed", metadata: ["error": "\(error)"])
            }
        }
    }

    private func forwardWakeUps() async {
        for await _ in await ports.store.wakeUps() { ring.yield() }
    }

    // MARK: The end

    private func retire() async {
        do {
            try await ports.store.retire(registration.id)
            logger.info("worker stopped")
        } catch {
            // Others see the lock free and the counter still, and take what is left.
            logger.warning("retiring failed", metadata: ["error": "\(error)"])
        }
    }

    private func every(_ interval: Duration, _ action: () async -> Void) async {
        while !Task.isCancelled {
            await action()
            // Cancelled at the end: the loop's condition ends it.
            try? await clock.sleep(for: interval)
        }
    }

    private func untilDrain(_ operation: @escaping @Sendable () async -> Void) async {
        await firstOf(operation, { await self.draining.wait() })
    }

    /// Runs all, and cancels the others when the first has ended.
    private func firstOf(_ operations: (@Sendable () async -> Void)...) async {
        await withTaskGroup(of: Void.self) { group in
            for operation in operations { group.addTask { await operation() } }
            await group.next()
            group.cancelAll()
        }
    }
}
