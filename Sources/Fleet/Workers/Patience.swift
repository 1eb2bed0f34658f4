/// Waits between tries of something that must be tried again: doubled each time, up to a cap.
struct Patience: Sendable {
    private var next: Duration
    private let start: Duration
    private let cap: Duration

    init(_ limits: FleetLimits) {
        start = limits.patienceStart
        cap = limits.patienceCap
        next = start
    }

    mutating func wait() -> Duration {
        defer { next = min(next * 2, cap) }
        return next
    }

    /// After a success: patience begins anew.
    mutating func reset() { next = start }
}
