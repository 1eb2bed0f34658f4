import Foundation

/// Which seeds are tried: `QUICKETL_SEED=n` one, with its whole trace; `QUICKETL_SEEDS=n` the first n.
enum Seeds {
    static let lanes = 2

    private static func number(_ name: String) -> UInt64? {
        ProcessInfo.processInfo.environment[name].flatMap { UInt64($0) }
    }

    static var one: UInt64? { number("QUICKETL_SEED") }
    static var count: Int { number("QUICKETL_SEEDS").flatMap { Int(exactly: $0) } ?? 1000 }

    /// Those of one lane, which runs beside the others.
    static func of(lane: Int) -> [UInt64] {
        if let one { return lane == 0 ? [one] : [] }
        return stride(from: lane + 1, through: count, by: lanes).map { UInt64($0) }
    }
}

/// Runs `body` on a thread of its own: a simulation computes for long, and Swift's threads are there for all tests.
func onThread<Answer: Sendable>(_ body: @escaping @Sendable () -> Answer) async -> Answer {
    await withCheckedContinuation { continuation in
        Thread.detachNewThread { continuation.resume(returning: body()) }
    }
}
