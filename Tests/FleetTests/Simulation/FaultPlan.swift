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
    /// Some of the runs, arranged in stages.
    var workflow: (request: WorkflowRequest, submittedAt: Int64)?
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
        /// A worker joins or leaves, or the partitions are handed out anew, each second.
        case restless
        /// A worker with a long run of whose renewals few arrive, and whose answers are slow.
        case unheard

        /// Three courses in eight have one.
        init(seed: UInt64) {
            switch seed % 8 {
            case 0: self = .rivals
            case 1: self = .restless
            case 2: self = .unheard
            default: self = .everything
            }
        }
    }

    init(_ dice: inout Dice, _ emphasis: Emphasis) {
        workers = dice.int(2...3)
        let modes: [SimulatedSink.Mode] = emphasis == .rivals ? [.folder] : SimulatedSink.Mode.allCases
        let sinks = (0..<(emphasis == .rivals ? 1 : dice.int(1...2))).map {
            SimulatedSink(number: $0, mode: dice.pick(modes))
        }
        let poison = emphasis != .rivals && dice.chance(0.1) ? 0 : -1
        runs = []
        for number in 0..<dice.int(3...6) { runs.append(Self.run(number, dice.pick(sinks), number == poison, &dice)) }
        faults = []
        switch emphasis {
        case .everything:
            addFaults(&dice)
            if dice.chance(0.4) { arrange(&dice) }
        case .rivals: addRivals(&dice)
        case .restless:
            for second in 1...9 { faults.append((Int64(second) * 1_000_000, dice.pick([.drain, .rebalance, .kill]))) }
        case .unheard:
            faults = [(dice.time(200...3_000), .loseMost)]
            for run in runs.indices { runs[run].milliseconds = 2000...9000 }
        }
    }

    /// Makes one workflow of all runs but the last.
    private mutating func arrange(_ dice: inout Dice) {
        let members = runs.dropLast().map(\.request)
        var plan = WorkflowPlan(stages: [], steps: [], failFast: dice.chance(0.5))
        for number in members.indices {
            if number == 0 || dice.chance(0.6) {
                let earlier = plan.stages.indices.filter { _ in dice.chance(0.4) }
                plan.stages.append(
                    WorkflowPlan.Stage(
                        name: "s\(plan.stages.count)", dependsOn: earlier, isParallel: dice.chance(0.5),
                        continuesOnFailure: dice.chance(0.3)))
            }
            plan.steps.append(WorkflowPlan.Step(stage: plan.stages.count - 1, name: "r\(number)"))
        }
        let request = WorkflowRequest(
            workflowID: RunID(dice.uuid()), name: "w", yaml: "", plan: plan, work: members.map { .run($0) },
            submittedAt: Date(timeIntervalSince1970: 0), submittedBy: "s")
        workflow = (request, dice.time(0...4_000))
    }

    private mutating func addFaults(_ dice: inout Dice) {
        for _ in 0..<dice.int(1...5) { faults.append((dice.time(0...9_500), dice.pick(Fault.allCases))) }
        for _ in 0..<dice.int(0...2) { killMoments.insert(dice.int(1...400)) }
        for _ in 0..<dice.int(0...1) { pauseMoments[dice.int(1...400)] = dice.time(500...9_000) }
        for _ in 0..<dice.int(0...1) { killPublishing.insert(dice.int(1...30)) }
        if dice.chance(0.6) { addRivals(&dice) }
    }

    /// Stops one that publishes, and its successor some steps later, so that the first one wakes in the midst of the
    /// other's work. An undisturbed run takes seven such steps.
    private mutating func addRivals(_ dice: inout Dice) {
        let first = dice.chance(0.5) ? 5 + 7 * dice.int(0...2) : dice.int(1...20)
        pausePublishing[first] = dice.time(5_000...9_000)
        if dice.chance(0.8) { pausePublishing[first + dice.int(2...6)] = dice.time(500...4_000) }
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
