import Fleet
import Foundation
import Pipeline

/// Turns what was written into the staging place into a manifest. All of this blocks.
enum StagedFiles {
    /// Rows added to a file: the older file's bytes, a newline where it has none, and the new rows' bytes. Gzip and
    /// Zstandard files may follow one another within one file, so compressed text is joined in the same way.
    static func append(_ rows: String, to older: String, as result: String, isCompressed: Bool) throws(Failure) {
        do {
            try FileManager.default.copyItem(atPath: older, toPath: result)
            let target = try FileHandle(forUpdating: URL(fileURLWithPath: result))
            defer { target.closeFile() }
            let end = try target.seekToEnd()
            if !isCompressed, end > 0 {
                try target.seek(toOffset: end - 1)
                if try target.read(upToCount: 1) != Data("\n".utf8) { try target.write(contentsOf: Data("\n".utf8)) }
            }
            let source = try FileHandle(forReadingFrom: URL(fileURLWithPath: rows))
            defer { source.closeFile() }
            while let piece = try source.read(upToCount: 1 << 20), !piece.isEmpty {
                try target.write(contentsOf: piece)
            }
        } catch CocoaError.fileWriteOutOfSpace {
            throw Failure(.diskFull, "adding the rows to a copy of \(older) failed: no space left", step: "write_sink")
        } catch {
            throw Failure(
                .unclassified, "adding the rows to a copy of \(older) failed: \(error.localizedDescription)",
                step: "write_sink")
        }
    }

    /// Syncs all that is staged to disk and says how it is to be moved.
    static func manifest(
        of staging: StagingPlace, sink: FileSink, place: SinkPlace, lease: Lease, rows: Int64?
    ) throws(FileSystemError) -> Manifest {
        let result = staging.result
        let move = move(of: sink)
        let pairs: [(staged: String, target: String)]
        switch move {
        case .replaceFile, .exchangeFolder:
            pairs = [(result, place.target)]
        case .addFiles:
            pairs = try FileSystem.files(below: result).map {
                ("\(result)/\($0)", "\(place.target)/\(StagingPlace.finalName($0) ?? $0)")
            }
        case .loadTable: pairs = []
        case .exchangePartitions:
            let folders = Set(try FileSystem.files(below: result).map { FileSystem.parent(of: "\(result)/\($0)") })
            pairs = folders.sorted().map { folder in
                (folder, place.target + String(decoding: folder.utf8.dropFirst(result.utf8.count), as: UTF8.self))
            }
        }
        try FileSystem.syncTree(staging.directory)
        try FileSystem.sync(FileSystem.parent(of: staging.directory))
        var entries: [Manifest.Entry] = []
        for pair in pairs {
            guard let found = try FileSystem.entry(at: pair.staged) else { continue }
            entries.append(
                Manifest.Entry(
                    staged: pair.staged, target: pair.target, inode: found.inode,
                    bytes: try bytes(of: pair.staged, found), rows: pairs.count == 1 ? rows : nil))
        }
        return Manifest(move: move, entries: entries, stagingDirectory: staging.directory, lease: lease)
    }

    static func move(of sink: FileSink) -> Manifest.Move {
        switch (sink.shape, sink.mode) {
        case (.file, _): .replaceFile
        case (.folder, .append): .addFiles
        case (.folder, .overwrite): .exchangeFolder
        case (.folder, .overwritePartitions): sink.partitionBy.isEmpty ? .exchangeFolder : .exchangePartitions
        }
    }

    static func count(of staging: StagingPlace) throws(FileSystemError) -> Int {
        guard let found = try FileSystem.entry(at: staging.result) else { return 0 }
        return found.isFolder ? try FileSystem.files(below: staging.result).count : 1
    }

    /// Whether folders can change places here: some network file systems cannot.
    static func checkExchange(in staging: StagingPlace) throws(Failure) {
        let names = ["\(staging.directory)/first", "\(staging.directory)/second"]
        do {
            for name in names { try FileSystem.makeFolders(name) }
            try FileSystem.exchange(names[0], names[1])
            for name in names { FileSystem.removeEmptyFolder(name) }
        } catch {
            guard [ENOSYS, EINVAL, ENOTSUP, EOPNOTSUPP].contains(error.code) else { throw error.failure }
            throw Failure(
                .accessDenied,
                "the file system at \(staging.directory) cannot exchange folders in one step, so replacing a folder "
                    + "there would show readers a partial result; write one file, or append, or use another file system",
                step: "write_sink")
        }
    }

    private static func bytes(of path: String, _ found: FileSystem.Entry) throws(FileSystemError) -> Int64 {
        guard found.isFolder else { return found.bytes }
        var sum: Int64 = 0
        for file in try FileSystem.files(below: path) { sum += try FileSystem.entry(at: "\(path)/\(file)")?.bytes ?? 0 }
        return sum
    }
}
