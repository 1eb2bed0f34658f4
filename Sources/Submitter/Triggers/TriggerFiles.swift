import Foundation
import Synchronization

/// The files that a set of triggers was read from, and how they were then: whether it has to be read anew.
struct TriggerFiles {
    /// Changes with every way in which editors write.
    fileprivate struct Mark: Hashable {
        var inode: UInt64
        var size: Int64
        var seconds: Int
        var nanoseconds: Int

        /// nil: there is no such file.
        init?(_ path: String) {
            var found = stat()
            guard stat(path, &found) == 0 else { return nil }
            inode = UInt64(found.st_ino)
            size = Int64(found.st_size)
            seconds = Int(found.st_mtim.tv_sec)
            nanoseconds = Int(found.st_mtim.tv_nsec)
        }
    }

    private let folder: String
    private let names: [String]
    private let marks: [String: Mark?]

    /// As they were when they were looked for.
    init(_ log: Log) {
        folder = log.folder
        names = log.names
        marks = log.marks.withLock { $0 }
    }

    var haveChanged: Bool {
        TriggerFolder.names(in: folder) != names || marks.contains { Mark($0.key) != $0.value }
    }

    /// Collects what is looked for while triggers are read, those files that are not there as well. A file is looked at
    /// before it is read, so that what changes meanwhile is seen afterwards.
    final class Log: Sendable {
        fileprivate let folder: String
        fileprivate let names: [String]
        fileprivate let marks = Mutex<[String: Mark?]>([:])

        init(folder: String) {
            self.folder = folder
            names = TriggerFolder.names(in: folder)
        }

        func note(_ path: String) {
            let mark = Mark(path)
            marks.withLock { marks in if marks[path] == nil { marks.updateValue(mark, forKey: path) } }
        }
    }
}
