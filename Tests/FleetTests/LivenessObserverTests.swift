import Fleet
import Testing

/// A look at time `at` (seconds) and who is judged dead then.
@Suite struct LivenessObserverTests {
    private let start = ContinuousClock.now
    private let worker = WorkerID()

    private func look(
        _ observer: inout LivenessObserver<ContinuousClock.Instant>, at seconds: Double, free: Bool = false,
        renewals: Int64 = 0, session: Int64 = 1
    ) -> [WorkerID] {
        let observation = WorkerObservation(
            id: worker, lockIsFree: free, renewals: renewals, observerSession: session)
        return observer.observe([observation], at: start.advanced(by: .seconds(seconds))).map(\.id)
    }

    @Test func aFreeLockSeenTwiceASecondApartIsDeath() {
        var observer = LivenessObserver<ContinuousClock.Instant>(limits: FleetLimits())
        #expect(look(&observer, at: 0) == [])
        #expect(look(&observer, at: 11, free: true, renewals: 5) == [])
        #expect(look(&observer, at: 11.5, free: true, renewals: 5) == [])
        #expect(look(&observer, at: 12, free: true, renewals: 5) == [worker])
    }

    @Test func aLockThatIsTakenAgainIsNotDeath() {
        var observer = LivenessObserver<ContinuousClock.Instant>(limits: FleetLimits())
        #expect(look(&observer, at: 0) == [])
        #expect(look(&observer, at: 11, free: true, renewals: 5) == [])
        #expect(look(&observer, at: 11.5, free: false, renewals: 5) == [])
        #expect(look(&observer, at: 12.4, free: true, renewals: 5) == [])
    }

    @Test func aYoungSessionJudgesNobodyByTheLock() {
        var observer = LivenessObserver<ContinuousClock.Instant>(limits: FleetLimits())
        for tenth in 0..<99 {
            #expect(look(&observer, at: Double(tenth) / 10, free: true, renewals: Int64(tenth)) == [])
        }
        #expect(look(&observer, at: 10, free: true, renewals: 100) == [worker])
    }

    @Test func aCounterThatStandsStillIsDeath() {
        var observer = LivenessObserver<ContinuousClock.Instant>(limits: FleetLimits())
        #expect(look(&observer, at: 0, renewals: 7) == [])
        for second in 1...14 { #expect(look(&observer, at: Double(second), renewals: 7) == []) }
        #expect(look(&observer, at: 14.9, renewals: 7) == [])
        #expect(look(&observer, at: 15, renewals: 7) == [worker])
    }

    @Test func anObserverThatWasAwayItselfBeginsAnew() {
        var observer = LivenessObserver<ContinuousClock.Instant>(limits: FleetLimits())
        #expect(look(&observer, at: 0, renewals: 7) == [])
        // The machine slept, and with it the other worker.
        #expect(look(&observer, at: 60, renewals: 7) == [])
        #expect(look(&observer, at: 60.5, renewals: 8) == [])
        for second in 61...75 { #expect(look(&observer, at: Double(second), renewals: 8) == []) }
        #expect(look(&observer, at: 75.5, renewals: 8) == [worker])
    }

    @Test func aRestartOfTheDatabaseLooksLikeNobodysDeath() {
        var observer = LivenessObserver<ContinuousClock.Instant>(limits: FleetLimits())
        #expect(look(&observer, at: 0, renewals: 7) == [])
        for second in 1...14 { #expect(look(&observer, at: Double(second), renewals: 7) == []) }
        // The observer's connection was cut as well: everything it saw before counts for nothing.
        #expect(look(&observer, at: 20, free: true, renewals: 7, session: 2) == [])
        for second in 21...29 {
            #expect(look(&observer, at: Double(second), free: true, renewals: 7, session: 2) == [])
        }
        #expect(look(&observer, at: 30, free: true, renewals: 7, session: 2) == [worker])
    }

    @Test func aRenewalBetweenTwoLooksStartsTheCountAnew() {
        var observer = LivenessObserver<ContinuousClock.Instant>(limits: FleetLimits())
        #expect(look(&observer, at: 0, renewals: 7) == [])
        for second in 1...14 { #expect(look(&observer, at: Double(second), renewals: second < 14 ? 7 : 8) == []) }
        for second in 15...28 { #expect(look(&observer, at: Double(second), renewals: 8) == []) }
        #expect(look(&observer, at: 29, renewals: 8) == [worker])
    }
}
