/// Why an attempt did not succeed, in words and as a kind that decides whether trying again can help.
public struct Failure: Error, Hashable, Sendable, Codable, CustomStringConvertible {
    public enum Kind: String, Sendable, Codable, CaseIterable {
        /// The pipeline is wrong: unknown column, type mismatch, bad field.
        case invalidPipeline = "invalid_pipeline"
        /// The data does not fit the pipeline: a value that cannot be cast, a ragged CSV row.
        case badData = "bad_data"
        case checksFailed = "checks_failed"
        /// Input files that do not exist.
        case inputMissing = "input_missing"
        /// A path outside the allowed roots, or a file system that refused.
        case accessDenied = "access_denied"
        case outOfMemory = "out_of_memory"
        case diskFull = "disk_full"
        case timeout
        /// The engine's process ended by itself, or a remote engine went away.
        case engineLost = "engine_lost"
        /// A service (store, broker, object store) did not answer.
        case unreachable
        /// Something no table knows; retried within limits, and logged so that the table grows.
        case unclassified
    }

    public var kind: Kind
    /// One or more sentences for people: what was attempted, on what, why it failed. Never a row's values or a secret.
    public var message: String
    /// Such as `transform_2_filter`.
    public var step: String?
    /// Where the author finds it, such as ``step 3 (derive_column `total`, pipeline.yml:17:5)``. Not in `message`.
    public var place: String?
    /// How the engine had been chosen that failed, where engines were weighed.
    public var decision: Decision?
    /// The version of the engine that failed, where it came so far as to be known.
    public var engineVersion: String?

    public init(_ kind: Kind, _ message: String, step: String? = nil, place: String? = nil) {
        self.kind = kind
        self.message = message
        self.step = step
        self.place = place
    }

    /// The same in a step.
    public func at(_ step: String?) -> Failure {
        var failure = self
        failure.step = step
        return failure
    }

    /// The message with its place.
    public var text: String { place.map { "\($0): \(message)" } ?? message }

    /// Whether the same attempt may succeed later without anybody changing anything.
    public var isTransient: Bool {
        switch kind {
        case .engineLost, .unreachable, .unclassified, .outOfMemory, .diskFull: true
        case .invalidPipeline, .badData, .checksFailed, .inputMissing, .accessDenied, .timeout: false
        }
    }

    public var description: String { place != nil ? text : step.map { "\($0): \(message)" } ?? message }
}

/// How an attempt ended, as its worker settles it.
public enum Settlement: Sendable {
    /// Published; the report is what the decide step stored.
    case succeeded(AttemptReport)
    /// Final. The report is there when the attempt came as far as its checks.
    case failed(Failure, AttemptReport?)
    /// Final, although decided: the target of the move refused the result, and nothing of it is or will be in place.
    case refused(Failure, AttemptReport)
    /// Transient: again after the delay.
    case retry(Failure, after: Duration)
    /// Again at once, on another engine; does not count as a failure of the run.
    case moved(Failure, EngineCorrection)
    /// The worker was asked to stop; the run is available at once and the attempt does not count against it.
    case interrupted(reason: String)
    /// A cancel was asked for, and the process or operation is dead.
    case cancelled
}

/// The answer to a statement that names a lease.
public enum GuardAnswer: Sendable, Hashable {
    case applied
    /// Somebody else may be working on the run: change nothing.
    case leaseLost
    /// Only from decide: the run was cancelled before; nothing is to be published.
    case cancelRequested
}
