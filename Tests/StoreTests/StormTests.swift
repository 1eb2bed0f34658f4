import Fleet
import Foundation
import Pipeline
import Synchronization
import Testing

@testable import Store

/// Workers that die, stop, hesitate and repeat themselves, on connections that are cut at any moment.
@Suite struct StormTests {
    /// Replayed with `QUICKETL_SEED`; scheduling is not part of the seed.
    static let seeds: [UInt64] =
        ProcessInfo.processInfo.environment["QUICKETL_SEED"].flatMap { UInt64($0) }.map { [$0] }
        ?? (0..<3).map { _ in .random(in: 1...1_000_000) }

    @Test(arguments: seeds)
    func everyRunSettlesExactlyOnceAndInTheOrderOfItsKey(seed: UInt64) async throws {
        try await withStore(adjust: { $0.poolSize = 6 }) { store async throws in
            var dice = Dice(seed)
            let requests = (0..<60).map { _ in RunRequest.sample(key: Self.key(&dice)) }
            let ledger = Ledger()
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    for start in stride(from: 0, to: 60, by: 7) {
                        let batch = Array(requests[start..<min(start + 7, 60)])
                        for _ in 0..<2 { _ = try await patiently { try await store.runs.accept(batch) } }
                    }
                }
                for worker in 0..<4 {
                    let dice = Dice(seed &+ UInt64(worker) &* 7919)
                    group.addTask {
                        defer { ledger.finish() }
                        var worker = StormyWorker(store.runs, ledger, dice)
                        try await worker.work()
                    }
                }
                group.addTask { try await Self.supervise(store, ledger, Dice(seed &+ 104_729)) }
                group.addTask { try await Self.cutConnections(store, ledger) }
                try await group.waitForAll()
            }
            try await check(store, ledger)
        }
    }

    /// Twelve folders, and at times a place within one, or around all.
    private static func key(_ dice: inout Dice) -> String {
        switch dice.roll(20) {
        case 0: "/out"
        case 1...6: "/out/\(dice.roll(12))/\(dice.roll(2))"
        default: "/out/\(dice.roll(12))"
        }
    }

    private func check(_ store: PostgresStore, _ ledger: Ledger) async throws {
        #expect(try await store.text("SELECT count(*) FROM run_queue") == "0")
        let states = try await store.rows("SELECT state, count(*) FROM runs GROUP BY state")
        #expect(states.compactMap { Int($0[1] ?? "") }.reduce(0, +) == 60)
        #expect(Set(states.map { $0[0] }).isSubset(of: ["succeeded", "dead", "cancelled"]), "\(states)")
        let succeeded = try await store.rows("SELECT run_id FROM runs WHERE state = 'succeeded'")
        let settled = ledger.settled
        #expect(Set(succeeded.map { $0[0] }) == Set(settled.keys.map(\.description)))
        #expect(settled.values.filter { $0.count != 1 }.isEmpty, "settled under several tokens")
        #expect(try await store.text("SELECT count(*) FROM run_outputs") == "\(succeeded.count)")
        let overlapping = try await store.rows(
            """
            SELECT a.concurrency_key, b.concurrency_key FROM runs a JOIN runs b ON a.sequence < b.sequence
             WHERE b.started_at < a.finished_at
               AND substr(a.key_path, 1, length(b.key_path)) = substr(b.key_path, 1, length(a.key_path))
            """)
        #expect(overlapping.isEmpty, "two runs of one key at a time, or out of order")
        #expect(try await store.text("SELECT count(*) FROM attempts WHERE state = 'running'") == "0")
    }

    /// Reclaims from those that died, and now and then from one that lives.
    private static func supervise(_ store: PostgresStore, _ ledger: Ledger, _ initial: Dice) async throws {
        // Also when this fails: the others work until they are told.
        defer { ledger.finish() }
        var dice = initial
        let me = WorkerID()
        let deadline = ContinuousClock.now + .seconds(120)
        while true {
            let open = try await patiently {
                try await store.text("SELECT count(*) FROM runs WHERE finished_at IS NULL")
            }
            let all = try await patiently { try await store.text("SELECT count(*) FROM runs") }
            if open == "0", all == "60" { break }
            if ContinuousClock.now > deadline {
                Issue.record("\(open ?? "") runs are open after two minutes")
                break
            }
            let observations = try await patiently { try await store.runs.observeWorkers(except: me) }
            let chosen = observations.filter { ledger.isDead($0.id) || dice.roll(40) == 0 }
            _ = try await patiently { try await store.runs.reclaim(from: chosen) }
        }
    }

    private static func cutConnections(_ store: PostgresStore, _ ledger: Ledger) async throws {
        while !ledger.isFinished {
            _ = try await store.rows(
                """
                SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                 WHERE datname = current_database() AND pid <> pg_backend_pid() ORDER BY random() LIMIT 1
                """)
            // A pace, not a wait: the storm shall leave time to work.
            try await Task.sleep(for: .milliseconds(30))
        }
    }
}

/// Repeats what fails for a passing reason, as workers do; for half a minute.
private func patiently<T>(_ body: () async throws -> T) async throws -> T {
    let deadline = ContinuousClock.now + .seconds(30)
    while true {
        do {
            return try await body()
        } catch let error as StoreError {
            guard error.isTransient, ContinuousClock.now < deadline else { throw error }
            try await Task.sleep(for: .milliseconds(5))
        }
    }
}

private struct StormyWorker {
    let runs: PostgresRunStore
    let ledger: Ledger
    var dice: Dice
    private var held: [ClaimedRun] = []
    /// Leases of earlier lives, which this process still believes in.
    private var zombies: [ClaimedRun] = []

    init(_ runs: PostgresRunStore, _ ledger: Ledger, _ dice: Dice) {
        self.runs = runs
        self.ledger = ledger
        self.dice = dice
    }

    mutating func work() async throws {
        var me = try await patiently { try await runs.worker(locked: false) }
        while !ledger.isFinished {
            switch dice.roll(16) {
            case 0..<7:
                let limit = 1 + dice.roll(3)
                // A claim is not repeated: whether it took effect is for the renewals to find out.
                do { held += try await runs.claim(me, limit: limit) } catch {
                    guard error.isTransient else { throw error }
                }
            case 7..<10:
                let named = held.map { HeldRun(lease: $0.lease) }
                let answer = try await patiently { try await runs.renew(me, held: named) }
                held.removeAll { answer.lost.contains($0.lease) }
            case 10 where !held.isEmpty:
                ledger.die(me)
                zombies += held
                held = []
                me = try await patiently { try await runs.worker(locked: false) }
            case 11:
                if let zombie = zombies.popLast() { try await end(zombie) }
            default:
                if !held.isEmpty { try await end(held.remove(at: dice.roll(held.count))) }
            }
        }
    }

    private mutating func end(_ claimed: ClaimedRun) async throws {
        let lease = claimed.lease
        switch claimed.decided == nil ? dice.roll(10) : 9 {
        case 0: _ = try await settle(lease, .interrupted(reason: "storm"))
        case 1: _ = try await settle(lease, .retry(Failure(.engineLost, "storm"), after: .milliseconds(1)))
        default:
            let report = claimed.decided ?? .sample(lease)
            if claimed.decided == nil {
                let answer = try await patiently { try await runs.decide(lease, report) }
                guard answer == .applied else { return }
                // Dies between decision and settlement: somebody else must settle.
                if dice.roll(4) == 0 { return zombies.append(claimed) }
            }
            if try await settle(lease, .succeeded(report)) == .applied { ledger.settle(lease) }
        }
    }

    private func settle(_ lease: Lease, _ settlement: Settlement) async throws -> GuardAnswer {
        try await patiently { try await runs.settle(lease, settlement) }
    }
}

/// What happened outside the store.
private final class Ledger: Sendable {
    private struct State {
        var settled: [RunID: Set<LeaseToken>] = [:]
        var dead: Set<WorkerID> = []
        var isFinished = false
    }

    private let state = Mutex(State())

    var settled: [RunID: Set<LeaseToken>] { state.withLock(\.settled) }
    var isFinished: Bool { state.withLock(\.isFinished) }
    func settle(_ lease: Lease) { state.withLock { _ = $0.settled[lease.runID, default: []].insert(lease.token) } }
    func die(_ worker: WorkerID) { state.withLock { _ = $0.dead.insert(worker) } }
    func isDead(_ worker: WorkerID) -> Bool { state.withLock { $0.dead.contains(worker) } }
    func finish() { state.withLock { $0.isFinished = true } }
}

/// Numbers of a seed (SplitMix64).
private struct Dice {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    /// 0 up to `sides` - 1.
    mutating func roll(_ sides: Int) -> Int {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return Int((z ^ (z >> 31)) % UInt64(sides))
    }
}
