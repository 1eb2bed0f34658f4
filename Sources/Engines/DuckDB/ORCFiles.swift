import Fleet
import Foundation
import Pipeline

/// Reads and writes ORC, which DuckDB does not.
protocol ORCFiles: Sendable {
    /// Computes plans over them.
    var tables: any TableMaker { get }

    /// The columns of all of these files, and of the folders' names above them as texts. Reads footers.
    func schema(of files: DirectFiles) async throws -> Schema

    /// Leaves the rows in ORC files in the request's folder, and says how many they are, where it knows. Returns, however
    /// it ends, when nothing works on it any more.
    func write(_ request: ORCRequest, _ progress: @escaping @Sendable (TableProgress) -> Void) async throws -> Int64?
}

/// Rows that are to become ORC files.
struct ORCRequest: Sendable {
    var plan: Plan
    var acceptedAt: Date
    /// The rows, with the plan's output columns: Parquet files, or folders of such, in this order. None: there are no rows.
    var rows: [String]
    /// An ORC file with the same columns, whose rows come first.
    var older: String?
    /// Null and an empty text are the same partition.
    var partitionBy: [String] = []
    /// Whether the rows have an order, to be kept in the files, and over them by their names.
    var isSorted: Bool
    var isOneFile: Bool
    /// Does not exist yet.
    var folder: String
    /// Where to leave a note for an attempt that takes over, which then ends this; nil: nobody would find it.
    var note: String?
}

/// Why there is nobody to read or write ORC.
enum ORCFilesRefusal {
    /// How a refusal begins.
    static let pinned = "the pipeline runs on Spark only:"

    static func pinned(_ reason: String?) -> Failure {
        Failure(
            .invalidPipeline,
            "\(pinned) \(reason ?? "it reads or writes ORC, which DuckDB does not"); choose the engine spark or auto")
    }

    static func noSpark(_ reason: String?, because missing: String) -> Failure {
        Failure(
            .invalidPipeline,
            "\(pinned) \(reason ?? "it reads or writes ORC, which DuckDB does not"), and there is none here: \(missing)"
        )
    }
}
