public import Foundation

/// How DuckDB children are started and what each may use.
public struct DuckDBSettings: Sendable {
    public var binary: DuckDBBinary
    /// Children, and so runs at a time.
    public var slots: Int
    /// Children beside those, which describe and check for runs that another engine computes. Started when needed.
    public var guestSlots = 0
    /// Absolute folders that runs may read and write below. Empty: no limit but the file system's own.
    public var allowedRoots: [String]
    /// Of one child.
    public var memoryLimitBytes: Int64
    /// Of one child.
    public var threads: Int
    /// Spilled data goes below here, in a folder per child that is removed with it.
    public var temporaryDirectory: String
    /// Of one child; nil: DuckDB's own default (nine tenths of the free space).
    public var temporaryBytesLimit: Int64?
    /// A child is replaced after this many runs, so that nothing slow can build up in it.
    public var runsPerChild: Int
    /// A child that is idle and larger than this is replaced. An idle child of DuckDB 1.5.5 starts at 25 MB.
    public var idleResidentLimitBytes: Int64
    /// Where results for databases are staged, on storage that all workers share; nil: the run's base folder.
    public var stagingDirectory: String?
    /// Looked up for the connections of runs.
    public var secrets: Secrets
    /// Of one statement's result. Data never comes this way, only descriptions, counts and profiles.
    var resultLimitBytes = 16 << 20

    public init(
        binary: DuckDBBinary, slots: Int = 1, allowedRoots: [String] = [], memoryLimitBytes: Int64? = nil,
        threads: Int? = nil, temporaryDirectory: String = NSTemporaryDirectory(), temporaryBytesLimit: Int64? = nil,
        runsPerChild: Int = 100, idleResidentLimitBytes: Int64 = 512 << 20, stagingDirectory: String? = nil,
        secrets: Secrets = .none
    ) {
        self.stagingDirectory = stagingDirectory
        self.secrets = secrets
        self.binary = binary
        self.slots = max(1, slots)
        self.allowedRoots = allowedRoots
        let share = Int64(clamping: ProcessInfo.processInfo.physicalMemory) * 6 / 10 / Int64(max(1, slots))
        self.memoryLimitBytes = memoryLimitBytes ?? share
        self.threads = threads ?? max(1, ProcessInfo.processInfo.activeProcessorCount / max(1, slots))
        self.temporaryDirectory = temporaryDirectory
        self.temporaryBytesLimit = temporaryBytesLimit
        self.runsPerChild = max(1, runsPerChild)
        self.idleResidentLimitBytes = idleResidentLimitBytes
    }

    /// What a new child is told before anything else. `folder` is the child's own.
    func opening(folder: String) -> [String] {
        var settings = [
            "SET TimeZone = 'UTC'",
            "SET threads = \(threads)",
            "SET memory_limit = '\(max(1, memoryLimitBytes >> 10))KiB'",
            "SET temp_directory = \(DuckDBText.literal(folder + "/spill"))",
            "SET preserve_insertion_order = true",
            // A child outlives a run: it must not answer from what it remembers of a file that has changed since.
            "SET enable_external_file_cache = false",
            "SET autoinstall_known_extensions = false",
            "SET allow_community_extensions = false",
            "SET allow_persistent_secrets = false",
            "SET enable_progress_bar = true",
            // Milliseconds. Short statements draw no bar at all.
            "SET progress_bar_time = 100",
        ]
        if let temporaryBytesLimit {
            settings.append("SET max_temp_directory_size = '\(max(1, temporaryBytesLimit >> 10))KiB'")
        }
        if let extensions = binary.extensionDirectory {
            settings.append("SET extension_directory = \(DuckDBText.literal(extensions))")
        }
        return settings
    }

    /// What confines a child to its folders and locks that, once extensions are loaded and databases attached: from
    /// here on it can do neither.
    func confinement(folder: String) -> [String] {
        var settings: [String] = []
        if !allowedRoots.isEmpty {
            let roots = (allowedRoots + [stagingDirectory, folder].compactMap(\.self)).map(DuckDBText.literal).joined(
                separator: ", ")
            settings.append("SET allowed_directories = [\(roots)]")
            settings.append("SET enable_external_access = false")
        }
        settings.append("SET lock_configuration = true")
        return settings
    }
}
