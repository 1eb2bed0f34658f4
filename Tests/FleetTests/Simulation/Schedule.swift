/// Runs the jobs of simulated processes one at a time on the calling thread, in an order that the seed decides, and
/// moves the time on when none is left to run.
///
/// `@unchecked`: everything of a simulation happens inside `run`, on its one thread.
final class Schedule: @unchecked Sendable {
    private struct Job {
        var job: UnownedJob
        var process: SimulatedProcess
    }

    /// Microseconds since the beginning.
    private(set) var now: Int64 = 0
    var dice: Dice
    /// Grows with each decision and its circumstances; equal for equal courses.
    private(set) var fingerprint: UInt64 = 0xcbf2_9ce4_8422_2325
    private(set) var jobsRun = 0
    private var ready: [Job] = []
    private var frozen: [Job] = []
    /// Of dead processes: they only unwind, before anything else goes on.
    private var dying: [Job] = []
    private var events = EventQueue()

    init(seed: UInt64) { dice = Dice(seed: seed) }

    func mark(_ value: UInt64) { fingerprint = (fingerprint ^ value) &* 0x0000_0100_0000_01b3 }

    func after(_ delay: Int64, _ action: @escaping () -> Void) {
        events.insert(at: now + max(0, delay), action)
    }

    func add(_ job: UnownedJob, of process: SimulatedProcess) {
        switch process.condition {
        case .running: ready.append(Job(job: job, process: process))
        case .paused: frozen.append(Job(job: job, process: process))
        case .dead: dying.append(Job(job: job, process: process))
        }
    }

    /// Sorts the waiting jobs anew after a process was paused, resumed or killed.
    func conditionChanged() {
        let all = ready + frozen
        (ready, frozen) = ([], [])
        for entry in all { add(entry.job, of: entry.process) }
    }

    /// Returns when `goesOn` says no or nothing is left to do.
    func run(while goesOn: () -> Bool) {
        while goesOn() {
            if !dying.isEmpty {
                let entry = dying.removeFirst()
                entry.job.runSynchronously(on: entry.process.asUnownedTaskExecutor())
            } else if !ready.isEmpty {
                let index = ready.count == 1 ? 0 : dice.int(0...ready.count - 1)
                ready.swapAt(index, ready.count - 1)
                let entry = ready.removeLast()
                mark(UInt64(truncatingIfNeeded: now) &* 31 &+ UInt64(entry.process.number * 64 + index))
                jobsRun += 1
                entry.job.runSynchronously(on: entry.process.asUnownedTaskExecutor())
            } else if let event = events.removeFirst() {
                now = event.time
                event.action()
            } else {
                return
            }
        }
    }

    /// Lets what is left of dead processes end.
    func unwind() { run { !dying.isEmpty } }
}
