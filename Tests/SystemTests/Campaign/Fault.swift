/// What the campaign does to the fleet.
enum Fault: String, CaseIterable, Sendable {
    /// SIGKILL of a worker.
    case killWorker = "worker killed"
    /// SIGSTOP of a worker for some seconds, sometimes for longer than its lease.
    case pauseWorker = "worker paused"
    /// SIGSTOP of a worker whose decide is committed and unanswered, until others have published after it.
    case stopAfterDecide = "worker stopped between decide and move"
    /// SIGTERM of a worker: it drains.
    case drainWorker = "worker drained"
    /// SIGTERM of all workers, one after the other.
    case drainStorm = "all workers drained"
    /// SIGKILL of a DuckDB child.
    case killChild = "engine killed"
    /// A worker's network to PostgreSQL is cut, then healed.
    case cutNetwork = "network cut"
    case terminateSessions = "sessions terminated"
    case restartStore = "PostgreSQL restarted"
    case hangBroker = "broker hung"
    /// SIGKILL: another one comes, which knows nothing of what this one held; all workers are drained, to find it.
    case killBroker = "broker lost"
    case fillDisk = "disk full"
    case killSubmitter = "submitter killed"

    /// How often it comes, beside the others.
    var weight: Int {
        switch self {
        case .killWorker: 24
        case .killChild: 14
        case .killSubmitter: 12
        case .pauseWorker, .stopAfterDecide, .cutNetwork: 10
        case .drainWorker, .hangBroker: 6
        case .fillDisk: 4
        // After each of these nobody may judge anybody for a while.
        case .drainStorm, .restartStore, .terminateSessions, .killBroker: 1
        }
    }

    static func random(using random: inout SeededGenerator, among faults: [Fault]) -> Fault {
        var rest = Int.random(in: 0..<faults.reduce(0) { $0 + $1.weight }, using: &random)
        for fault in faults {
            rest -= fault.weight
            if rest < 0 { return fault }
        }
        return faults[0]
    }
}
