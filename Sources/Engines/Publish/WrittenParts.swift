import Fleet
import Pipeline

/// Files that another engine wrote into a staged folder, under the names that staged files have.
enum WrittenParts {
    /// Renames the data files below `folder`, which keep their order, and removes whatever else the engine left; answers
    /// with their paths. No folder: no rows, and it is made. Blocking.
    static func stage(
        below folder: String, of runID: RunID, as format: FileFormat = .parquet
    ) throws(FileSystemError) -> [String] {
        try FileSystem.makeFolders(folder)
        var parts: [String] = []
        for file in try FileSystem.files(below: folder) {
            let path = "\(folder)/\(file)"
            let first = FileSystem.name(of: path).utf8.first
            if first == UInt8(ascii: "_") || first == UInt8(ascii: ".") {
                try FileSystem.removeFile(path)
            } else {
                parts.append(path)
            }
        }
        let width = max(5, String(parts.count).utf8.count)
        var staged: [String] = []
        for (index, part) in parts.enumerated() {
            let number = String(repeating: "0", count: width - String(index).utf8.count) + String(index)
            let path =
                "\(FileSystem.parent(of: part))/part-\(runID)-\(number).\(StagingPlace.stagedEnding(format))"
            try FileSystem.rename(part, to: path)
            staged.append(path)
        }
        return staged
    }
}
