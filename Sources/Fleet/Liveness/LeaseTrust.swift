/// How long a worker may believe that its leases still hold.
///
/// The store decides who holds a lease; this only decides when to stop believing an old answer. Trust counts from
/// the moment *before* the renewal was sent, so that a slow answer cannot lengthen it, by the worker's own clock.
public struct LeaseTrust<Instant: InstantProtocol & Sendable>: Sendable where Instant.Duration == Duration {
    private let length: Duration
    private var trustedUntil: Instant

    /// `sentAt`: before the registration was sent.
    public init(length: Duration, sentAt: Instant) {
        self.length = length
        trustedUntil = sentAt.advanced(by: length)
    }

    public mutating func renewed(sentAt: Instant) {
        trustedUntil = max(trustedUntil, sentAt.advanced(by: length))
    }

    public func holds(at now: Instant) -> Bool { now < trustedUntil }

    /// How long trust still holds if no renewal is answered; not positive when it has run out.
    public func remaining(at now: Instant) -> Duration { now.duration(to: trustedUntil) }
}
