/// When a run whose attempt failed transiently is due again: exponential backoff with jitter and a cap.
public struct RetryPolicy: Sendable, Hashable {
    public var firstDelay: Duration = .seconds(2)
    public var cap: Duration = .seconds(300)

    public init() {}

    /// The delay after the `failures`-th transient failure (from 1). `jitter` in 0..<1 spreads runs that failed
    /// together over the upper half of the delay.
    public func delay(afterFailures failures: Int, jitter: Double) -> Duration {
        let doublings = min(max(failures - 1, 0), 30)
        let full = min(firstDelay * (1 << doublings), cap)
        return full / 2 + full / 2 * jitter
    }

    /// What becomes of an attempt that failed: again later, or for good.
    ///
    /// `failures` counts transient failures so far including this one; `retries` is what the request allows.
    public func settlement(
        of failure: Failure, report: AttemptReport? = nil, failures: Int, retries: Int, jitter: Double
    ) -> Settlement {
        guard failure.isTransient, failures <= retries else { return .failed(failure, report) }
        return .retry(failure, after: delay(afterFailures: failures, jitter: jitter))
    }

    func problems() -> [String] {
        firstDelay > .zero && firstDelay <= cap ? [] : ["the first retry delay must be positive and not above its cap"]
    }
}
