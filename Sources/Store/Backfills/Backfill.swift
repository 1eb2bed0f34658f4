public import Foundation
public import Pipeline

/// Many runs of one pipeline that were asked for together, and how they stand.
public struct BackfillSummary: Sendable, Hashable, Codable {
    public var backfillID: UUID
    public var pipeline: String
    public var submittedBy: String
    public var createdAt: Date
    /// Once all runs have ended.
    public var finishedAt: Date?
    public var runs: Int
    public var succeeded: Int
    /// Those set aside as well.
    public var failed: Int
    public var cancelled: Int
    public var unfinished: Int
    /// Planned, and never handed in: whoever asked for them died in between.
    public var missing: Int
    public var rowsOut: Int64?

    enum CodingKeys: String, CodingKey {
        case pipeline, runs, succeeded, failed, cancelled, unfinished, missing
        case backfillID = "backfill_id"
        case submittedBy = "submitted_by"
        case createdAt = "created_at"
        case finishedAt = "finished_at"
        case rowsOut = "rows_out"
    }
}

/// How earlier runs with the variables of a planned one stand.
public struct EarlierRuns: Sendable, Hashable {
    public var hasSucceeded = false
    public var isUnderWay = false
    public var latestFailed = false

    public init() {}
}

/// A run of a backfill that failed.
public struct BackfillFailure: Sendable, Hashable {
    public var runID: RunID
    public var variables: [String: String]
    public var error: String?
}

extension PostgresRunStore {
    /// Writes down what a backfill is made of, before its runs are handed in. Repeated: nothing changes.
    public func plan(
        backfill: UUID, pipeline: String, submittedBy: String, runs: [RunID]
    ) async throws(StoreError) {
        let calls = [
            BackfillStatements.insert(.uuid(backfill), .text(pipeline), .text(submittedBy)),
            BackfillStatements.insertRuns(.uuid(backfill), .runs(runs)),
        ]
        _ = try await attempting("planning a backfill") { (on) throws(StoreError) in try on.pipelined(calls) }
    }

    /// In the order of `variables`.
    public func earlierRuns(
        of pipeline: String, in baseDirectory: String, variables: [[String: String]], areWorkflows: Bool = false
    ) async throws(StoreError) -> [EarlierRuns] {
        var texts: [String] = []
        for values in variables { texts.append(try StoredJSON.text(values)) }
        let earlier = areWorkflows ? BackfillStatements.earlierWorkflows : BackfillStatements.earlier
        let call = earlier(.text(pipeline), .text(baseDirectory), .texts(texts))
        let table = try await attempting("looking for earlier runs") { (on) throws(StoreError) in try on.execute(call) }
        var found = Array(repeating: EarlierRuns(), count: variables.count)
        for row in table.rows {
            let index = try row.int("ordinal") - 1
            guard found.indices.contains(index) else { continue }
            found[index].hasSucceeded = try row.bool("has_succeeded")
            found[index].isUnderWay = try row.bool("is_under_way")
            found[index].latestFailed = ["failed", "dead", "cancelled"].contains(try row.text("latest"))
        }
        return found
    }

    /// The latest first.
    public func listBackfills(limit: Int) async throws(StoreError) -> [BackfillSummary] {
        try await backfills(BackfillStatements.list(.int(limit)))
    }

    /// All that begin like this, two at most.
    public func findBackfills(_ idOrPrefix: String) async throws(StoreError) -> [BackfillSummary] {
        guard let range = RunHistory.range(ofPrefix: idOrPrefix) else { return [] }
        return try await backfills(BackfillStatements.find(.uuid(range.0), .uuid(range.1)))
    }

    private func backfills(_ call: Call) async throws(StoreError) -> [BackfillSummary] {
        let table = try await attempting("reading backfills") { (on) throws(StoreError) in try on.execute(call) }
        return try table.rows.map { (row) throws(StoreError) in
            BackfillSummary(
                backfillID: try row.uuid("backfill_id"), pipeline: try row.text("pipeline"),
                submittedBy: try row.text("submitted_by"), createdAt: try row.date("created_micros"),
                finishedAt: try row.dateIfAny("finished_micros"), runs: try row.int("runs"),
                succeeded: try row.int("succeeded"), failed: try row.int("failed"),
                cancelled: try row.int("cancelled"), unfinished: try row.int("unfinished"),
                missing: try row.int("missing"), rowsOut: try row.int64IfAny("rows_out"))
        }
    }

    /// In the order in which they are best cancelled.
    public func unfinishedRuns(of backfill: UUID) async throws(StoreError) -> [RunID] {
        let call = BackfillStatements.unfinished(.uuid(backfill))
        let table = try await attempting("reading a backfill") { (on) throws(StoreError) in try on.execute(call) }
        return try table.rows.map { (row) throws(StoreError) in try row.runID("run_id") }
    }

    /// Workflows of a backfill of them.
    public func unfinishedWorkflows(of backfill: UUID) async throws(StoreError) -> [RunID] {
        let call = BackfillStatements.unfinishedWorkflows(.uuid(backfill))
        let table = try await attempting("reading a backfill") { (on) throws(StoreError) in try on.execute(call) }
        return try table.rows.map { (row) throws(StoreError) in try row.runID("run_id") }
    }

    public func failures(of backfill: UUID, limit: Int) async throws(StoreError) -> [BackfillFailure] {
        let call = BackfillStatements.failed(.uuid(backfill), .int(limit))
        let table = try await attempting("reading a backfill") { (on) throws(StoreError) in try on.execute(call) }
        return try table.rows.map { (row) throws(StoreError) in
            BackfillFailure(
                runID: try row.runID("run_id"), variables: try row.json("variables"), error: try row.textIfAny("error"))
        }
    }
}
