import Foundation
public import Logging
import Pipeline
import Synchronization

/// Turns landings and moments into runs, until it is cancelled. Any number of these share the work: whatever two of them
/// do twice is the same run, because its id comes from what happened.
public final class TriggerProcess: Sendable {
    public struct Ports: Sendable {
        public var runs: any RunStore
        public var groups: any TriggerStore
        /// Of the landings topic.
        public var landings: any RequestStream
        public var deadLetters: any RequestSink

        public init(
            runs: any RunStore, groups: any TriggerStore, landings: any RequestStream, deadLetters: any RequestSink
        ) {
            self.runs = runs
            self.groups = groups
            self.landings = landings
            self.deadLetters = deadLetters
        }
    }

    private let table: TriggerTable
    private let ports: Ports
    private let limits: FleetLimits
    private let clock: MonotonicClock
    private let logger: Logger
    private let bell: AsyncStream<Void>
    private let ring: AsyncStream<Void>.Continuation

    /// Groups closed by one statement.
    private static let groupBatch = 500
    /// Other processes may put groups in, which this one hears nothing of.
    private static let groupPoll = Duration.seconds(1)
    private static let schedulePoll = Duration.seconds(30)

    public init(
        _ table: TriggerTable, ports: Ports, limits: FleetLimits, logger: Logger,
        clock: MonotonicClock = MonotonicClock()
    ) {
        self.table = table
        self.ports = ports
        self.limits = limits
        self.clock = clock
        self.logger = logger
        (bell, ring) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    }

    /// Returns when its task is cancelled.
    public func run() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.takeLandings() }
            if !table.grouping.isEmpty {
                group.addTask { await self.fireGroups() }
                group.addTask { await self.every(Self.groupPoll) { self.ring.yield() } }
            }
            for (trigger, schedule) in table.scheduled {
                group.addTask { await self.keep(schedule, of: trigger) }
            }
        }
    }

    // MARK: Landings

    private func takeLandings() async {
        let intake = LandingIntake(
            table: table, runs: ports.runs, groups: ports.groups, deadLetters: ports.deadLetters, logger: logger)
        let patience = Mutex(Patience(limits))
        while !Task.isCancelled {
            do {
                try await ports.landings.consume { messages in
                    if try await intake.accept(messages) { self.ring.yield() }
                    patience.withLock { $0.reset() }
                }
            } catch is CancellationError {
                return
            } catch {
                await pause(patience.withLock { $0.wait() }, after: error, "taking landings failed")
            }
        }
    }

    // MARK: Groups

    private func fireGroups() async {
        var patience = Patience(limits)
        await withDiscardingTaskGroup { timers in
            for await _ in bell {
                do {
                    while try await fireDue() > 0 {}
                    if let wait = try await ports.groups.timeUntilDue(of: table.grouping), wait < Self.groupPoll {
                        timers.addTask { await self.ring(after: wait) }
                    }
                    patience.reset()
                } catch is CancellationError {
                    break
                } catch {
                    await pause(patience.wait(), after: error, "looking for due groups failed")
                }
                if Task.isCancelled { break }
            }
            timers.cancelAll()
        }
    }

    private func ring(after wait: Duration) async {
        // Cut short only at the end.
        try? await clock.sleep(for: max(wait, .milliseconds(1)))
        ring.yield()
    }

    /// Runs first, then forgetting the groups: a death in between repeats the runs, which are known then.
    private func fireDue() async throws -> Int {
        let due = try await ports.groups.takeDueGroups(of: table.grouping, limit: Self.groupBatch)
        guard !due.isEmpty else { return 0 }
        var requests: [(request: RequestMessage, group: DueGroup)] = []
        var letters: [DeadLetter] = []
        for group in due {
            guard let trigger = table.named(group.trigger) else { continue }
            do {
                let occasion = TriggerOccasion(.group(group.id), captures: group.captures)
                requests.append((try trigger.work(for: occasion, at: Date()), group))
            } catch {
                letters.append(DeadLetter(group, error.description))
            }
        }
        let answers = requests.isEmpty ? [] : try await ports.runs.accept(requests.map(\.request))
        for (entry, answer) in zip(requests, answers) {
            if case .refused(let reason) = answer { letters.append(DeadLetter(entry.group, reason)) }
        }
        try await LetterBox(store: ports.runs, deadLetters: ports.deadLetters, logger: logger).setAside(letters)
        try await ports.groups.removeGroups(due.map(\.id))
        logger.info("runs started by groups", metadata: ["runs": "\(answers.count { $0 == .accepted })"])
        return due.count
    }

    // MARK: Schedules

    /// Every process does this for every schedule: whichever comes first starts the run.
    private func keep(_ schedule: Schedule, of trigger: LoadedTrigger) async {
        let name = trigger.spec.name.text
        var patience = Patience(limits)
        while !Task.isCancelled {
            do {
                let now = Date()
                guard let last = try await ports.groups.schedules([name], start: now)[name] else { return }
                try await carryOut(schedule.due(after: last, now: now), schedule, trigger)
                // What was left out is done with as well.
                if now > last { try await ports.groups.advanceSchedule(name, to: now) }
                patience.reset()
                let wait = schedule.next(after: now).map { Duration.seconds($0.timeIntervalSinceNow) }
                // Looked at again and again on the way: the clock of the machine may be set.
                try await clock.sleep(for: max(.milliseconds(1), min(wait ?? Self.schedulePoll, Self.schedulePoll)))
            } catch is CancellationError {
                return
            } catch {
                await pause(patience.wait(), after: error, "keeping schedule \(name) failed")
            }
        }
    }

    private func carryOut(_ moments: [Date], _ schedule: Schedule, _ trigger: LoadedTrigger) async throws {
        for moment in moments {
            let occasion = TriggerOccasion(.moment(moment, localDate: schedule.localDate(of: moment)))
            do {
                let work = try trigger.work(for: occasion, at: Date())
                if case .accepted? = try await ports.runs.accept([work]).first {
                    logger.info("started by schedule", metadata: ["trigger": "\(trigger.spec.name.text)"])
                }
            } catch let error as InvalidPipeline {
                logger.error(
                    "a schedule's run can't be started",
                    metadata: ["trigger": "\(trigger.spec.name.text)", "error": "\(error)"])
            }
        }
    }

    // MARK: Waiting

    private func pause(_ wait: Duration, after error: any Error, _ text: String) async {
        logger.error("\(text); trying again", metadata: ["error": "\(error)", "wait": "\(wait)"])
        // Cancelled at the end: the caller's loop ends then.
        try? await clock.sleep(for: wait)
        ring.yield()
    }

    private func every(_ interval: Duration, _ body: @Sendable () async -> Void) async {
        while !Task.isCancelled {
            await body()
            // Cancelled at the end: the loop's condition ends it.
            try? await clock.sleep(for: interval)
        }
    }
}

extension DeadLetter {
    /// A group came from no one message: its number stands for it.
    fileprivate init(_ group: DueGroup, _ detail: String) {
        self.init(
            topic: "landing group", partition: -1, offset: 0, reason: .invalidPipeline,
            detail: "trigger \"\(group.trigger)\": \(detail)", payload: Data(group.id.uuidString.lowercased().utf8))
    }
}
