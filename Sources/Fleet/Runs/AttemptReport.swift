public import Pipeline

/// Everything an attempt has to say when its result is staged and checked: what to publish and what to record.
///
/// Stored whole in the decide step, so that a successor can settle exactly this without executing again.
public struct AttemptReport: Hashable, Sendable, Codable {
    public var engine: String
    /// The engine's own, such as `v1.5.5`; nil: it did not tell.
    public var engineVersion: String?
    /// Why this engine, in a sentence.
    public var engineReason: String
    /// nil when there is nothing to publish (checks failed).
    public var manifest: Manifest?
    public var metrics: AttemptMetrics
    public var steps: [StepReport]
    public var checks: [CheckReport]
    public var inputs: [DatasetUse]
    public var outputs: [DatasetUse]
    public var lineage: [ColumnLineageEdge]
    /// Where engines were weighed.
    public var decision: Decision?

    public init(
        engine: String, engineReason: String, manifest: Manifest? = nil, metrics: AttemptMetrics = AttemptMetrics(),
        steps: [StepReport] = [], checks: [CheckReport] = [], inputs: [DatasetUse] = [], outputs: [DatasetUse] = [],
        lineage: [ColumnLineageEdge] = [], decision: Decision? = nil, engineVersion: String? = nil
    ) {
        self.engineVersion = engineVersion
        self.decision = decision
        self.engine = engine
        self.engineReason = engineReason
        self.manifest = manifest
        self.metrics = metrics
        self.steps = steps
        self.checks = checks
        self.inputs = inputs
        self.outputs = outputs
        self.lineage = lineage
    }

    /// Checks of severity error that did not pass.
    public var failedChecks: [CheckReport] { checks.filter { !$0.passed && $0.severity == .error } }
}

public struct AttemptMetrics: Hashable, Sendable, Codable {
    /// Rows of all sources together, and of the final table.
    public var rowsIn: Int64?
    public var rowsOut: Int64?
    public var bytesIn: Int64?
    public var bytesOut: Int64?
    public var filesWritten: Int?
    public var peakMemoryBytes: Int64?
    public var cpuSeconds: Double?
    /// Seconds by phase: `describe`, `wait` (for memory, or for Spark), `start` (of Spark), `execute`, `check`, `write`,
    /// `publish`.
    public var phaseSeconds: [String: Double]

    /// The engine's own: what predictions are of.
    public var engineSeconds: Double? {
        guard let execute = phaseSeconds["execute"] else { return nil }
        return execute + (phaseSeconds["check"] ?? 0) + (phaseSeconds["write"] ?? 0)
    }

    public init(
        rowsIn: Int64? = nil, rowsOut: Int64? = nil, bytesIn: Int64? = nil, bytesOut: Int64? = nil,
        filesWritten: Int? = nil, peakMemoryBytes: Int64? = nil, cpuSeconds: Double? = nil,
        phaseSeconds: [String: Double] = [:]
    ) {
        self.rowsIn = rowsIn
        self.rowsOut = rowsOut
        self.bytesIn = bytesIn
        self.bytesOut = bytesOut
        self.filesWritten = filesWritten
        self.peakMemoryBytes = peakMemoryBytes
        self.cpuSeconds = cpuSeconds
        self.phaseSeconds = phaseSeconds
    }
}

public struct StepReport: Hashable, Sendable, Codable {
    /// `read_source[_NAME]`, `transform_I_OP`, `quality_checks`, `write_sink`.
    public var name: String
    public var type: String
    public var rowsIn: Int64?
    public var rowsOut: Int64?
    public var seconds: Double?

    public init(name: String, type: String, rowsIn: Int64? = nil, rowsOut: Int64? = nil, seconds: Double? = nil) {
        self.name = name
        self.type = type
        self.rowsIn = rowsIn
        self.rowsOut = rowsOut
        self.seconds = seconds
    }
}

public struct CheckReport: Hashable, Sendable, Codable {
    /// `not_null`, `unique`, …
    public var type: String
    /// What was checked: columns or expression, as written.
    public var subject: String
    public var severity: CheckSpec.Severity
    public var passed: Bool
    public var failedRows: Int64
    /// Never holds a value of a row: messages are logged.
    public var message: String
    /// Up to five keys, or values of the column that is checked, of rows that failed. They are data: never logged.
    public var samples: [String]

    public static let sampleLimit = 5

    public init(
        type: String, subject: String, severity: CheckSpec.Severity, passed: Bool, failedRows: Int64, message: String,
        samples: [String] = []
    ) {
        self.type = type
        self.subject = subject
        self.severity = severity
        self.passed = passed
        self.failedRows = failedRows
        self.message = message
        self.samples = samples
    }

    /// Reports that an older version stored have no samples.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        type = try values.decode(String.self, forKey: .type)
        subject = try values.decode(String.self, forKey: .subject)
        severity = try values.decode(CheckSpec.Severity.self, forKey: .severity)
        passed = try values.decode(Bool.self, forKey: .passed)
        failedRows = try values.decode(Int64.self, forKey: .failedRows)
        message = try values.decode(String.self, forKey: .message)
        samples = try values.decodeIfPresent([String].self, forKey: .samples) ?? []
    }
}

/// A dataset that an attempt read or wrote. Namespace and name follow OpenLineage's naming rules
/// (`file` and the absolute path for local files).
public struct DatasetUse: Hashable, Sendable, Codable {
    public struct Column: Hashable, Sendable, Codable {
        public var name: String
        public var type: String

        public init(name: String, type: String) {
            self.name = name
            self.type = type
        }
    }

    public var namespace: String
    public var name: String
    /// For an input: the name of the source in the plan, which column lineage refers to.
    public var sourceName: String?
    public var rows: Int64?
    public var bytes: Int64?
    public var files: Int?
    public var columns: [Column]

    public init(
        namespace: String, name: String, sourceName: String? = nil, rows: Int64? = nil, bytes: Int64? = nil,
        files: Int? = nil, columns: [Column] = []
    ) {
        self.namespace = namespace
        self.name = name
        self.sourceName = sourceName
        self.rows = rows
        self.bytes = bytes
        self.files = files
        self.columns = columns
    }
}

/// What moving a staged result into place means. Written down before the move, so that anyone can finish it.
public struct Manifest: Hashable, Sendable, Codable {
    public enum Move: Hashable, Sendable, Codable {
        /// The staged file replaces the target file.
        case replaceFile
        /// The staged folder takes the target folder's place, by exchange where there is one already.
        case exchangeFolder
        /// Each file goes to its own target; names hold the run id, so that a repetition replaces itself.
        case addFiles
        /// Each staged partition folder takes the place of the partition folder of the same name.
        case exchangePartitions
        /// The staged rows go into a table of a database, in one transaction with a marker that names the run.
        case loadTable
    }

    /// What is to happen to the table that staged rows are loaded into.
    public struct Load: Hashable, Sendable, Codable {
        /// Secrets in it are names.
        public var connection: SecretText
        /// Absolute: what a file's relative path is relative to.
        public var baseDirectory: String
        /// nil: the database's default.
        public var schema: String?
        public var table: String
        public var mode: DatabaseSink.Mode
        public var upsertKeys: [String]

        public init(
            connection: SecretText, baseDirectory: String, schema: String?, table: String, mode: DatabaseSink.Mode,
            upsertKeys: [String]
        ) {
            self.connection = connection
            self.baseDirectory = baseDirectory
            self.schema = schema
            self.table = table
            self.mode = mode
            self.upsertKeys = upsertKeys
        }
    }

    public struct Entry: Hashable, Sendable, Codable {
        /// Absolute paths; of a table, its database and name.
        public var staged: String
        public var target: String
        /// Of the staged file or folder (`st_ino`): tells a move that has happened from one that has not.
        public var inode: UInt64
        public var bytes: Int64
        public var rows: Int64?

        public init(staged: String, target: String, inode: UInt64, bytes: Int64, rows: Int64? = nil) {
            self.staged = staged
            self.target = target
            self.inode = inode
            self.bytes = bytes
            self.rows = rows
        }
    }

    public var move: Move
    public var entries: [Entry]
    /// Holds everything staged by the attempt; removed after the move.
    public var stagingDirectory: String
    public var lease: Lease
    /// Of `loadTable`; its one entry is a Parquet file with the rows.
    public var load: Load?

    public init(move: Move, entries: [Entry], stagingDirectory: String, lease: Lease, load: Load? = nil) {
        self.load = load
        self.move = move
        self.entries = entries
        self.stagingDirectory = stagingDirectory
        self.lease = lease
    }
}
