public import Fleet
public import Foundation
public import Pipeline

/// An attempt whose worker died before it decided, and which may have left its staging place behind.
public struct LostAttempt: Sendable {
    public var lease: Lease
    public var request: RunRequest
    /// Of the worker; nil when it has been forgotten.
    public var host: String?
    public var lostAt: Date
}

extension PostgresRunStore {
    /// Those that nobody has swept yet, the oldest first; for a week.
    public func lostAttempts(limit: Int, overFor age: Duration = .zero) async throws(StoreError) -> [LostAttempt] {
        let call = LeftoverStatements.list(.int(min(limit, Self.batch)), .double(Double(age.wholeMilliseconds) / 1000))
        let rows = try await attempting("looking for leftovers") { (on) throws(StoreError) in try on.execute(call) }
            .rows
        return rows.compactMap { row in
            // `try?`: a run that another version wrote and this one can't read is left to that one.
            try? LostAttempt(
                lease: Lease(
                    runID: row.runID("run_id"), attempt: row.int("attempt"),
                    token: LeaseToken(sequence: row.int64("token"), nonce: row.uuid("nonce"))),
                request: row.request(), host: row.textIfAny("host"), lostAt: row.date("lost_micros"))
        }
    }

    /// Repeated: the later time stands.
    public func markSwept(_ lease: Lease) async throws(StoreError) {
        let call = LeftoverStatements.markSwept(.run(lease.runID), .int(lease.attempt))
        _ = try await attempting("marking a leftover as swept", run: lease.runID) { (on) throws(StoreError) in
            try on.execute(call)
        }
    }
}
