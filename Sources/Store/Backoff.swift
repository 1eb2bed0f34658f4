/// Waits that double from a tenth of a second to five seconds, half of each left to chance, so that the workers of a
/// fleet do not come back all at once.
struct Backoff {
    private var failures = 0

    mutating func next() -> Duration {
        let full = min(5000, 100 << min(failures, 6))
        failures += 1
        return .milliseconds(full / 2 + Int.random(in: 0...(full / 2)))
    }

    mutating func reset() { failures = 0 }
}
