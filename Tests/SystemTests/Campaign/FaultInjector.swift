import Foundation
import Synchronization

@testable import Store

/// Does one fault after the other, the long ones beside the short ones.
///
/// One worker at a time is left alone, so that there is somebody to judge the others; another one every 45 s.
final class FaultInjector: Sendable {
    let workers: [CampaignWorker]
    let store: CampaignStore
    let postgres: PrivatePostgres
    let broker: CampaignBroker
    /// A small disk, if there is one.
    let tightFolder: String?
    let disturbances: Disturbances
    let submitterKills: SubmitterKills
    /// Whether the store knows every run whose submitter was answered: what only the broker holds goes with it.
    let isAllRecorded: @Sendable () async -> Bool
    private let busy = Mutex<Set<Int>>([])

    init(
        workers: [CampaignWorker], store: CampaignStore, postgres: PrivatePostgres, broker: CampaignBroker,
        tightFolder: String?, disturbances: Disturbances, submitterKills: SubmitterKills,
        isAllRecorded: @escaping @Sendable () async -> Bool
    ) {
        self.isAllRecorded = isAllRecorded
        (self.workers, self.store, self.postgres, self.broker) = (workers, store, postgres, broker)
        (self.tightFolder, self.disturbances, self.submitterKills) = (tightFolder, disturbances, submitterKills)
    }

    /// Returns when `settings.faults` were injected or its time is over, and everything is healed.
    func run(_ settings: CampaignSettings, seed: UInt64) async throws {
        var random = SeededGenerator(seed: seed)
        let start = ContinuousClock.now
        let faults = Fault.allCases.filter { $0 != .fillDisk || tightFolder != nil }
        try await withThrowingTaskGroup(of: Void.self) { group in
            var spoken = start
            while disturbances.total < settings.faults, .now < start + settings.limit {
                let fault = Fault.random(using: &random, among: faults)
                let spared = 1 + Int((ContinuousClock.now - start) / .seconds(45)) % workers.count
                let victim = workers.filter { $0.number != spared }.randomElement(using: &random) ?? workers[0]
                let seconds = Double.random(in: 0...1, using: &random)
                group.addTask { [self] in try await inject(fault, victim, seconds) }
                let wait = settings.pace * Double.random(in: 0.2...1.8, using: &random)
                try await Task.sleep(for: wait)
                if .now - spoken > .seconds(20) {
                    spoken = .now
                    Campaign.say(
                        "campaign: \(disturbances.total) of \(settings.faults) faults after \(Int((spoken - start) / .seconds(1))) s"
                    )
                }
            }
            try await group.waitForAll()
        }
    }

    /// `dose` in 0...1 says how long; a fault that does not apply now is left out, and not counted.
    private func inject(_ fault: Fault, _ victim: CampaignWorker, _ dose: Double) async throws {
        let isOfWorker: Bool =
            switch fault {
            case .killWorker, .pauseWorker, .stopAfterDecide, .drainWorker, .cutNetwork: true
            default: false
            }
        if isOfWorker {
            guard busy.withLock({ $0.insert(victim.number).inserted }) else { return }
        }
        defer { if isOfWorker { _ = busy.withLock { $0.remove(victim.number) } } }
        let start = Disturbances.now
        switch fault {
        case .killWorker: try await kill(victim)
        case .pauseWorker:
            guard victim.signal(SIGSTOP) else { return }
            // One in four for longer than a lease is trusted and a counter may stand still.
            try await Task.sleep(for: .seconds(dose > 0.75 ? 16 + 6 * dose : 6 * dose))
            victim.signal(SIGCONT)
        case .stopAfterDecide: guard try await stopAfterDecide(victim) else { return }
        case .drainWorker: guard victim.signal(SIGTERM) else { return }
        case .drainStorm:
            for worker in workers {
                worker.signal(SIGTERM)
                try await Task.sleep(for: .milliseconds(300))
            }
        case .killChild:
            guard let child = victim.children().randomElement(), Foundation.kill(child, SIGKILL) == 0 else { return }
        case .cutNetwork:
            victim.proxy.cut()
            try await Task.sleep(for: .seconds(dose > 0.75 ? 14 + 8 * dose : 5 * dose))
            victim.proxy.heal()
        case .terminateSessions:
            try await store.terminateSessions()
        case .restartStore:
            try await postgres.stop()
            try await Task.sleep(for: .seconds(2 * dose))
            try await postgres.start()
        case .hangBroker:
            broker.hang()
            try await Task.sleep(for: .seconds(4 * dose))
            broker.answer()
        case .killBroker: guard await isAllRecorded(), broker.kill() else { return }
        case .fillDisk:
            guard let tightFolder else { return }
            try await fill(tightFolder, for: .seconds(1 + 3 * dose))
        case .killSubmitter: submitterKills.ask()
        }
        disturbances.count(fault)
        switch fault {
        case .killChild, .hangBroker, .fillDisk, .killSubmitter: break
        // All workers are drained some time later, to find the next one.
        case .killBroker: disturbances.disturbed(nil, from: start, to: start + 40)
        // A worker that drains judges nobody for long.
        case .drainStorm: disturbances.disturbed(nil, from: start, to: start + 30)
        case .drainWorker: disturbances.disturbed(victim.number, from: start, to: start + 30)
        case .terminateSessions, .restartStore: disturbances.disturbed(nil, from: start)
        default: disturbances.disturbed(victim.number, from: start)
        }
    }

    private func kill(_ victim: CampaignWorker) async throws {
        // In the middle of a run, if one comes soon.
        let end = ContinuousClock.now + .seconds(3)
        var held: [(run: String, state: String)] = []
        repeat {
            // Unreachable: then nobody knows what it held, and the kill is no measurement.
            held = (try? await store.held(by: victim.processID)) ?? []
        } while held.isEmpty && ContinuousClock.now < end
        let processes = (try? await store.observers()) ?? []
        let observers = workers.filter { processes.contains($0.processID) && !$0.isPaused }.map(\.number)
        guard victim.signal(SIGKILL) else { return }
        disturbances.killed(
            .init(worker: victim.number, time: Disturbances.now, runs: held.map(\.run), observers: observers))
    }

    /// Its answers from the store are slow, so that there is time to stop it after the commit and before its answer.
    private func stopAfterDecide(_ victim: CampaignWorker) async throws -> Bool {
        victim.proxy.delayAnswers(.milliseconds(150))
        defer { victim.proxy.delayAnswers(.zero) }
        let process = victim.processID
        guard process > 0 else { return false }
        let end = ContinuousClock.now + .seconds(8)
        var decided: String?
        while decided == nil, ContinuousClock.now < end {
            decided = (try? await store.held(by: process))?.first { $0.state == "publishing" }?.run
        }
        guard let decided, victim.processID == process, victim.signal(SIGSTOP) else { return false }
        // Still publishing with the worker stopped: the decide is committed, and nothing of it is settled.
        let isBetween = (try? await store.held(by: process))?.contains { $0.run == decided && $0.state == "publishing" }
        let woken = ContinuousClock.now + .seconds(isBetween == true ? 24 : 0)
        while ContinuousClock.now < woken {
            let rows = try? await store.rows(
                """
                SELECT count(*) FROM runs later JOIN runs mine USING (key_hash)
                 WHERE mine.run_id = '\(decided)' AND mine.state = 'succeeded'
                   AND later.sequence > mine.sequence AND later.state = 'succeeded'
                """)
            if let count = rows?.first?.first ?? nil, count != "0" { break }
            try await Task.sleep(for: .milliseconds(200))
        }
        victim.signal(SIGCONT)
        return isBetween == true
    }

    private func fill(_ folder: String, for time: Duration) async throws {
        let path = folder + "/filler"
        let file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        guard file >= 0 else { return }
        let block = [UInt8](repeating: 0, count: 65536)
        while write(file, block, block.count) > 0 {}
        close(file)
        try await Task.sleep(for: time)
        unlink(path)
    }
}

/// Asks for submitters to be killed in the middle of their work; they take it when they begin.
final class SubmitterKills: Sendable {
    private let asked = Mutex(0)

    func ask() { asked.withLock { $0 += 1 } }

    func take() -> Bool {
        asked.withLock { asked in
            guard asked > 0 else { return false }
            asked -= 1
            return true
        }
    }
}
