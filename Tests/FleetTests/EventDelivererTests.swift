import Fleet
import Foundation
import Logging
import Pipeline
import Synchronization
import Testing

/// An outbox in memory; what is postponed is due at once.
private final class ListedEvents: EventOutbox {
    private struct State {
        var waiting: [PendingEvent]
        var postponed: [PostponedEvent] = []
    }

    private let state: Mutex<State>

    init(_ events: [PendingEvent]) { state = Mutex(State(waiting: events)) }

    var waiting: [Int64] { state.withLock { $0.waiting.map(\.id) } }
    var postponed: [PostponedEvent] { state.withLock { $0.postponed } }

    func takeEvents(_ worker: WorkerID, limit: Int) async throws -> [PendingEvent] {
        state.withLock { Array($0.waiting.prefix(limit)) }
    }

    func removeEvents(_ ids: [Int64]) async throws {
        state.withLock { $0.waiting.removeAll { ids.contains($0.id) } }
    }

    func postponeEvents(_ postponed: [PostponedEvent]) async throws {
        state.withLock { state in
            state.postponed += postponed
            for event in postponed {
                for index in state.waiting.indices where state.waiting[index].id == event.id {
                    state.waiting[index].tries += 1
                }
            }
        }
    }

    func tendEvents(_ worker: WorkerID, runningEvery interval: Duration, most: Int) async throws -> Int { 0 }
}

/// Takes what it is not told to refuse, and keeps it in the order of its coming.
private final class Ear: EventReceiver {
    struct Refusal: TransientError { var isTransient: Bool }

    private let heard = Mutex<[OutgoingEvent]>([])
    private let refusals: Mutex<[(run: RunID, kind: EventKind, isTransient: Bool)]>

    init(refusing refusals: [(run: RunID, kind: EventKind, isTransient: Bool)] = []) { self.refusals = Mutex(refusals) }

    func deliver(_ event: OutgoingEvent) async throws {
        let refusal = refusals.withLock { refusals in
            refusals.firstIndex { $0.run == event.runID && $0.kind == event.kind }.map { refusals.remove(at: $0) }
        }
        if let refusal { throw Refusal(isTransient: refusal.isTransient) }
        heard.withLock { $0.append(event) }
    }

    func kinds(of run: RunID) -> [EventKind] { heard.withLock { $0.filter { $0.runID == run }.map(\.kind) } }
    var count: Int { heard.withLock { $0.count } }
}

@Suite struct EventDelivererTests {
    private let runs = (0..<20).map { RunID.derived(fromKey: "\($0)") }

    private func events(_ kinds: [EventKind] = [.start, .running, .complete]) -> ListedEvents {
        var events: [PendingEvent] = []
        for kind in kinds {
            for run in runs {
                var facts = EventSamples.bare
                facts.request.runID = run
                events.append(
                    PendingEvent(
                        id: Int64(events.count + 1), kind: kind, occurredAt: EventSamples.moment, tries: 0,
                        facts: .run(facts)))
            }
        }
        return ListedEvents(events)
    }

    private func deliverer(_ outbox: ListedEvents, _ receivers: [any EventReceiver], batch: Int = 100) -> EventDeliverer
    {
        var limits = EventDeliverer.Limits()
        limits.batch = batch
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        return EventDeliverer(
            outbox: outbox, receivers: receivers, builder: EventBuilder(), worker: WorkerID(), limits: limits,
            logger: logger)
    }

    @Test func everyEventComesAndThoseOfARunInOrder() async throws {
        let (outbox, ears) = (events(), [Ear(), Ear()])
        let deliverer = deliverer(outbox, ears, batch: 7)
        while try await deliverer.deliverBatch() > 0 {}
        for ear in ears { for run in runs { #expect(ear.kinds(of: run) == [.start, .running, .complete]) } }
        #expect(outbox.waiting.isEmpty)
    }

    @Test func aPassingRefusalHoldsUpItsRunAndNoOther() async throws {
        let outbox = events()
        let ear = Ear(refusing: [(runs[3], .start, true), (runs[3], .start, true), (runs[5], .running, true)])
        let deliverer = deliverer(outbox, [ear])
        _ = try await deliverer.deliverBatch()
        #expect(ear.kinds(of: runs[3]) == [])
        #expect(ear.kinds(of: runs[5]) == [.start])
        #expect(ear.count == 18 * 3 + 1)
        while try await deliverer.deliverBatch() > 0 {}
        for run in runs { #expect(ear.kinds(of: run) == [.start, .running, .complete]) }
        #expect(outbox.postponed.filter { $0.id == 4 }.map(\.delay) == [.seconds(1), .seconds(2)])
    }

    @Test func whatIsRefusedForGoodIsGivenUpAndTheRestComes() async throws {
        let outbox = events()
        let ear = Ear(refusing: [(runs[0], .running, false)])
        let deliverer = deliverer(outbox, [ear])
        while try await deliverer.deliverBatch() > 0 {}
        #expect(ear.kinds(of: runs[0]) == [.start, .complete])
        #expect(outbox.postponed.isEmpty)
    }
}
