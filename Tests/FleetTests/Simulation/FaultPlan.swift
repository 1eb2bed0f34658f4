import Fleet
import Foundation
import Pipeline

/// What is to be done, and what is to go wrong, in one course of the simulation.
struct FaultPlan {
    enum Fault: CaseIterable {
        case kill, pause, cut, loseMost, restartStore, endSession, rebalance, loseLog, drain, setClock
    }

    struct Run {
        var request: RunRequest
        var sink: SimulatedSink
        /// How long an execution takes.
        var milliseconds: ClosedRange<Int>
        var isPoison: Bool
        var failsChecks: Bool
        var submittedAt: Int64
        var cancelledAt: Int64?
    }

    /// Faults begin until then; after it, everything heals.
    static let end: Int64 = 10_000_000

    var workers: Int
    var runs: [Run]
    var faults: [(at: Int64, fault: Fault)]
    /// Counted over everything that processes do: where one is killed, where one is paused, and for how long.
    var killMoments: Set<Int> = []
    var pauseMoments: [Int: Int64] = [:]
    /// The same, counted over the steps from deciding to settling, where a stale worker could do the most harm.
    var killPublishing: Set<Int> = []
    var pausePublishing: [Int: Int64] = [:]

    /// What a course is mostly about.
    enum Emphasis {
        case everything
        /// Two workers that publish the same run by exchanging folders, each stopped in the midst of it.
        case rivals
    }

    init(_ dice: inout Dice, _ emphasis: Emphasis) {
        workers = dice.int(2...3)
        let modes: [SimulatedSink.Mode] = emphasis == .rivals ? [.folder] : SimulatedSink.Mode.allCases
        let sinks = (0..<dice.int(1...2)).map { SimulatedSink(number: $0, mode: dice.pick(modes)) }
        let poison = dice.chance(0.1) ? 0 : -1
        runs = []
        for number in 0..<dice.int(3...6) { runs.append(Self.run(number, dice.pick(sinks), number == poison, &dice)) }
        faults = []
        for _ in 0..<dice.int(1...5) { faults.append((dice.time(0...9_500), dice.pick(Fault.allCases))) }
        for _ in 0..<dice.int(0...2) { killMoments.insert(dice.int(1...400)) }
        for _ in 0..<dice.int(0...1) { pauseMoments[dice.int(1...400)] = dice.time(500...9_000) }
        for _ in 0..<dice.int(0...1) { killPublishing.insert(dice.int(1...30)) }
        guard emphasis == .rivals || dice.chance(0.6) else { return }
        // And its successor a few steps later, so that the first one wakes in the midst of the other's work.
        let first = dice.int(1...20)
        pausePublishing[first] = dice.time(5_000...9_000)
        if emphasis == .rivals || dice.chance(0.6) { pausePublishing[first + dice.int(2...7)] = dice.time(500...4_000) }
    }

    private static func run(_ number: Int, _ sink: SimulatedSink, _ isPoison: Bool, _ dice: inout Dice) -> Run {
        let request = RunRequest(
            runID: RunID(dice.uuid()), pipelineName: "p", pipelineYAML: yaml, baseDirectory: "/",
            priority: dice.pick(Priority.allCases), concurrencyKey: sink.target, retries: 20,
            timeoutSeconds: dice.chance(0.1) ? 1 : nil, submittedAt: Date(timeIntervalSince1970: Double(number)),
            submittedBy: "s")
        return Run(
            request: request, sink: sink, milliseconds: dice.chance(0.2) ? 1000...7000 : 5...1500, isPoison: isPoison,
            failsChecks: dice.chance(0.05), submittedAt: dice.time(0...6_000),
            cancelledAt: dice.chance(0.12) ? dice.time(0...9_000) : nil)
    }

    private static let yaml = "name: p\nsource: {type: file, path: a.csv}\nsink: {type: file, path: b.parquet}\n"

    /// Smaller than those of a fleet, in the same relations: more happens in less time.
    static func limits(trust: Duration) -> FleetLimits {
        var limits = FleetLimits()
        limits.renewalInterval = .seconds(1)
        limits.leaseTrust = trust
        limits.observationInterval = .milliseconds(500)
        limits.reconnectLimit = .milliseconds(2300)
        limits.sessionBeforeLockJudgement = .seconds(3)
        limits.lockFreeFor = .milliseconds(700)
        limits.counterStillFor = .seconds(5)
        limits.claimPoll = .seconds(1)
        limits.overdueInterval = .seconds(1)
        limits.drainLimit = .seconds(3)
        limits.patienceCap = .seconds(2)
        limits.retry.firstDelay = .milliseconds(200)
        limits.retry.cap = .seconds(2)
        return limits
    }
}
