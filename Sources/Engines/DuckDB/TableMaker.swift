import Fleet
import Foundation
import Pipeline

/// Computes the rows of a plan elsewhere than in the child. Sources are described and results checked by the child all
/// the same, and texts are read and printed by it alone: one engine does, whichever computed the rows.
protocol TableMaker: Sendable {
    /// `spark`.
    var engine: String { get }
    /// nil: it reads and writes none.
    var orcFiles: (any ORCFiles)? { get }

    /// As it calls itself, such as `4.1.4`; nil: it was not asked yet.
    func version() async -> String?

    /// Throws what stands against computing the plan there, before anything is read.
    func prepare(_ request: TableRequest) throws(Failure) -> any PreparedTable
}

extension TableMaker {
    var orcFiles: (any ORCFiles)? { nil }
}

protocol PreparedTable: Sendable {
    /// Leaves the rows in Parquet files in the request's folder, in the order of the rows where they have one, and says
    /// how many they are, where it knows. Returns, however it ends, when nothing works on it any more.
    func make(_ progress: @escaping @Sendable (TableProgress) -> Void) async throws -> Int64?

    /// Waits for the end of what an attempt of the same run had begun before its worker died, and moves what came of it
    /// to where `make` would have left it. `note`: what that attempt left. nil: there is nothing that could be used, and
    /// nothing works on it any more as far as can be known.
    func takeOver(_ note: String, _ progress: @escaping @Sendable (TableProgress) -> Void) async throws -> MadeTable?
}

/// How far the rows are, and what whoever makes them has to say.
struct TableProgress: Sendable {
    /// 0 to 1.
    var fraction: Double?
    var said: AttemptProgress.Said?
}

/// The rows that were made.
struct MadeTable: Sendable, Hashable {
    /// nil: nobody knows.
    var rows: Int64?
}

/// What is to be computed, from where to where.
struct TableRequest: Sendable {
    /// The rows of one source.
    enum Input: Sendable, Hashable {
        /// In a Parquet file at this path, which the child writes before: columns `i0`, `i1`, … with the plan's types.
        case copied(String)
        /// In the source's own files.
        case direct(DirectFiles)
    }

    /// What the files in the folder are.
    enum Result: Sendable, Hashable {
        /// For the child to read: columns `o0`, `o1`, …
        case handedBack
        /// What is published: columns under their own names, in folders by these columns. Null and an empty text are the
        /// same partition; `refusesEmpty`: throws `EmptyPartition` when there is such a text.
        case published(partitionBy: [String], refusesEmpty: Bool)
    }

    var plan: Plan
    var acceptedAt: Date
    /// By which the work is known where it is done: asked for twice, it is done once.
    var id: UUID
    /// Beside the plan's sources.
    var inputs: [Input]
    /// Does not exist yet.
    var folder: String
    var result: Result
    /// Where to leave a note for an attempt that takes over; nil: nobody would find it.
    var note: String?
}

/// A partition column holds an empty text, which its folder's name cannot tell from null.
struct EmptyPartition: Error {}
