import Fleet
import Pipeline

/// The statements and paths by which one attempt's rows become staged files. Pure: says what to do, does nothing.
///
/// The query's rows go into one Parquet file, over which the checks run. Where that file is not what is published
/// (text formats, partitions, a file that is appended to), the staged files are then written from it.
struct StagedWrite: Sendable {
    /// nil: a dry run of a pipeline without a sink.
    var sink: FileSink?
    var staging: StagingPlace
    /// Of the older result, where one exists and rows are added to that very file.
    var appendedFile: String?
    var runID: RunID
    var output: Schema
    /// Another engine writes the files that are published.
    var isWrittenElsewhere = false
    /// Once it has: how their rows are read back.
    var writtenFiles: String?

    init(sink: FileSink?, place: SinkPlace?, staging: StagingPlace, runID: RunID, output: Schema) {
        self.sink = sink
        self.staging = staging
        self.runID = runID
        self.output = output
        if let sink, let place, sink.mode == .append, place.shape == .file, place.exists { appendedFile = place.target }
    }

    // MARK: - The table

    /// Whether the Parquet file with the query's rows is itself the (only) staged file.
    var isDirect: Bool {
        guard let sink else { return false }
        return sink.format == .parquet && sink.partitionBy.isEmpty && appendedFile == nil
    }

    /// Where the query's rows go.
    var tablePath: String {
        guard isDirect, let sink else { return staging.table }
        return sink.shape == .file ? staging.result : "\(staging.result)/\(partName)"
    }

    var table: String {
        writtenFiles ?? "read_parquet(\(DuckDBText.exactPath(tablePath)), hive_partitioning = false)"
    }

    /// Executes the query into the table; answers with a profile.
    func tableStatement(query: String) -> String {
        let options = isDirect ? fileOptions(sink: sink) : "FORMAT parquet"
        return "EXPLAIN (ANALYZE, FORMAT json) COPY (\(query)) TO \(DuckDBText.literal(tablePath)) (\(options))"
    }

    // MARK: - The files

    /// The folder that has to be there before the files are written.
    var resultFolder: String? {
        guard !isWrittenElsewhere, sink?.format != .orc else { return nil }
        return sink?.shape == .folder && sink?.partitionBy.isEmpty == true ? staging.result : nil
    }

    /// What another engine would write to publish it as it is; nil: the child has to write. One file has one writer, and
    /// what is sorted stays so in the files of a partition only where the child writes them.
    func resultElsewhere(isSorted: Bool, hasChecks: Bool) -> TableRequest.Result? {
        guard let sink else { return nil }
        // The rows are checked as Parquet, and become ORC then.
        if sink.format == .orc { return hasListsInside ? nil : .published(partitionBy: [], refusesEmpty: false) }
        guard sink.format == .parquet, sink.shape == .folder, sink.compression == nil else { return nil }
        let partitions = Set(sink.partitionBy.map { Array($0.text.utf8) })
        var refusesEmpty = false
        for column in output.columns {
            let isPartition = partitions.contains(Array(column.name.utf8))
            switch column.type {
            case .text: if isPartition, hasChecks { refusesEmpty = true }
            case .boolean, .int8, .int16, .int32, .int64, .date: break
            case .float32, .float64, .decimal, .timestamp, .timestamptz, .binary: if isPartition { return nil }
            default: return nil
            }
        }
        if !partitions.isEmpty, isSorted || partitions.count >= output.columns.count { return nil }
        return .published(partitionBy: sink.partitionBy.map(\.text), refusesEmpty: refusesEmpty)
    }

    /// Where another engine leaves what `resultElsewhere` asks for.
    var folderElsewhere: String { sink?.format == .orc ? staging.table : staging.result }

    private var hasListsInside: Bool {
        output.columns.contains {
            switch $0.type {
            case .list, .structure: true
            default: false
            }
        }
    }

    /// Writes what is published from the table, unless it is the table itself. JSON that is partitioned takes
    /// a second round (`partitionStatements`), since DuckDB has no such COPY.
    func fileStatements() throws(Failure) -> [String] {
        guard let sink, !isDirect, writtenFiles == nil, sink.format != .orc else { return [] }
        if sink.partitionBy.isEmpty {
            if let appendedFile, sink.format == .parquet {
                let old = "read_parquet(\(DuckDBText.exactPath(appendedFile)), hive_partitioning = false)"
                return [copy("SELECT * FROM \(old) UNION ALL SELECT * FROM \(table)", to: staging.result)]
            }
            if appendedFile != nil { return [copy(rows, to: staging.scratch, header: false)] }
            return [copy(rows, to: sink.shape == .file ? staging.result : "\(staging.result)/\(partName)")]
        }
        let columns = sink.partitionBy.map { DuckDBText.identifier($0.text) }
        guard columns.count < output.columns.count else {
            throw Self.nothingToWrite
        }
        let format = sink.format == .json ? FileFormat.parquet : sink.format
        let pattern = DuckDBText.literal("part-\(runID)-{i}")
        let ending = DuckDBText.literal(StagingPlace.stagedEnding(format))
        return [
            "COPY (\(partitionRows)) TO \(DuckDBText.literal(partitionedFolder)) (FORMAT \(format.rawValue)"
                + (format == .csv ? ", HEADER true" : "")
                + ", PARTITION_BY (\(columns.joined(separator: ", "))), FILENAME_PATTERN \(pattern)"
                + ", FILE_EXTENSION \(ending))"
        ]
    }

    static let nothingToWrite = Failure(
        .invalidPipeline, "every column is a partition column, so there is nothing to write into the files",
        step: "write_sink")

    /// Where partitions are written first.
    var partitionedFolder: String { isPartitionedJSON ? staging.scratch : staging.result }

    var isPartitionedJSON: Bool { sink?.format == .json && sink?.partitionBy.isEmpty == false }

    /// One COPY per file that was written below `scratch`, into the same place below `result`, whose folders exist.
    func partitionStatements(_ files: [String]) -> [String] {
        let ending = StagingPlace.stagedEnding(.parquet)
        return files.map { file in
            let scan = "read_parquet(\(DuckDBText.exactPath("\(staging.scratch)/\(file)")), hive_partitioning = false)"
            let target = "\(staging.result)/\(file.dropLast(ending.utf8.count))\(StagingPlace.stagedEnding(.json))"
            return "COPY (\(finite(from: scan))) TO \(DuckDBText.literal(target)) (FORMAT json)"
        }
    }

    // MARK: - Appending to a file

    /// Describes the older file and the table, each with rows (column_name, column_type).
    var appendDescriptions: [String] {
        guard let appendedFile, let sink, sink.format != .orc else { return [] }
        let path = DuckDBText.exactPath(appendedFile)
        let old =
            switch sink.format {
            case .parquet, .orc: "read_parquet(\(path), hive_partitioning = false)"
            case .csv:
                "read_csv(\(path), header = true, all_varchar = true, delim = \(DuckDBText.literal(delimiter)), "
                    + "hive_partitioning = false)"
            case .json: "read_json(\(path), format = 'newline_delimited', hive_partitioning = false)"
            }
        return ["DESCRIBE SELECT * FROM \(old)", "DESCRIBE SELECT * FROM \(table)"]
    }

    /// Throws when the older file's columns are not those of the new rows.
    func checkAppend(old: [[String: String?]], new: [[String: String?]]) throws(Failure) {
        guard appendedFile != nil, let sink else { return }
        func columns(_ rows: [[String: String?]]) -> [String] {
            let named = rows.map { row in
                let name = (row["column_name"] ?? nil) ?? ""
                return sink.format == .parquet ? "\(name) \((row["column_type"] ?? nil) ?? "")" : name
            }
            return sink.format == .json ? named.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) } : named
        }
        try checkAppend(old: columns(old), new: columns(new))
    }

    func checkAppend(old before: [String], new after: [String]) throws(Failure) {
        guard let appendedFile else { return }
        guard !before.elementsEqual(after, by: { $0.utf8.elementsEqual($1.utf8) }) else { return }
        throw Failure(
            .invalidPipeline,
            "appending to \(appendedFile) failed: its columns are (\(before.joined(separator: ", "))), those of the "
                + "pipeline (\(after.joined(separator: ", ")))", step: "write_sink")
    }

    // MARK: - Pieces

    private var partName: String { "part-\(runID)-0.\(StagingPlace.stagedEnding(sink?.format ?? .parquet))" }

    private var isTabSeparated: Bool { sink.map { Self.bareName($0).name.hasSuffix(".tsv") } ?? false }
    private var delimiter: String { isTabSeparated ? "\t" : "," }

    private func copy(_ query: String, to path: String, header: Bool = true) -> String {
        "COPY (\(query)) TO \(DuckDBText.literal(path)) (\(fileOptions(sink: sink, header: header)))"
    }

    /// The staged name says nothing, so that format and compression are always given.
    private func fileOptions(sink: FileSink?, header: Bool = true) -> String {
        guard let sink else { return "FORMAT parquet" }
        var options = ["FORMAT \(sink.format.rawValue)"]
        if sink.format == .csv {
            options += ["HEADER \(header)", "DELIMITER \(DuckDBText.literal(delimiter))"]
        }
        if sink.format == .parquet, let compression = sink.compression {
            options.append("COMPRESSION \(compression.rawValue)")
        } else if sink.shape == .file, let compression = Self.bareName(sink).compression {
            options.append("COMPRESSION \(compression)")
        }
        return options.joined(separator: ", ")
    }

    private static func bareName(_ sink: FileSink) -> (name: String, compression: String?) {
        let name = FileSystem.name(of: sink.path.text)
        if name.hasSuffix(".gz") { return (String(name.dropLast(3)), "gzip") }
        if name.hasSuffix(".zst") { return (String(name.dropLast(4)), "zstd") }
        return (name, nil)
    }

    private var rows: String { sink?.format == .json ? finite(from: table) : "SELECT * FROM \(table)" }

    /// JSON has no NaN and no infinity: null. (Inside lists and structures they stay as DuckDB prints them.)
    private func finite(from scan: String) -> String {
        let partitions = Set(sink?.partitionBy.map { Array($0.text.utf8) } ?? [])
        return replacing(from: scan) { column, name in
            guard column.type == .float32 || column.type == .float64, !partitions.contains(Array(column.name.utf8))
            else { return nil }
            return "CASE WHEN isfinite(\(name)) THEN \(name) END"
        }
    }

    /// An empty text and null are the same partition.
    private var partitionRows: String {
        let partitions = Set(sink?.partitionBy.map { Array($0.text.utf8) } ?? [])
        return replacing(from: table) { column, name in
            column.type == .text && partitions.contains(Array(column.name.utf8)) ? "nullif(\(name), '')" : nil
        }
    }

    private func replacing(from scan: String, _ change: (Schema.Column, String) -> String?) -> String {
        let changes = output.columns.compactMap { column -> String? in
            let name = DuckDBText.identifier(column.name)
            return change(column, name).map { "\($0) AS \(name)" }
        }
        let star = changes.isEmpty ? "*" : "* REPLACE (\(changes.joined(separator: ", ")))"
        return "SELECT \(star) FROM \(scan)"
    }
}
