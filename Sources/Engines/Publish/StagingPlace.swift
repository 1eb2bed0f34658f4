import Fleet
import Pipeline

/// Where an attempt writes before anything is published: `.quicketl-staging/RUN.TOKEN/` in the folder that holds the
/// sink, so on the same file system and outside the dataset.
///
/// DuckDB's globs descend into hidden folders (`**` matches them, also names that begin with a dot), so hiding is not
/// enough for a reader whose glob begins above the sink: what is staged has no data file's name, until moments before
/// it is moved into place. All calls block.
struct StagingPlace: Sendable, Hashable {
    static let folderName = ".quicketl-staging"
    /// How staged files in folders end, by how they will: nothing that a pattern for a format's files would match
    /// (`*.json*`, say). The publisher changes one into the other.
    private static let endings: [(staged: String, final: String)] = [
        (".staged-p", ".parquet"), (".staged-c", ".csv"), (".staged-j", ".json"),
        (".staged-o", ".orc"),
    ]

    /// Without the point.
    static func stagedEnding(_ format: FileFormat) -> String {
        switch format {
        case .parquet: "staged-p"
        case .csv: "staged-c"
        case .json: "staged-j"
        case .orc: "staged-o"
        }
    }

    /// The name under which a staged file is published; nil for a file that has its final name.
    static func finalName(_ name: String) -> String? {
        endings.first { name.hasSuffix($0.staged) }.map { name.dropLast($0.staged.count) + $0.final }
    }

    var directory: String
    private var runID: RunID
    private var token: LeaseToken

    /// What is published: a file or a folder.
    var result: String { Self.result(in: directory) }
    /// The final table as Parquet, where that is not what is published.
    var table: String { directory + "/table" }
    /// A folder to convert into.
    var scratch: String { directory + "/scratch" }

    static func result(in directory: String) -> String { directory + "/out" }

    init(beside place: SinkPlace, lease: Lease) {
        self.init(in: FileSystem.join(place.parent, Self.folderName), lease: lease)
    }

    /// For a dry run: in a folder of the engine's own.
    init(in folder: String, lease: Lease) {
        directory = "\(folder)/\(Self.name(lease))"
        (runID, token) = (lease.runID, lease.token)
    }

    /// Makes the folder, and removes what older attempts of the same run left: this attempt would not execute if one
    /// of them had decided.
    func create() throws(FileSystemError) {
        try make()
        for older in try older() { try FileSystem.removeTree(older) }
    }

    /// Makes the folder alone.
    func make() throws(FileSystemError) {
        // A neighbour that ends may remove the holder, empty, between the making of the two.
        for _ in 1...10 {
            let made: Void? = try FileSystem.unlessMissing { () throws(FileSystemError) in
                try FileSystem.makeFolders(directory)
            }
            if made != nil { break }
        }
    }

    /// The folders that older attempts of the same run left, the newest first.
    func older() throws(FileSystemError) -> [String] {
        let holder = FileSystem.parent(of: directory)
        let names = try FileSystem.unlessMissing { () throws(FileSystemError) in try FileSystem.names(in: holder) }
        var found: [(sequence: Int64, path: String)] = []
        for name in names ?? [] {
            let parts = name.split(separator: ".", maxSplits: 1)
            guard parts.count == 2, parts[0] == runID.description, let older = StagedToken(String(parts[1])),
                older.sequence < token.sequence
            else { continue }
            found.append((older.sequence, "\(holder)/\(name)"))
        }
        return found.sorted { $0.sequence > $1.sequence }.map(\.path)
    }

    /// Best effort: what stays is hidden, has no data file's name, and goes with the next attempt of the run.
    func remove() { Self.remove(directory) }

    static func remove(_ directory: String) {
        try? FileSystem.removeTree(directory)
        FileSystem.removeEmptyFolder(FileSystem.parent(of: directory))
    }

    private static func name(_ lease: Lease) -> String { "\(lease.runID).\(lease.token)" }
}

/// A lease token as it stands in a file's name.
struct StagedToken: Sendable, Hashable {
    var sequence: Int64

    /// Reads `LeaseToken.description`: digits, a hyphen, a piece of the nonce.
    init?(_ text: String) {
        guard let digits = text.split(separator: "-", omittingEmptySubsequences: false).first,
            let sequence = Int64(digits)
        else { return nil }
        self.sequence = sequence
    }
}
