import Foundation
import Logging
import Pipeline
import Synchronization
import Testing

@testable import Fleet

private let pipelineYAML = """
    name: small
    source: {type: file, path: in.csv}
    sink: {type: file, path: out.parquet}
    """

private func request(_ yaml: String = pipelineYAML, timeout: Double? = nil) -> RunRequest {
    RunRequest(
        runID: .random(), pipelineName: "small", pipelineYAML: yaml, baseDirectory: "/data",
        concurrencyKey: "/data/out.parquet", timeoutSeconds: timeout, submittedAt: Date(), submittedBy: "test@here")
}

/// A worker over ports in memory, running until `body` returns.
private struct Bench {
    let store = InMemoryRunStore()
    let engine: ScriptedEngine
    let publisher: CountingPublisher

    init(_ ending: ScriptedEngine.Ending, moveFailures: Int = 0, refusal: Failure? = nil) {
        engine = ScriptedEngine(ending)
        publisher = CountingPublisher(failures: moveFailures, refusal: refusal)
    }

    func run(
        batches: [[IncomingMessage]] = [], drainLimit: Duration = .seconds(60),
        _ body: @escaping @Sendable (Worker, InMemoryRunStore) async -> Void
    ) async throws {
        var limits = FleetLimits()
        limits.renewalInterval = .milliseconds(2)
        limits.claimPoll = .milliseconds(5)
        limits.patienceStart = .milliseconds(1)
        limits.patienceCap = .milliseconds(4)
        limits.leaseTrust = .milliseconds(300)
        limits.drainLimit = drainLimit
        let (stream, continuation) = AsyncStream.makeStream(of: [IncomingMessage].self)
        for batch in batches { continuation.yield(batch) }
        continuation.finish()
        let worker = Worker(
            registration: WorkerRegistration(id: WorkerID(), host: "here", processID: 1, slots: 2, version: "test"),
            ports: Worker.Ports(
                store: store, requests: HandedStream(batches: stream), deadLetters: NoSink(), engine: engine,
                publisher: publisher),
            limits: limits, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let store = store
        async let running: Void = worker.run()
        await body(worker, store)
        worker.drain()
        try await running
    }
}

@Suite(.timeLimit(.minutes(1))) struct WorkerTests {
    @Test func whatTheEngineSaysIsKeptBeforeItsAttemptEnds() async throws {
        let bench = Bench(.says(.init(.warning, "careful")))
        let request = request()
        try await bench.run { _, store in
            store.enqueue(request)
            await store.until { $0.rows[request.runID]?.state == .succeeded }
        }
        let said = bench.store.state.withLock { $0.rows[request.runID]?.said ?? [] }
        #expect(said.map(\.text) == ["execute", "careful"])
    }

    @Test func whatALongAttemptSaysIsKeptWhileItGoesOn() async throws {
        let (kept, keep) = AsyncStream.makeStream(of: Void.self)
        let bench = Bench(.saysAndWaits(.init(.info, "half of it"), until: kept))
        let request = request()
        try await bench.run { _, store in
            store.enqueue(request)
            await store.until { $0.rows[request.runID]?.said.contains { $0.text == "half of it" } == true }
            keep.yield()
            await store.until { $0.rows[request.runID]?.state == .succeeded }
        }
    }

    @Test func aRunIsExecutedMovedAndSettledOnce() async throws {
        let bench = Bench(.staged)
        let run = request()
        try await bench.run { _, store in
            store.enqueue(run)
            await store.until { $0.rows[run.runID]?.state == .succeeded }
        }
        #expect(bench.engine.executions.withLock(\.self) == 1)
        #expect(bench.publisher.moves.withLock(\.self) == 1)
        #expect(bench.store.state.withLock { $0.rows[run.runID]?.settlements } == ["succeeded"])
        #expect(bench.store.state.withLock { $0.retired.count } == 1)
    }

    @Test(arguments: [InMemoryRunStore.Step.decide, .settle])
    func aLostAnswerIsAskedForAgainAndChangesNothing(step: InMemoryRunStore.Step) async throws {
        let bench = Bench(.staged)
        let run = request()
        bench.store.fail(step, [.loseAnswer, .refuse, .loseAnswer])
        try await bench.run { _, store in
            store.enqueue(run)
            await store.until { $0.rows[run.runID]?.state == .succeeded && $0.faults[step] == [] }
        }
        #expect(bench.engine.executions.withLock(\.self) == 1)
        #expect(bench.publisher.moves.withLock(\.self) == 1)
        #expect(bench.store.state.withLock { $0.rows[run.runID]?.settlements } == ["succeeded"])
    }

    @Test func aClaimWhoseAnswerWasLostDoesNotStrandItsRun() async throws {
        let bench = Bench(.staged)
        let run = request()
        bench.store.fail(.claim, [.loseAnswer])
        bench.store.enqueue(run)
        try await bench.run { _, store in
            await store.until { $0.rows[run.runID]?.state == .succeeded }
        }
        #expect(bench.store.state.withLock { $0.rows[run.runID]?.attempts } == 2)
    }

    @Test func aRunThatRanOutOfMemoryGoesOnAtOnceOnTheOtherEngineAndKeepsItsRetries() async throws {
        var failure = Failure(.outOfMemory, "no memory")
        failure.decision = Decision(question())
        let bench = Bench(.failsUntilMoved(failure))
        var run = request()
        run.retries = 0
        try await bench.run { [run] _, store in
            store.enqueue(run)
            await store.until { $0.rows[run.runID]?.state == .succeeded }
        }
        #expect(bench.engine.executions.withLock(\.self) == 2)
        #expect(
            bench.store.state.withLock { $0.rows[run.runID]?.settlements }
                == ["moved out_of_memory spark", "succeeded"])
    }

    /// Two slots: two runs that wait elsewhere leave them to others.
    @Test func runsWithAPlaceOfTheirOwnLeaveTheirSlots() async throws {
        let bench = Bench(.leavesItsSlot)
        let runs = (0..<5).map { _ in request() }
        try await bench.run { _, store in
            for run in runs { store.enqueue(run) }
            await store.until { state in runs.allSatisfy { state.rows[$0.runID]?.state == .succeeded } }
        }
        #expect(bench.engine.executions.withLock(\.self) == 5)
    }

    @Test func failedChecksPublishNothing() async throws {
        let bench = Bench(.failsCheck)
        let run = request()
        try await bench.run { _, store in
            store.enqueue(run)
            await store.until { $0.rows[run.runID]?.state == .failed }
        }
        #expect(bench.publisher.moves.withLock(\.self) == 0)
        #expect(bench.store.state.withLock { $0.rows[run.runID]?.settlements } == ["failed checks_failed"])
    }

    @Test func whatTheTargetRefusesForGoodEndsTheRunAndRemovesItsStaging() async throws {
        let bench = Bench(.staged, moveFailures: 2, refusal: Failure(.badData, "a constraint"))
        let run = request()
        try await bench.run { _, store in
            store.enqueue(run)
            await store.until { $0.rows[run.runID]?.state == .failed }
        }
        #expect(bench.publisher.discards.withLock(\.self) == 1)
        #expect(bench.store.state.withLock { $0.rows[run.runID]?.settlements } == ["refused bad_data"])
    }

    @Test func aPipelineThatIsWrongFailsWithoutTouchingAnEngine() async throws {
        let bench = Bench(.staged)
        let run = request("name: [")
        try await bench.run { _, store in
            store.enqueue(run)
            await store.until { $0.rows[run.runID]?.state == .failed }
        }
        #expect(bench.engine.executions.withLock(\.self) == 0)
        #expect(bench.store.state.withLock { $0.rows[run.runID]?.settlements } == ["failed invalid_pipeline"])
    }

    @Test func aTransientFailureWaitsForItsRetry() async throws {
        let bench = Bench(.throwsFailure(Failure(.engineLost, "gone")))
        let run = request()
        try await bench.run { _, store in
            store.enqueue(run)
            await store.until { $0.rows[run.runID]?.state == .waiting }
        }
        #expect(bench.store.state.withLock { $0.rows[run.runID]?.settlements } == ["retry engine_lost"])
    }

    @Test func aMoveThatFailsIsRepeatedAndNotExecutedAgain() async throws {
        let bench = Bench(.staged, moveFailures: 3)
        let run = request()
        try await bench.run { _, store in
            store.enqueue(run)
            await store.until { $0.rows[run.runID]?.state == .succeeded }
        }
        #expect(bench.engine.executions.withLock(\.self) == 1)
        #expect(bench.publisher.moves.withLock(\.self) == 1)
    }

    @Test func aDecidedRunIsMovedAndSettledByItsSuccessorWithoutExecution() async throws {
        let bench = Bench(.runsUntilStopped)
        let run = request()
        let lease = Lease(runID: run.runID, attempt: 1, token: LeaseToken(sequence: 1, nonce: UUID()))
        bench.store.enqueue(run)
        bench.store.state.withLock { state in
            state.rows[run.runID]?.state = .publishing
            state.rows[run.runID]?.report = AttemptReport(
                engine: "scripted", engineReason: "a test",
                manifest: Manifest(move: .replaceFile, entries: [], stagingDirectory: "/nowhere", lease: lease))
        }
        try await bench.run { _, store in
            await store.until { $0.rows[run.runID]?.state == .succeeded }
        }
        #expect(bench.engine.executions.withLock(\.self) == 0)
        #expect(bench.publisher.moves.withLock(\.self) == 1)
        // Under its own token, or a predecessor that wakes could undo it.
        #expect(bench.publisher.movers.withLock(\.self) != [lease])
    }

    @Test func whatMayHaveBeenDecidedIsNeverDiscarded() async throws {
        let bench = Bench(.staged)
        let run = request()
        bench.store.fail(.decide, [.loseAnswerAndLease])
        try await bench.run { _, store in
            store.enqueue(run)
            await store.until { $0.rows[run.runID]?.state == .publishing && $0.faults[.decide] == [] }
        }
        #expect(bench.publisher.moves.withLock(\.self) == 0)
        #expect(bench.publisher.discards.withLock(\.self) == 0)
    }

    @Test func drainingGivesRunsBackThatDoNotEndInTime() async throws {
        let bench = Bench(.runsUntilStopped)
        let run = request()
        try await bench.run(drainLimit: .milliseconds(1)) { _, store in
            store.enqueue(run)
            await store.until { $0.rows[run.runID]?.state == .running }
        }
        #expect(bench.store.state.withLock { $0.rows[run.runID]?.settlements } == ["interrupted"])
        #expect(bench.store.state.withLock { $0.retired.count } == 1)
    }

    @Test func hurryingDoesNotWaitForTheDrainLimit() async throws {
        let bench = Bench(.runsUntilStopped)
        let run = request()
        try await bench.run(drainLimit: .seconds(86_400)) { worker, store in
            store.enqueue(run)
            await store.until { $0.rows[run.runID]?.state == .running }
            worker.hurry()
        }
        #expect(bench.store.state.withLock { $0.rows[run.runID]?.settlements } == ["interrupted"])
    }

    @Test func aCancelStopsTheEngineAndThenSaysSo() async throws {
        let bench = Bench(.runsUntilStopped)
        let run = request()
        try await bench.run { _, store in
            store.enqueue(run)
            await store.until { $0.rows[run.runID]?.state == .running }
            store.state.withLock { $0.rows[run.runID]?.cancelRequested = true }
            await store.until { $0.rows[run.runID]?.state == .cancelled }
        }
    }

    @Test func aRunThatTakesLongerThanItsTimeoutFails() async throws {
        let bench = Bench(.runsUntilStopped)
        let run = request(timeout: 0.01)
        try await bench.run { _, store in
            store.enqueue(run)
            await store.until { $0.rows[run.runID]?.state == .failed }
        }
        #expect(bench.store.state.withLock { $0.rows[run.runID]?.settlements } == ["failed timeout"])
    }

    @Test func aWorkerThatCannotRenewStopsItsRunsAndWritesNothing() async throws {
        let bench = Bench(.runsUntilStopped)
        let run = request()
        try await bench.run(drainLimit: .seconds(86_400)) { worker, store in
            store.enqueue(run)
            await store.until { $0.rows[run.runID]?.state == .running }
            store.state.withLock { $0.isCutOff = true }
            // Draining returns although its limit is a day away: the lost trust alone has stopped the attempt.
            worker.drain()
        }
        #expect(bench.store.state.withLock { $0.rows[run.runID]?.settlements } == [])
        #expect(bench.store.state.withLock { $0.rows[run.runID]?.state } == .running)
    }

    @Test func aClaimThatHangsDoesNotHoldUpTheRenewals() async throws {
        let bench = Bench(.staged)
        bench.store.hang(.claim)
        try await bench.run { _, store in
            await store.until { !$0.hanging.isEmpty && $0.renewals >= 5 }
            store.letGo()
        }
    }

    @Test func aRenewalThatHangsDoesNotKeepUntrustedRunsGoing() async throws {
        let bench = Bench(.runsUntilStopped)
        let run = request()
        let stops = bench.engine.stops
        try await bench.run { worker, store in
            store.enqueue(run)
            await store.until { $0.rows[run.runID]?.state == .running }
            store.hang(.renew)
            for await _ in stops { break }
            worker.drain()
            store.letGo()
        }
        #expect(bench.store.state.withLock { $0.rows[run.runID]?.settlements } == [])
    }

    @Test func anUndecodableMessageIsKeptAndTheNextOneRuns() async throws {
        let bench = Bench(.staged)
        let run = request()
        let good = try run.encoded()
        let message = { (offset: Int64, payload: Data) in
            IncomingMessage(topic: "quicketl.runs", partition: 0, offset: offset, payload: payload)
        }
        try await bench.run(batches: [[message(0, Data("{".utf8)), message(1, good)]]) { _, store in
            await store.until { $0.rows[run.runID]?.state == .succeeded }
        }
        #expect(bench.store.state.withLock { $0.deadLetters.map(\.offset) } == [0])
        #expect(bench.store.state.withLock { $0.deadLetters.first?.reason } == .undecodable)
    }

    /// The topic of dead letters is away: the store has the letters, and nobody waits.
    @Test func whatCannotBeARunIsKeptWithItsReasonAndHoldsUpNobody() async throws {
        let store = InMemoryRunStore()
        let intake = Intake(
            store: store, deadLetters: BrokenSink(), logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let good = request()
        let bad = [
            Data("{".utf8), Data(#"{"version": 3}"#.utf8), Data(count: RequestLimits.messageBytes + 1),
            try request("name: small\nsource: {type: teleport}\n").encoded(),
        ]
        let payloads = bad + [try good.encoded()]
        let messages = payloads.enumerated().map { offset, payload in
            IncomingMessage(topic: "quicketl.runs", partition: 3, offset: Int64(offset), payload: payload)
        }
        try await intake.accept(messages)
        let letters = store.state.withLock(\.deadLetters)
        #expect(letters.map(\.reason) == [.undecodable, .unsupportedVersion, .tooLarge, .invalidPipeline])
        #expect(letters.map(\.offset) == [0, 1, 2, 3])
        #expect(letters.allSatisfy { $0.topic == "quicketl.runs" && $0.partition == 3 })
        #expect(letters.map(\.payload) == bad)
        #expect(letters.last?.detail.contains("teleport") == true)
        #expect(store.state.withLock { Set($0.rows.keys) } == [good.runID])
    }
}

private struct BrokenSink: RequestSink {
    struct Away: Error {}

    func publish(_ request: RunRequest) async throws { throw Away() }
    func publish(_ workflow: WorkflowRequest) async throws { throw Away() }
    func publish(_ letter: DeadLetter) async throws { throw Away() }
}
