public import Fleet
import Foundation
public import Pipeline

/// What an attempt left in the staging place when its worker died.
///
/// Only of attempts that never decided: what was decided is published, and its staging goes with the move.
public struct Leftover: Sendable {
    public enum Outcome: Sendable, Hashable {
        case removed
        /// The sink's folder is there, and nothing of the attempt is in it.
        case absent
        /// Not from here: the folder of the sink is not there, or outside of what this worker may use.
        case unreachable
    }

    /// Absolute.
    public let folder: String
    private let sinkFolder: String

    /// nil when the pipeline writes no files, or where it may not. Looks at the file system, and blocks.
    public init?(of lease: Lease, request: RunRequest, allowedRoots: [String]) {
        // `try?`: a pipeline that this version can't read has staged nothing that it could find.
        guard let spec = try? request.loadPipeline().spec, case .file(let sink)? = spec.sink,
            let place = try? SinkPlace(sink, baseDirectory: request.baseDirectory, allowedRoots: allowedRoots)
        else { return nil }
        folder = StagingPlace(beside: place, lease: lease).directory
        sinkFolder = place.parent
    }

    /// Removes the folder. Repeatable. A worker that was only thought dead loses what it stages: its lease is gone.
    public static func sweep(
        _ lease: Lease, request: RunRequest, allowedRoots: [String]
    ) async throws -> Outcome {
        try await BlockingLane.run {
            guard let leftover = Leftover(of: lease, request: request, allowedRoots: allowedRoots) else {
                return .unreachable
            }
            return try leftover.remove()
        }
    }

    private func remove() throws(Failure) -> Outcome {
        do {
            guard try FileSystem.entry(at: sinkFolder)?.isFolder == true else { return .unreachable }
            guard try FileSystem.entry(at: folder) != nil else { return .absent }
            try FileSystem.removeTree(folder)
        } catch {
            throw error.failure
        }
        FileSystem.removeEmptyFolder(FileSystem.parent(of: folder))
        return .removed
    }
}
