public import Foundation
public import Pipeline

/// Executes an attempt up to a staged, checked result, and moves staged results into place.
public protocol Engine: Sendable {
    /// Throws a `Failure`, or `CancellationError` when the task was cancelled and everything it had started is dead.
    /// A report with failed checks of severity error has no manifest unless the attempt publishes regardless.
    func execute(_ attempt: Attempt, progress: @escaping @Sendable (AttemptProgress) -> Void) async throws
        -> AttemptReport
}

public protocol Publisher: Sendable {
    /// Moves what the manifest names into place. Repeatable: what has been moved already is left alone. Throws
    /// `RefusedByTarget` when nothing of it is, or ever will be, in place.
    func move(_ manifest: Manifest) async throws
    /// Removes what an attempt staged and will never publish.
    func discard(_ manifest: Manifest) async
}

/// The target of a move refused it for good, and has made sure that no other attempt of the run can publish either.
public struct RefusedByTarget: Error, Sendable {
    public var failure: Failure

    public init(failure: Failure) { self.failure = failure }
}

/// One execution, as an engine sees it.
public struct Attempt: Sendable {
    public var lease: Lease
    public var pipeline: PipelineSpec
    /// What the author calls the file that it stands in, for messages; nil: it came with a request.
    public var file: String?
    /// Absolute; relative paths of the pipeline are relative to it.
    public var baseDirectory: String
    /// `current_timestamp` of the pipeline.
    public var acceptedAt: Date
    /// Publish although checks of severity error failed.
    public var publishesFailedChecks: Bool
    /// Everything but the write.
    public var isDryRun: Bool
    /// An earlier attempt of the run failed on an engine for want of memory: another one has to make it good.
    public var correction: EngineCorrection?

    public init(
        lease: Lease, pipeline: PipelineSpec, baseDirectory: String, acceptedAt: Date,
        publishesFailedChecks: Bool = false, isDryRun: Bool = false, file: String? = nil,
        correction: EngineCorrection? = nil
    ) {
        self.correction = correction
        self.file = file
        self.lease = lease
        self.pipeline = pipeline
        self.baseDirectory = baseDirectory
        self.acceptedAt = acceptedAt
        self.publishesFailedChecks = publishesFailedChecks
        self.isDryRun = isDryRun
    }
}

public struct AttemptProgress: Sendable {
    /// `describe`, `execute`, `check`, `write`.
    public var phase: String
    /// 0 to 1, where the engine tells.
    public var fraction: Double?
    /// Said once, when the attempt has a place on an engine that does not work on this machine's account.
    public var hasOwnPlace: Bool
    /// What the engine has to say now.
    public var said: Said?

    public struct Said: Sendable, Hashable {
        public var level: AttemptMessage.Level
        /// Without a row's values and secrets.
        public var text: String

        public init(_ level: AttemptMessage.Level, _ text: String) {
            self.level = level
            self.text = text
        }
    }

    public init(phase: String, fraction: Double? = nil, hasOwnPlace: Bool = false, said: Said? = nil) {
        self.said = said
        self.hasOwnPlace = hasOwnPlace
        self.phase = phase
        self.fraction = fraction
    }
}
