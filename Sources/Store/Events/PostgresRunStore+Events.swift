public import Fleet
import Foundation
import Logging
import Pipeline

extension PostgresRunStore: EventOutbox {
    public func takeEvents(_ worker: WorkerID, limit: Int) async throws(StoreError) -> [PendingEvent] {
        let calls = [
            EventStatements.take(.uuid(worker.rawValue)), EventStatements.due(.int(min(limit, Self.batch))),
        ]
        let rows = try await attempting("taking events") { (on) throws(StoreError) -> [Row] in
            guard try !on.execute(calls[0]).isEmpty else { return [] }
            return try on.execute(calls[1]).rows
        }
        let history = RunHistory(pool: pool, standing: standing)
        var facts: [RunID: EventFacts] = [:]
        var events: [PendingEvent] = []
        var orphans: [Int64] = []
        for row in rows {
            let (id, run) = (try row.int64("outbox_id"), try row.runID("run_id"))
            if facts[run] == nil {
                facts[run] =
                    try row.bool("is_workflow")
                    ? try await history.facts(ofWorkflow: run).map(EventFacts.workflow)
                    : try await history.facts(of: run).map(EventFacts.run)
            }
            guard let known = facts[run] else {
                // Its run has been removed from history since.
                orphans.append(id)
                continue
            }
            events.append(
                PendingEvent(
                    id: id, kind: try row.value("kind"), occurredAt: try row.date("occurred_micros"),
                    tries: try row.int("tries"), facts: known))
        }
        if !orphans.isEmpty { try await removeEvents(orphans) }
        return events
    }

    /// Repeated: nothing is left to do.
    public func removeEvents(_ ids: [Int64]) async throws(StoreError) {
        let call = EventStatements.remove(.ints(ids))
        try await attempting("removing events") { (on) throws(StoreError) in _ = try on.execute(call) }
    }

    public func postponeEvents(_ postponed: [PostponedEvent]) async throws(StoreError) {
        let call = EventStatements.postpone(
            .ints(postponed.map(\.id)), .ints(postponed.map(\.delay.wholeMilliseconds)),
            .texts(postponed.map { String($0.reason.prefix(1000)) }))
        try await attempting("postponing events") { (on) throws(StoreError) in _ = try on.execute(call) }
    }

    public func tendEvents(
        _ worker: WorkerID, runningEvery interval: Duration, most: Int
    ) async throws(StoreError) -> Int {
        let take = EventStatements.take(.uuid(worker.rawValue))
        let running = EventStatements.running(.int(interval.wholeMilliseconds))
        let forget = EventStatements.forget(.int(most))
        return try await attempting("tending events") { (on) throws(StoreError) in
            guard try !on.execute(take).isEmpty else { return 0 }
            _ = try on.execute(running)
            return try on.execute(forget).first?.int("forgotten") ?? 0
        }
    }
}
