import Dispatch

/// The serial queue on which one connection's blocking calls run, away from Swift's own threads.
///
/// A lane may block for as long as its longest limit; libdispatch gives each private queue a thread of its own when
/// it needs one.
final class BlockingLane: SerialExecutor {
    let queue: DispatchQueue

    init(label: String) { queue = DispatchQueue(label: label) }

    func enqueue(_ job: consuming ExecutorJob) {
        let unowned = UnownedJob(job)
        queue.async { unowned.runSynchronously(on: self.asUnownedSerialExecutor()) }
    }

    func asUnownedSerialExecutor() -> UnownedSerialExecutor { UnownedSerialExecutor(ordinary: self) }

    /// Lets handlers of dispatch sources on `queue` assume the isolation of the actor that owns this lane.
    func checkIsolated() { dispatchPrecondition(condition: .onQueue(queue)) }
}
