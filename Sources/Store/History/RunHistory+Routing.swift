public import Fleet
public import Foundation
import Pipeline

extension RunHistory {
    /// The most attempts that a report is made of: the latest.
    public static let reportLimit = 10_000

    /// How well engines were chosen since then.
    public func routerReport(since: Date) async throws(StoreError) -> RouterReport {
        let call = RoutingStatements.report(.date(since), .int(Self.reportLimit))
        let entries = try await pool.use("reading decisions") { (on) throws(StoreError) in try on.execute(call).rows }
            .map { (row) throws(StoreError) -> RouterReport.Entry? in
                guard let decision = try row.decisionIfAny(), let seen = try row.routingObservation() else {
                    return nil
                }
                return RouterReport.Entry(
                    run: try row.runID("run_id").description, at: try row.date("observed_micros"),
                    decision: decision, observation: seen)
            }
        return RouterReport(entries.compactMap(\.self), since: since)
    }
}
