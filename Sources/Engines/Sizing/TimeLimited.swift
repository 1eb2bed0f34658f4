import Dispatch
import Synchronization

/// Blocking work that nobody waits for longer than until a deadline: a file system that does not answer keeps a thread of
/// its own, and nothing else.
enum TimeLimited {
    /// nil: not done by then. The work goes on; what it gives is dropped.
    static func run<Result: Sendable>(
        until deadline: ContinuousClock.Instant, _ work: @escaping @Sendable () -> Result
    ) async -> Result? {
        await withCheckedContinuation { continuation in
            let answer = Answer(continuation)
            DispatchQueue.global().async { answer.give(work()) }
            let left = max(.zero, deadline - .now)
            timer.asyncAfter(deadline: .now() + left / .seconds(1)) { answer.give(nil) }
        }
    }

    private static let timer = DispatchQueue(label: "quicketl.sizing")

    /// The first answer counts.
    private final class Answer<Result: Sendable>: Sendable {
        private let continuation: Mutex<CheckedContinuation<Result?, Never>?>

        init(_ continuation: CheckedContinuation<Result?, Never>) { self.continuation = Mutex(continuation) }

        func give(_ result: Result?) {
            let waiting = continuation.withLock { waiting in
                defer { waiting = nil }
                return waiting
            }
            waiting?.resume(returning: result)
        }
    }
}
