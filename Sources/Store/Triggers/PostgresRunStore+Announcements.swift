import Fleet
import Foundation
public import Pipeline

/// A dataset that a succeeded run wrote, to be announced as a landing.
public struct Announcement: Sendable {
    public var id: Int64
    public var landing: Landing
}

/// What the outbox holds of it: the run and the time are the row's own.
struct AnnouncedDataset: Codable, Sendable {
    var uri: String
    var bytes: Int64?

    init(_ use: DatasetUse) {
        uri = use.namespace == "file" ? use.name : "\(use.namespace)/\(use.name)"
        bytes = use.bytes
    }
}

extension PostgresRunStore {
    /// Landings that nobody else is announcing, for `time`: not removed by then, they are anybody's again.
    public func takeAnnouncements(limit: Int, for time: Duration) async throws(StoreError) -> [Announcement] {
        let call = TriggerStatements.takeAnnouncements(.int(limit), .int(time.wholeMilliseconds))
        let table = try await attempting("taking landings from the outbox") { (on) throws(StoreError) in
            try on.execute(call)
        }
        return try table.rows.map { (row) throws(StoreError) in
            let dataset: AnnouncedDataset = try row.json("payload")
            return Announcement(
                id: try row.int64("outbox_id"),
                landing: Landing(
                    kind: .dataset, uri: dataset.uri, revision: try row.runID("run_id").description,
                    size: dataset.bytes, landedAt: try row.date("created_micros")))
        }
    }

    public func removeAnnouncements(_ announcements: [Announcement]) async throws(StoreError) {
        let call = TriggerStatements.removeAnnouncements(.ints(announcements.map(\.id)))
        _ = try await attempting("removing landings from the outbox") { (on) throws(StoreError) in
            try on.execute(call)
        }
    }

    /// As `wakeUps`, when something has been put into the outbox.
    public func outboxWakeUps() async -> AsyncStream<Void> { await wakeUps(on: Notices.outboxChannel) }
}
