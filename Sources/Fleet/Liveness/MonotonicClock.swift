/// The clock by which a worker waits and trusts: monotonic, and replaceable, so that a simulation can hold it.
///
/// Instants count from the making of the clock; those of two clocks cannot be compared.
public struct MonotonicClock: Clock {
    public struct Instant: InstantProtocol {
        private var offset: Duration

        init(offset: Duration) { self.offset = offset }

        public func advanced(by duration: Duration) -> Instant { Instant(offset: offset + duration) }
        public func duration(to other: Instant) -> Duration { other.offset - offset }
        public static func < (left: Instant, right: Instant) -> Bool { left.offset < right.offset }
    }

    private let elapsed: @Sendable () -> Duration
    private let wait: @Sendable (Duration, Duration?) async throws -> Void

    /// Goes on while the machine sleeps, as leases do.
    public init() { self.init(ContinuousClock()) }

    public init<Base: Clock>(_ base: Base) where Base.Duration == Duration {
        let start = base.now
        elapsed = { start.duration(to: base.now) }
        wait = { try await base.sleep(for: $0, tolerance: $1) }
    }

    public var now: Instant { Instant(offset: elapsed()) }
    public var minimumResolution: Duration { .nanoseconds(1) }

    public func sleep(until deadline: Instant, tolerance: Duration?) async throws {
        try await wait(now.duration(to: deadline), tolerance)
    }
}
