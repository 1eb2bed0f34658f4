import Fleet
import Foundation
import Pipeline

/// Computes the rows of a plan elsewhere than in the child. Sources are described, results checked and written by the
/// child all the same: one engine prints texts, whichever computed them.
protocol TableMaker: Sendable {
    /// `spark`.
    var engine: String { get }

    /// Throws what stands against computing the plan there, before anything is read.
    func prepare(_ plan: Plan, acceptedAt: Date) throws(Failure) -> any PreparedTable
}

protocol PreparedTable: Sendable {
    /// Reads each source from a Parquet file (`inputs`, beside the plan's sources; columns `i0`, `i1`, …), and leaves
    /// the rows in Parquet files in `folder`, which does not exist yet: columns `o0`, `o1`, …, files in the order of
    /// the rows. Returns, however it ends, when nothing works on it any more.
    func make(reading inputs: [String], into folder: String, progress: @escaping @Sendable (Double) -> Void)
        async throws
}
