import Fleet
import Pipeline

/// The files that are to be published, from the table that the query has made.
extension DuckDBExecution {
    mutating func writeFiles(
        _ write: StagedWrite, sink: FileSink, place: SinkPlace, plan: Plan
    ) async throws -> Manifest {
        progress(AttemptProgress(phase: "write"))
        if sink.format == .orc {
            try await writeORC(write, sink: sink, plan: plan)
        } else {
            try await writeByChild(write, sink: sink)
        }
        let (lease, staging, rows) = (attempt.lease, staging, metrics.rowsOut)
        let (manifest, files) = try await BlockingLane.run {
            try Self.orFailure { () throws(FileSystemError) in
                for path in [staging.table, staging.scratch] { try FileSystem.removeTree(path) }
                let manifest = try StagedFiles.manifest(
                    of: staging, sink: sink, place: place, lease: lease, rows: rows)
                return (manifest, try StagedFiles.count(of: staging))
            }
        }
        metrics.filesWritten = files
        metrics.bytesOut = manifest.entries.reduce(0) { $0 + $1.bytes }
        return manifest
    }

    private func writeByChild(_ write: StagedWrite, sink: FileSink) async throws {
        if write.appendedFile != nil {
            let columns = try await executeWrite(write.appendDescriptions)
            try write.checkAppend(old: try columns[0].rows(), new: try columns[1].rows())
        }
        _ = try await executeWrite(try write.fileStatements())
        if !sink.partitionBy.isEmpty, write.writtenFiles == nil {
            try await BlockingLane.run {
                try Self.orFailure { () throws(FileSystemError) in try HiveNames.respell(below: write.partitionedFolder)
                }
            }
        }
        if write.isPartitionedJSON {
            let files = try await BlockingLane.run {
                try Self.orFailure { () throws(FileSystemError) in try Self.mirrorFolders(write) }
            }
            _ = try await executeWrite(write.partitionStatements(files))
        }
        if let older = write.appendedFile, sink.format != .parquet {
            let staging = staging
            try await BlockingLane.run {
                let isCompressed = older.hasSuffix(".gz") || older.hasSuffix(".zst")
                try StagedFiles.append(staging.scratch, to: older, as: staging.result, isCompressed: isCompressed)
            }
        }
    }

    /// The partition folders below `scratch`, made below `result` as well; answers with the files to convert.
    static func mirrorFolders(_ write: StagedWrite) throws(FileSystemError) -> [String] {
        let files = try FileSystem.files(below: write.staging.scratch)
        for folder in Set(files.map { FileSystem.parent(of: "\(write.staging.result)/\($0)") }).sorted() {
            try FileSystem.makeFolders(folder)
        }
        try FileSystem.makeFolders(write.staging.result)
        return files
    }

    static func orFailure<Result>(_ body: () throws(FileSystemError) -> Result) throws -> Result {
        do {
            return try body()
        } catch {
            var failure = error.failure
            failure.step = "write_sink"
            throw failure
        }
    }
}
