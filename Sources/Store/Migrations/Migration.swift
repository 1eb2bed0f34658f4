import Pipeline

/// One numbered step of the schema. Never edited after a release: its checksum is on record in every database.
struct Migration: Sendable {
    var version: Int
    var name: String
    var sql: String

    var checksum: String { ContentDigest(of: sql).description }

    /// In order, from 1, without gaps.
    static let all: [Migration] = [
        .runs, .views, .samplesAndProfiles, .fairness, .refusedByTarget, .history, .events, .triggers, .backfills,
        .routing, .workflows, .longHistory, .messages, .byDate,
    ]
}
