import Foundation
import Testing

/// From the SIGKILL of a worker in the middle of a run to the claim of that run by another one, with nothing else going
/// wrong: two others are in session and have free slots. Runs when QUICKETL_BENCH_KILLS says how many kills; prints,
/// asserts no time.
@Suite(.serialized, .timeLimit(.minutes(60))) struct RecoveryBench {
    private static let kills = ProcessInfo.processInfo.environment["QUICKETL_BENCH_KILLS"].flatMap { Int($0) }

    @Test(.enabled(if: RecoveryBench.kills != nil))
    func runsOfKilledWorkersAreClaimedAgain() async throws {
        let kills = Self.kills ?? 0
        let folder = try TemporaryFolder()
        try folder.write(SlowPipeline.rows(200_000), to: "many.csv")
        try folder.write(SlowPipeline.yaml(name: "endless"), to: "endless.yml")
        try await TemporaryFleet.run(workers: 3, in: folder) { fleet in
            let store = try await FleetStore(in: folder)
            var seen: [String] = []
            for number in 1...kills {
                // All may judge: their sessions are older than the ten seconds that this needs.
                try await store.until(
                    """
                    SELECT count(*) FROM workers w
                      JOIN pg_locks l ON l.locktype = 'advisory' AND l.granted AND l.objid = w.lock_number::oid
                      JOIN pg_stat_activity a USING (pid)
                     WHERE w.state = 'live' AND a.backend_start < now() - interval '11 s'
                    """, is: "3")
                let run = try await fleet.quicketl("submit", "endless.yml", "--json").submittedRun
                _ = try await fleet.until(run) { $0["phase"]?.text == "execute" }
                let holder = try await store.text(
                    "SELECT w.process_id FROM run_queue q JOIN workers w USING (worker_id) WHERE q.run_id = '\(run)'")
                let moment = Date().timeIntervalSince1970
                guard let process = pid_t(holder), kill(process, SIGKILL) == 0 else {
                    throw Program.Unexpected("nobody holds \(run): \(holder)")
                }
                let claims = "FROM attempts WHERE run_id = '\(run)' AND attempt = 2"
                try await store.until("SELECT count(*) \(claims)", is: "1")
                seen.append("(\(moment), '\(run)')")
                let took = try await store.text("SELECT extract(epoch FROM started_at) - \(moment) \(claims)")
                print("kill \(number) of \(kills): claimed again after \(took) s")
                _ = try await fleet.quicketl("runs", "cancel", run)
            }
            let answer = try await store.text(
                """
                WITH kills (moment, run) AS (VALUES \(seen.joined(separator: ", "))), waited AS (
                    SELECT extract(epoch FROM started_at) - moment AS s
                      FROM kills JOIN attempts ON run_id::text = run WHERE attempt = 2)
                SELECT 'p50 ' || round(percentile_cont(0.5) WITHIN GROUP (ORDER BY s)::numeric, 2) || ' s, p99 '
                       || round(percentile_cont(0.99) WITHIN GROUP (ORDER BY s)::numeric, 2) || ' s, max '
                       || round(max(s)::numeric, 2) || ' s, kills ' || count(*) FROM waited
                """)
            print("kill to next claim: \(answer)")
        }
    }
}
