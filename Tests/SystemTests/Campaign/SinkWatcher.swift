import Foundation
import Synchronization

/// A thread that reads every sink all the time and keeps each state that it ever sees.
final class SinkWatcher: Sendable {
    struct Seen: Sendable {
        /// For each sink, its marks in the order in which they came to be seen. (Of one that grows: the last one.)
        var marks: [String: [String]] = [:]
        var partial: [String] = []
        /// What a growing sink lost or changed.
        var rewritten: [String] = []
        var looks = 0
        var readings = 0
    }

    private struct Memory {
        var seen = Seen()
        var last: [String: [String]] = [:]
        var stamps: [String: Stamp] = [:]
        var isStopped = false
    }

    /// Two states of a sink differ in it: what is put in place is a new file or folder.
    private struct Stamp: Equatable {
        var inode: UInt
        var size: Int
        var seconds: Int
        var nanoseconds: Int
    }

    private let sinks: [CampaignSink]
    private let memory = Mutex(Memory())
    private let ended = DispatchSemaphore(value: 0)

    init(_ sinks: [CampaignSink]) {
        self.sinks = sinks
        Thread.detachNewThread { [self] in
            while !memory.withLock({ $0.isStopped }) {
                lookOnce()
                usleep(500)
            }
            ended.signal()
        }
    }

    /// Looks a last time, and answers all that was ever seen.
    func stop() -> Seen {
        memory.withLock { $0.isStopped = true }
        ended.wait()
        memory.withLock { $0.stamps = [:] }
        lookOnce()
        return memory.withLock { $0.seen }
    }

    var seen: Seen { memory.withLock { $0.seen } }

    private func lookOnce() {
        for sink in sinks {
            var found = stat()
            guard stat(sink.path, &found) == 0 else { continue }
            let stamp = Stamp(
                inode: UInt(found.st_ino), size: Int(found.st_size), seconds: Int(found.st_mtim.tv_sec),
                nanoseconds: Int(found.st_mtim.tv_nsec))
            guard memory.withLock({ $0.stamps[sink.name] != stamp }) else { continue }
            let reading = SinkReading.of(sink)
            memory.withLock { note(reading, of: sink, stamp, in: &$0) }
        }
        memory.withLock { $0.seen.looks += 1 }
    }

    private func note(_ reading: SinkReading, of sink: CampaignSink, _ stamp: Stamp, in memory: inout Memory) {
        memory.seen.readings += 1
        switch reading {
        case .absent, .moved: return
        case .partial(let what):
            memory.seen.partial.append("\(sink.name): \(what)")
        case .marks(let marks):
            let before = memory.last[sink.name] ?? []
            if sink.kind == .append, !marks.starts(with: before) {
                memory.seen.rewritten.append("\(sink.name): \(before.suffix(3)) became \(marks.suffix(3))")
            }
            if marks != before {
                memory.seen.marks[sink.name, default: []].append(marks.last ?? "")
                memory.last[sink.name] = marks
            }
        }
        memory.stamps[sink.name] = stamp
    }

    /// What is in a sink now: all marks of one that grows.
    func content(of sink: CampaignSink) -> [String] { memory.withLock { $0.last[sink.name] ?? [] } }
}
