import Dispatch

/// Runs an actor's jobs on a dispatch queue of its own, where a blocking call delays nobody else.
final class BlockingLane: SerialExecutor {
    private let queue: DispatchQueue

    init(label: String) { queue = DispatchQueue(label: label) }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedSerialExecutor()) }
    }

    func asUnownedSerialExecutor() -> UnownedSerialExecutor { UnownedSerialExecutor(ordinary: self) }

    /// Runs one blocking piece of work (file system calls, mostly) away from Swift's cooperative threads.
    static func run<Result: Sendable>(_ work: @escaping @Sendable () throws -> Result) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            shared.async { continuation.resume(with: Swift.Result { try work() }) }
        }
    }

    private static let shared = DispatchQueue(label: "quicketl.blocking", attributes: .concurrent)
}
