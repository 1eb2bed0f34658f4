import Fleet
import Foundation

/// What an attempt leaves beside the files that it hands over, so that an attempt which takes the run over finds its
/// operation and need not begin a second one.
struct SparkNote: Sendable, Codable {
    /// What has to be the same for its result to be ours.
    struct Work: Sendable, Codable, Equatable {
        var statement: String
        var schemas: [String]
        /// Of the sources that are read as they are.
        var files: [[String]]

        static func == (left: Work, right: Work) -> Bool {
            // By code point, as everywhere.
            func bytes(_ texts: [String]) -> [[UInt8]] { texts.map { Array($0.utf8) } }
            return left.statement.utf8.elementsEqual(right.statement.utf8)
                && bytes(left.schemas) == bytes(right.schemas) && left.files.map(bytes) == right.files.map(bytes)
        }
    }

    /// `host:port`.
    var server: String
    var operation: SparkOperation
    var work: Work
    /// The files with the rows of the other sources.
    var copies: [String]
    /// Of the result.
    var folder: String

    func write(to path: String) async throws {
        let data = try JSONEncoder().encode(self)
        try await BlockingLane.run {
            do {
                try data.write(to: URL(fileURLWithPath: path), options: .atomic)
            } catch {
                throw Failure(.unclassified, "writing \(path) failed: \(error.localizedDescription)")
            }
        }
    }

    /// nil: there is none that can be read.
    static func read(_ path: String) async -> SparkNote? {
        // None, or of another version: it begins anew.
        try? await BlockingLane.run {
            try JSONDecoder().decode(SparkNote.self, from: Data(contentsOf: URL(fileURLWithPath: path)))
        }
    }
}
