public import Fleet
public import Foundation
public import Pipeline

/// Everything that is known of a run. The JSON keys are part of the interface of the command line.
public struct RunDetail: Sendable, Hashable, Codable {
    public struct Attempt: Sendable, Hashable, Codable {
        public var attempt: Int
        /// `running`, `succeeded`, `failed`, `cancelled`, `interrupted`, `lost`.
        public var state: String
        public var workerID: String
        public var engine: String?
        public var startedAt: Date
        public var finishedAt: Date?
        public var rowsIn: Int64?
        public var rowsOut: Int64?
        public var peakMemoryBytes: Int64?
        public var errorKind: String?
        public var error: String?
        public var errorStep: String?
        public var engineReason: String?
        /// How the engine was chosen; nil: nothing was weighed, or by a version that kept nothing of it.
        public var decision: Decision?
        /// Such as `1.5.5`.
        public var engineVersion: String?

        enum CodingKeys: String, CodingKey {
            case attempt, state, engine, error, decision
            case engineReason = "engine_reason"
            case engineVersion = "engine_version"
            case workerID = "worker_id"
            case startedAt = "started_at"
            case finishedAt = "finished_at"
            case rowsIn = "rows_in"
            case rowsOut = "rows_out"
            case peakMemoryBytes = "peak_memory_bytes"
            case errorKind = "error_kind"
            case errorStep = "error_step"
        }
    }

    public struct Step: Sendable, Hashable, Codable {
        public var attempt: Int
        public var name: String
        public var type: String
        public var rowsIn: Int64?
        public var rowsOut: Int64?
        public var seconds: Double?

        enum CodingKeys: String, CodingKey {
            case attempt, name, type, seconds
            case rowsIn = "rows_in"
            case rowsOut = "rows_out"
        }
    }

    public struct Check: Sendable, Hashable, Codable {
        public var attempt: Int
        public var type: String
        public var subject: String
        public var severity: CheckSpec.Severity
        public var passed: Bool
        public var failedRows: Int64
        public var message: String
        /// Up to five keys or values of rows that failed.
        public var samples: [String]

        enum CodingKeys: String, CodingKey {
            case attempt, type, subject, severity, passed, message, samples
            case failedRows = "failed_rows"
        }
    }

    public struct Dataset: Sendable, Hashable, Codable {
        public struct Column: Sendable, Hashable, Codable {
            public var name: String
            public var type: String
        }

        public var attempt: Int
        public var namespace: String
        public var name: String
        /// Of an input: the source in the plan.
        public var sourceName: String?
        public var rows: Int64?
        public var bytes: Int64?
        public var files: Int?
        public var columns: [Column]
        /// The run that had left it as it was read, or that wrote it; nil where no run on record did.
        public var version: String?

        enum CodingKeys: String, CodingKey {
            case attempt, namespace, name, rows, bytes, files, columns, version
            case sourceName = "source_name"
        }
    }

    public struct LineageEdge: Sendable, Hashable, Codable {
        /// nil: the output as a whole.
        public var outputColumn: String?
        public var inputSource: String
        public var inputColumn: String
        public var type: String
        public var subtype: String
        /// Only hashes or counts of the input come through.
        public var masking: Bool

        enum CodingKeys: String, CodingKey {
            case type, subtype, masking
            case outputColumn = "output_column"
            case inputSource = "input_source"
            case inputColumn = "input_column"
        }
    }

    /// What an attempt said while it went on.
    public struct Message: Sendable, Hashable, Codable {
        public var attempt: Int
        public var at: Date
        public var level: AttemptMessage.Level
        public var text: String
    }

    /// What the run is part of.
    public struct Parent: Sendable, Hashable, Codable {
        public enum Kind: String, Sendable, Codable { case workflow, backfill }

        public var kind: Kind
        public var id: RunID
        public var name: String
    }

    public var summary: RunSummary
    /// A workflow before a backfill.
    public var parent: Parent?
    public var pipelineDigest: String
    public var pipelineYAML: String
    public var variables: [String: String]
    public var baseDirectory: String
    public var requestedEngine: String
    public var engineReason: String?
    /// Of the last attempt.
    public var decision: Decision?
    public var estimatedBytes: Int64?
    public var concurrencyKey: String
    public var maxRunning: Int?
    /// The run that this one repeats.
    public var retryOf: String?
    public var retries: Int
    public var failures: Int
    /// Deaths of workers that had it, and of those that had nothing else.
    public var deaths: Int
    public var deathsAlone: Int
    public var submittedBy: String
    public var acceptedAt: Date?
    public var dueAt: Date?
    public var cancelRequestedAt: Date?
    public var workerID: String?
    public var progress: Double?
    public var phase: String?
    public var filesWritten: Int?
    public var peakMemoryBytes: Int64?
    public var cpuSeconds: Double?
    public var phaseSeconds: [String: Double]
    public var errorKind: String?
    public var errorStep: String?
    public var attempts: [Attempt]
    public var steps: [Step]
    public var checks: [Check]
    public var inputs: [Dataset]
    public var outputs: [Dataset]
    public var lineage: [LineageEdge]
    public var messages: [Message]

    enum CodingKeys: String, CodingKey {
        case summary = "run"
        case parent, variables, retries, failures, deaths, progress, phase, attempts, steps, checks, inputs, outputs,
            lineage, decision, messages
        case estimatedBytes = "estimated_bytes"
        case pipelineDigest = "pipeline_digest"
        case pipelineYAML = "pipeline_yaml"
        case baseDirectory = "base_directory"
        case requestedEngine = "requested_engine"
        case engineReason = "engine_reason"
        case concurrencyKey = "concurrency_key"
        case maxRunning = "max_running"
        case retryOf = "retry_of"
        case deathsAlone = "deaths_alone"
        case submittedBy = "submitted_by"
        case acceptedAt = "accepted_at"
        case dueAt = "due_at"
        case cancelRequestedAt = "cancel_requested_at"
        case workerID = "worker_id"
        case filesWritten = "files_written"
        case peakMemoryBytes = "peak_memory_bytes"
        case cpuSeconds = "cpu_seconds"
        case phaseSeconds = "phase_seconds"
        case errorKind = "error_kind"
        case errorStep = "error_step"
    }
}
