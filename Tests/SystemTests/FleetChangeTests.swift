import Foundation
import Testing

/// Workers that come, go and die around runs that go on.
@Suite(.serialized, .timeLimit(.minutes(5))) struct FleetChangeTests {
    private static let short = """
        name: short
        source: {type: file, path: few.csv}
        sink: {type: file, path: "out/short-${N}.csv"}
        """

    private func makeFolder(rows: Int) throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        try folder.write(SlowPipeline.rows(rows), to: "many.csv")
        try folder.write("k,a\n1,1\n", to: "few.csv")
        try folder.write(SlowPipeline.yaml(name: "long"), to: "long.yml")
        try folder.write(Self.short, to: "short.yml")
        return folder
    }

    @Test func workersThatJoinAndLeaveRestartNoRunAndALongOneDelaysNoShortOnes() async throws {
        let folder = try makeFolder(rows: 12_000)
        try await TemporaryFleet.run(workers: 1, in: folder) { fleet in
            let long = try await fleet.quicketl("submit", "long.yml", "--json").submittedRun
            _ = try await fleet.until(long) { $0["phase"]?.text == "execute" }
            // Each joins, takes what its partitions or others' received, and leaves again.
            for round in 1...4 {
                let visitor = try BackgroundWorker(in: folder)
                let short = try await fleet.quicketl(
                    "submit", "short.yml", "--var", "N=\(round)", "--wait", "--json")
                #expect(short.code == 0, "\(short.errors)")
                try await fleet.untilLive(visitor)
                visitor.send(SIGTERM)
                #expect(await visitor.ended() == 0)
            }
            let ended = try await fleet.until(long, within: .seconds(240)) { $0["finished_at"]?.text != nil }
            #expect(ended["state"]?.text == "succeeded")
            #expect(ended["attempts"]?.list.count == 1)
        }
    }

    @Test func aRunEndsAtItsDeadlineOrWhenItIsCancelledAndLeavesNothing() async throws {
        let folder = try makeFolder(rows: 200_000)
        try await TemporaryFleet.run(workers: 1, in: folder) { fleet in
            let late = try await fleet.quicketl("submit", "long.yml", "--timeout", "2s", "--wait", "--json")
            #expect(late.code == 1)
            #expect(try late.json["error_kind"]?.text == "timeout")
            #expect(try late.json["attempts"]?.list.count == 1)
            let run = try await fleet.quicketl("submit", "long.yml", "--json").submittedRun
            let running = try await fleet.until(run) { $0["phase"]?.text == "execute" }
            #expect(running["state"]?.text == "running")
            let cancelled = try await fleet.quicketl("runs", "cancel", run, "--wait", "--json")
            #expect(cancelled.code == 0, "\(cancelled.errors)")
            #expect(try cancelled.json["state"]?.text == "cancelled")
            // What the engine staged goes when it is dead, and only then the run is said to be cancelled.
            #expect(!folder.exists("out/.quicketl-staging"))
        }
    }

    @Test func whatADeadAttemptLeftIsListedAndSweptByAnotherWorker() async throws {
        let folder = try makeFolder(rows: 200_000)
        try await TemporaryFleet.run(workers: 0, in: folder) { fleet in
            let victim = try BackgroundWorker(in: folder)
            let run = try await fleet.quicketl("submit", "long.yml", "--retries", "0", "--json").submittedRun
            _ = try await fleet.until(run) { $0["phase"]?.text == "execute" }
            // Nobody is there to take it over: the run is cancelled while its worker is dead.
            victim.send(SIGKILL)
            _ = await victim.ended()
            #expect(try await fleet.quicketl("runs", "cancel", run).code == 0)
            #expect(try folder.names(in: "out") == [".quicketl-staging"])
            let heir = try BackgroundWorker(in: folder)
            _ = try await fleet.until(run) { $0["state"]?.text == "cancelled" }
            let listed = try await fleet.quicketl("fleet", "--json").json["leftovers"]?.list ?? []
            #expect(listed.map { $0["run_id"]?.text } == [run])
            #expect(listed.first?["folder"]?.text?.hasPrefix(folder.path + "/out/.quicketl-staging/\(run)") == true)
            let end = ContinuousClock.now + .seconds(150)
            while folder.exists("out/.quicketl-staging"), ContinuousClock.now < end {
                try await Task.sleep(for: .milliseconds(200))
            }
            #expect(!folder.exists("out/.quicketl-staging"))
            heir.send(SIGTERM)
            #expect(await heir.ended() == 0)
        }
    }
}
