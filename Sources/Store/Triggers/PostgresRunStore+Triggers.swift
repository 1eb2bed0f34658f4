public import Fleet
public import Foundation
import Pipeline

extension PostgresRunStore: TriggerStore {
    /// A landing older than this may join a group again.
    private static let daysRemembered = 400

    public func join(_ landings: [GroupedLanding]) async throws(StoreError) {
        var start = 0
        while start < landings.count {
            let part = landings[start..<min(start + Self.batch, landings.count)]
            start += part.count
            var captures: [String] = []
            for landing in part { captures.append(try StoredJSON.text(landing.entry.captures)) }
            let call = TriggerStatements.join(
                .texts(part.map { Self.digest($0.trigger, $0.entry.identity) }), .texts(part.map(\.trigger)),
                .texts(part.map(\.entry.landing.uri)), .texts(part.map { Self.digest($0.trigger, $0.entry.key) }),
                .texts(captures), .ints(part.map { Int64(1) << Int64($0.entry.part) }),
                .ints(part.map { Int64(1) << Int64($0.entry.parts) - 1 }),
                .ints(part.map { $0.entry.quiet?.wholeMilliseconds }))
            _ = try await attempting("joining landings to groups") { (on) throws(StoreError) in try on.execute(call) }
        }
    }

    /// Lengths keep the two apart, whatever they hold.
    private static func digest(_ trigger: String, _ text: String) -> String {
        ContentDigest(of: "\(trigger.utf8.count):\(trigger)\(text)").description
    }

    /// Repeated: answers the same groups again.
    public func takeDueGroups(of triggers: [String], limit: Int) async throws(StoreError) -> [DueGroup] {
        let calls = [
            TriggerStatements.close(.texts(triggers), .int(limit)),
            TriggerStatements.closed(.texts(triggers), .int(limit)),
        ]
        let table = try await attempting("looking for due groups") { (on) throws(StoreError) in
            try on.pipelined(calls)[1]
        }
        return try table.rows.map { (row) throws(StoreError) in
            DueGroup(
                id: try row.uuid("group_id"), trigger: try row.text("trigger_name"), captures: try row.json("captures"))
        }
    }

    public func removeGroups(_ groups: [UUID]) async throws(StoreError) {
        let call = TriggerStatements.remove(.uuids(groups))
        _ = try await attempting("removing groups") { (on) throws(StoreError) in try on.execute(call) }
    }

    public func timeUntilDue(of triggers: [String]) async throws(StoreError) -> Duration? {
        let call = TriggerStatements.untilDue(.texts(triggers))
        let milliseconds = try await attempting("looking for due groups") { (on) throws(StoreError) in
            try on.execute(call).first?.int64IfAny("milliseconds")
        }
        return milliseconds.map { .milliseconds($0) }
    }

    /// Forgets landings that joined groups long ago. Repeated: the rest of them.
    public func forgetOldLandings() async throws(StoreError) {
        let call = TriggerStatements.forget(.int(Self.daysRemembered))
        _ = try await attempting("forgetting old landings") { (on) throws(StoreError) in try on.execute(call) }
    }

    public func schedules(_ triggers: [String], start: Date) async throws(StoreError) -> [String: Date] {
        let calls = [
            TriggerStatements.beginSchedules(.texts(triggers), .date(start)),
            TriggerStatements.schedules(.texts(triggers)),
        ]
        let table = try await attempting("reading schedules") { (on) throws(StoreError) in
            try on.pipelined(calls)[1]
        }
        var moments: [String: Date] = [:]
        for row in table.rows { moments[try row.text("trigger_name")] = try row.date("carried_out_micros") }
        return moments
    }

    public func advanceSchedule(_ trigger: String, to moment: Date) async throws(StoreError) {
        let call = TriggerStatements.advance(.text(trigger), .date(moment))
        _ = try await attempting("advancing a schedule") { (on) throws(StoreError) in try on.execute(call) }
    }
}
