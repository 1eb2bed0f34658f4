import Fleet
import Testing

@Suite struct RunStateTests {
    @Test func finalStatesLeadNowhere() {
        for state in RunState.allCases {
            #expect(state.isFinal == [.succeeded, .failed, .cancelled, .dead, .skipped].contains(state), "\(state)")
        }
    }

    @Test func aDecidedRunSucceedsOrIsRefusedByItsTarget() {
        #expect(RunState.publishing.allowedNext == [.succeeded, .failed])
    }

    @Test func everyStateCanReachAnEnd() {
        for state in RunState.allCases {
            var reached: Set<RunState> = [state]
            while true {
                let next = reached.union(reached.flatMap(\.allowedNext))
                if next == reached { break }
                reached = next
            }
            #expect(reached.contains { $0.isFinal }, "\(state)")
        }
    }
}

@Suite struct LeaseTrustTests {
    private let start = ContinuousClock.now

    @Test func trustCountsFromBeforeTheRenewalWasSent() {
        var trust = LeaseTrust(length: .seconds(10), sentAt: start)
        // Sent at 4, answered whenever: believed until 14.
        trust.renewed(sentAt: start.advanced(by: .seconds(4)))
        #expect(trust.holds(at: start.advanced(by: .seconds(13.9))))
        #expect(!trust.holds(at: start.advanced(by: .seconds(14))))
    }

    @Test func anAnswerThatComesOutOfOrderShortensNothing() {
        var trust = LeaseTrust(length: .seconds(10), sentAt: start)
        trust.renewed(sentAt: start.advanced(by: .seconds(4)))
        trust.renewed(sentAt: start.advanced(by: .seconds(2)))
        #expect(trust.holds(at: start.advanced(by: .seconds(13))))
    }
}

@Suite struct RetryPolicyTests {
    @Test(arguments: zip([1, 2, 3, 4, 9, 1000], [2.0, 4, 8, 16, 300, 300]))
    func delaysDoubleUpToTheCap(failures: Int, seconds: Double) {
        let policy = RetryPolicy()
        #expect(policy.delay(afterFailures: failures, jitter: 0) == .seconds(seconds / 2))
        #expect(policy.delay(afterFailures: failures, jitter: 1) == .seconds(seconds))
    }

    @Test(arguments: Failure.Kind.allCases)
    func onlyTransientFailuresAreTriedAgain(kind: Failure.Kind) {
        let permanent: Set<Failure.Kind> = [
            .invalidPipeline, .badData, .checksFailed, .inputMissing, .accessDenied, .timeout,
        ]
        let settlement = RetryPolicy().settlement(
            of: Failure(kind, "why"), failures: 1, retries: 2, jitter: 0)
        if case .retry = settlement {
            #expect(!permanent.contains(kind))
        } else {
            #expect(permanent.contains(kind))
        }
    }

    @Test func theLastRetryIsTheLast() {
        let failure = Failure(.engineLost, "why")
        guard case .retry = RetryPolicy().settlement(of: failure, failures: 2, retries: 2, jitter: 0) else {
            Issue.record("two retries allow a second failure")
            return
        }
        guard case .failed = RetryPolicy().settlement(of: failure, failures: 3, retries: 2, jitter: 0) else {
            Issue.record("the third failure is final")
            return
        }
    }
}

@Suite struct DeathPolicyTests {
    @Test(arguments: [(0, 0), (1, 0)])
    func deathsInCompanyAreNoEvidenceAtFirst(deaths: Int, alone: Int) {
        #expect(DeathPolicy().verdict(deaths: deaths, deathsAlone: alone) == .again(alone: false))
    }

    @Test(arguments: [(2, 0), (3, 1), (9, 1)])
    func aRunWhoseWorkersDiedTwiceRunsAlone(deaths: Int, alone: Int) {
        #expect(DeathPolicy().verdict(deaths: deaths, deathsAlone: alone) == .again(alone: true))
    }

    @Test func onlyDeathsAloneSetARunAside() {
        #expect(DeathPolicy().verdict(deaths: 100, deathsAlone: 0) == .again(alone: true))
        #expect(DeathPolicy().verdict(deaths: 4, deathsAlone: 2) == .setAside)
    }
}

@Suite struct FleetLimitsTests {
    @Test func theDefaultsHold() { #expect(FleetLimits().problems() == []) }

    @Test func byDefaultAKilledWorkerIsNoticedWithinThreeSecondsAndASilentOneWithinTwenty() {
        #expect(FleetLimits().deathNoticedWithin < .seconds(3))
        #expect(FleetLimits().silenceNoticedWithin < .seconds(20))
    }

    @Test func judgingByLocksBeforeLivingWorkersHaveTheirsAgainIsRefused() {
        var limits = FleetLimits()
        limits.sessionBeforeLockJudgement = .seconds(5)
        #expect(limits.problems().contains { $0.contains("restart of the store") })
    }

    @Test func aLockThatIsSeenOnlyOnceIsNoJudgement() {
        var limits = FleetLimits()
        limits.observationInterval = .seconds(2)
        #expect(limits.problems().contains { $0.contains("seen free twice") })
    }

    @Test func trustThatOutlivesTheJudgementIsRefused() {
        var limits = FleetLimits()
        limits.leaseTrust = .seconds(14)
        #expect(limits.problems().count == 1)
        #expect(limits.problems().first?.contains("judge") == true)
    }

    @Test func trustThatCannotMissARenewalIsRefused() {
        var limits = FleetLimits()
        limits.renewalInterval = .seconds(4)
        #expect(limits.problems().contains { $0.contains("three renewals") })
    }
}
