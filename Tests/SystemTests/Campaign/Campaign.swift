import Fleet
import Foundation
import Synchronization

@testable import Store

/// Real workers, a real PostgreSQL, a broker, and faults of every kind; at the end a verdict.
struct Campaign {
    let settings: CampaignSettings
    let folder: TemporaryFolder

    /// To standard error, which nobody buffers.
    static func say(_ line: String) { FileHandle.standardError.write(Data((line + "\n").utf8)) }

    func run() async throws -> Verdict {
        Campaign.say("campaign: seed \(settings.seed), \(settings.faults) faults, at most \(settings.limit)")
        try CampaignSink.prepare(in: folder.path)
        let postgres = PrivatePostgres.temporary()
        let address = try await postgres.start()
        do {
            let verdict = try await run(postgres: postgres, address: address)
            try await postgres.remove()
            return verdict
        } catch {
            // The first error is what matters; the server's guard removes what this leaves.
            try? await postgres.remove()
            throw error
        }
    }

    private func run(postgres: PrivatePostgres, address: String) async throws -> Verdict {
        guard SmallDisk.isPossible else {
            Campaign.say("campaign: no small disk, for that needs root: no disk is filled")
            return try await run(postgres: postgres, address: address, tightFolder: nil)
        }
        let disk = folder.path + "/tight"
        return try await SmallDisk.with(disk, megabytes: 3) {
            try await run(postgres: postgres, address: address, tightFolder: disk)
        }
    }

    private func run(postgres: PrivatePostgres, address: String, tightFolder: String?) async throws -> Verdict {
        let store = PostgresStore(StoreSettings(address))
        try await store.migrate()
        await store.close()
        let broker = try await CampaignBroker(folder: folder.path)
        let sinks = CampaignSink.all(in: folder.path, tightFolder: tightFolder)
        let workers = try (1...settings.workers).map { number in
            let proxy = try CutProxy(to: try Self.socket(in: address))
            let store = "postgresql://quicketl@127.0.0.1:\(proxy.port)/quicketl?sslmode=disable&gssencmode=disable"
            return CampaignWorker(number: number, proxy: proxy, folder: folder.path) {
                Self.environment(broker, store: store)
            }
        }
        let watcher = SinkWatcher(sinks)
        let verdict: Verdict
        do {
            verdict = try await judge(
                workers, sinks, watcher, CampaignStore(settings: StoreSettings(address)), postgres, broker,
                environment: { Self.environment(broker, store: address) }, tightFolder: tightFolder)
        } catch {
            for worker in workers { worker.signal(SIGKILL) }
            await stop(workers)
            _ = watcher.stop()
            broker.stop()
            throw error
        }
        broker.stop()
        return verdict
    }

    private func judge(
        _ workers: [CampaignWorker], _ sinks: [CampaignSink], _ watcher: SinkWatcher, _ store: CampaignStore,
        _ postgres: PrivatePostgres, _ broker: CampaignBroker,
        environment: @escaping @Sendable () -> [String: String], tightFolder: String?
    ) async throws -> Verdict {
        let (ledger, disturbances, kills) = (Ledger(), Disturbances(), SubmitterKills())
        let injector = FaultInjector(
            workers: workers, store: store, postgres: postgres, broker: broker, tightFolder: tightFolder,
            disturbances: disturbances, submitterKills: kills,
            isAllRecorded: {
                // Out of reach: then it knows nothing now.
                guard let known = try? await store.runs().map(\.key) else { return false }
                return Set(ledger.all.filter { $0.run != nil }.map(\.mark)).isSubset(of: known)
            })
        let start = ContinuousClock.now
        let course = Course()
        try await withThrowingTaskGroup(of: Void.self) { group in
            let shares = (0..<settings.submitters).map { part in
                sinks.enumerated().filter { $0.offset % settings.submitters == part }.map(\.element)
            }
            for (part, share) in shares.enumerated() {
                let submitting = Submitting(
                    folder: folder.path, sinks: share, ledger: ledger, environment: environment,
                    pause: .milliseconds(250), isOver: { course.isOver }, takeKill: { kills.take() },
                    isHeldBack: { course.backlog > 60 })
                group.addTask { try await submitting.run(seed: settings.seed &+ UInt64(part) &+ 1) }
            }
            group.addTask {
                while !course.isOver {
                    // Unanswered while the server is away: then the last known number goes on.
                    if let rows = try? await store.rows("SELECT count(*) FROM run_queue", patience: .seconds(1)) {
                        course.note(backlog: (rows.first?.first ?? nil).flatMap { Int($0) } ?? 0)
                    }
                    try await Task.sleep(for: .seconds(1))
                }
            }
            group.addTask {
                var known = broker.address
                while !course.isOver {
                    // A broker at another address is found by workers that start: one after the other does.
                    if broker.address != known {
                        known = broker.address
                        for worker in workers {
                            worker.signal(SIGTERM)
                            try await Task.sleep(for: .seconds(1))
                        }
                    }
                    try await Task.sleep(for: .milliseconds(200))
                }
            }
            do {
                try await injector.run(settings, seed: settings.seed)
                course.end()
            } catch {
                course.end()
                throw error
            }
            try await group.waitForAll()
        }
        try await settle(store, ledger)
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        await stop(workers)
        let seen = watcher.stop()
        var verdict = Verdict(
            settings, seconds: seconds, disturbances: disturbances, entries: ledger.all, runs: try await store.runs(),
            attempts: try await store.attempts(), seen: seen, content: watcher.content)
        verdict.untrue = try await store.contradictions()
        verdict.leftovers = leftovers(sinks)
        verdict.aborts = ["broker": broker.aborts, "workers": workers.map(\.aborts).reduce(0, +)]
        return verdict
    }

    /// Everything is healed: what was submitted has to come to its end.
    private func settle(_ store: CampaignStore, _ ledger: Ledger) async throws {
        let end = ContinuousClock.now + .seconds(240)
        while ContinuousClock.now < end {
            let states = Dictionary(uniqueKeysWithValues: try await store.runs().map { ($0.key, $0.state) })
            let open = ledger.all.filter {
                $0.run != nil && !["succeeded", "failed", "dead", "cancelled"].contains(states[$0.mark])
            }
            if open.isEmpty, try await store.rows("SELECT count(*) FROM run_queue") == [["0"]] { return }
            try await Task.sleep(for: .milliseconds(300))
        }
    }

    private func stop(_ workers: [CampaignWorker]) async {
        await withTaskGroup(of: Void.self) { group in
            for worker in workers {
                group.addTask {
                    await withCheckedContinuation { ended in
                        // Waits for a process: not on a thread of the tasks'.
                        Thread.detachNewThread {
                            worker.stop()
                            ended.resume()
                        }
                    }
                }
            }
        }
    }

    private func leftovers(_ sinks: [CampaignSink]) -> [String] {
        sinks.map { URL(fileURLWithPath: $0.path).deletingLastPathComponent().path + "/.quicketl-staging" }
            .flatMap { staging in
                // Usually the folder itself is gone.
                ((try? FileManager.default.contentsOfDirectory(atPath: staging)) ?? []).map { "\(staging)/\($0)" }
            }
    }

    private static func environment(_ broker: CampaignBroker, store: String) -> [String: String] {
        [
            "QUICKETL_STORE": store, "QUICKETL_SLOTS": "4", "QUICKETL_MEMORY": "2GB", "QUICKETL_DRAIN_LIMIT": "3",
        ].merging(broker.environment) { $1 }
    }

    private static func socket(in address: String) throws -> String {
        guard let host = URLComponents(string: address)?.queryItems?.first(where: { $0.name == "host" })?.value else {
            throw Program.Unexpected("the private PostgreSQL's address has no socket")
        }
        return "\(host)/.s.PGSQL.5432"
    }
}

/// What the parts of a campaign tell each other.
private final class Course: Sendable {
    private let state = Mutex((isOver: false, backlog: 0))

    var isOver: Bool { state.withLock { $0.isOver } }
    /// Runs that are not final.
    var backlog: Int { state.withLock { $0.backlog } }

    func end() { state.withLock { $0.isOver = true } }

    func note(backlog: Int) { state.withLock { $0.backlog = backlog } }
}
