import Foundation
import Pipeline
import Queue
import Synchronization

/// The files that a set of triggers was read from, and how they were then: whether it has to be read anew.
struct TriggerFiles {
    private let folder: String
    private let names: [String]
    /// What tells one content of a file from another; nil where there is none.
    private let marks: [String: String?]

    /// As they were when they were looked for.
    init(_ log: Log) {
        folder = log.folder
        names = log.names
        marks = log.marks.withLock { $0 }
    }

    var haveChanged: Bool {
        TriggerFolder.names(in: folder) != names || marks.contains { Self.mark($0.key) != $0.value }
    }

    fileprivate static func mark(_ path: String) -> String? { Landing.file(at: path)?.revision }

    /// Collects what is looked for while triggers are read, those files that are not there as well. A file is looked at
    /// before it is read, so that what changes meanwhile is seen afterwards.
    final class Log: Sendable {
        fileprivate let folder: String
        fileprivate let names: [String]
        fileprivate let marks = Mutex<[String: String?]>([:])

        init(folder: String) {
            self.folder = folder
            names = TriggerFolder.names(in: folder)
        }

        func note(_ path: String) {
            let mark = TriggerFiles.mark(path)
            marks.withLock { marks in if marks[path] == nil { marks.updateValue(mark, forKey: path) } }
        }
    }
}
