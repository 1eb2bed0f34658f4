import Foundation
import Testing

/// Fleets of real processes: PostgreSQL, the broker, workers, DuckDB.
@Suite(.serialized, .timeLimit(.minutes(5))) struct WholeFleetTests {
    private static let quick = """
        name: quick
        source: {type: file, path: "in/${DATE}.csv"}
        transforms:
          - {op: filter, predicate: "amount > 0"}
        checks:
          - {type: row_count, min: 1}
        sink: {type: file, path: "out/${DATE}/", format: parquet}
        """

    private func makeFolder() throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        for day in 1...3 { try folder.write("id,amount\n1,5\n2,0\n3,7\n", to: "in/2013-01-0\(day).csv") }
        try folder.write("id,amount\n1,0\n", to: "in/2013-01-09.csv")
        try folder.write(Self.quick, to: "quick.yml")
        try folder.write(SlowPipeline.yaml(name: "endless"), to: "endless.yml")
        return folder
    }

    @Test func submittedRunsEndAsTheyShouldAndHistoryOutlivesTheFleet() async throws {
        let folder = try makeFolder()
        try await TemporaryFleet.run(in: folder) { fleet in
            for day in 1...3 {
                let ended = try await fleet.quicketl(
                    "submit", "quick.yml", "--var", "DATE=2013-01-0\(day)", "--wait", "--json")
                #expect(ended.code == 0, "\(ended.errors)\(ended.output)")
                #expect(try ended.json["state"]?.text == "succeeded")
            }
            let failing = try await fleet.quicketl(
                "submit", "quick.yml", "--var", "DATE=2013-01-09", "--wait", "--json")
            #expect(failing.code == 1)
            #expect(try failing.json["state"]?.text == "failed")
            #expect(!fleet.folder.exists("out/2013-01-09"))
            let rows = try await Program.duckdb(
                "SELECT count(*), sum(amount) FROM 'out/*/*.parquet'", in: fleet.folder.path)
            #expect(rows == "6,36\n")
        }
        #expect(!folder.exists(".quicketl/dev.env"))
        // A second start finds its history again.
        try await TemporaryFleet.run(workers: 0, in: folder) { fleet in
            let runs = try await fleet.quicketl("runs", "list", "--json").json["runs"]?.list ?? []
            #expect(runs.count == 4)
            #expect(
                runs.compactMap { $0["state"]?.text }.sorted() == ["failed", "succeeded", "succeeded", "succeeded"])
            let run = try #require(runs.first { $0["state"]?.text == "succeeded" }?["run_id"]?.text)
            let shown = try await fleet.show(run)
            #expect(shown["rows_out"]?.number == 2)
            #expect(shown["attempts"]?.list.count == 1)
            #expect(shown["lineage"]?.list.isEmpty == false)
            #expect(shown["checks"]?.list.first?["passed"] == .bool(true))
        }
    }

    @Test func theSameKeyIsTheSameRunAndOtherContentIsRefused() async throws {
        let folder = try makeFolder()
        try await TemporaryFleet.run(workers: 1, in: folder) { fleet in
            let first = try await fleet.quicketl(
                "submit", "quick.yml", "--var", "DATE=2013-01-01", "--key", "k1", "--json"
            ).submittedRun
            let second = try await fleet.quicketl(
                "submit", "quick.yml", "--var", "DATE=2013-01-01", "--key", "k1", "--json"
            ).submittedRun
            #expect(first == second)
            let other = try await fleet.quicketl(
                "submit", "quick.yml", "--var", "DATE=2013-01-02", "--key", "k1", "--json")
            #expect(other.code == 1)
            #expect(other.errors.contains("other content"))
            let shown = try await fleet.until(first) { $0["state"]?.text == "succeeded" }
            #expect(shown["attempts"]?.list.count == 1)
        }
    }

    @Test func aKilledWorkersRunIsFinishedByTheOtherOnce() async throws {
        let folder = try makeFolder()
        // Enough work that the kill comes in the middle, little enough that the successor ends it in time.
        try folder.write(SlowPipeline.rows(9_000), to: "many.csv")
        try await TemporaryFleet.run(in: folder) { fleet in
            let run = try await fleet.quicketl("submit", "endless.yml", "--json").submittedRun
            let running = try await fleet.until(run) { $0["phase"]?.text == "execute" }
            let workers = try await fleet.quicketl("fleet", "--json").json["workers"]?.list ?? []
            let victim = try #require(
                workers.first { $0["worker_id"] == running["worker_id"] }?["process_id"]?.number)
            #expect(kill(pid_t(victim), SIGKILL) == 0)
            let ended = try await fleet.until(run, within: .seconds(240)) {
                ["succeeded", "failed", "dead"].contains($0["state"]?.text)
            }
            #expect(ended["state"]?.text == "succeeded", "\(ended)")
            #expect(ended["attempts"]?.list.compactMap { $0["state"]?.text } == ["lost", "succeeded"])
            #expect(try fleet.folder.names(in: "out") == ["endless.parquet"])
            let rows = try await Program.duckdb("SELECT n FROM 'out/endless.parquet'", in: fleet.folder.path)
            #expect(rows == "81000000\n")
        }
    }

    @Test func stoppingTheFleetGivesRunningRunsBack() async throws {
        let folder = try makeFolder()
        try folder.write(SlowPipeline.rows(200_000), to: "many.csv")
        let box = RunBox()
        try await TemporaryFleet.run(workers: 1, in: folder, drainLimit: 1) { fleet in
            let run = try await fleet.quicketl("submit", "endless.yml", "--json").submittedRun
            _ = try await fleet.until(run) { $0["state"]?.text == "running" }
            box.run = run
        }
        let run = try #require(box.run)
        try await TemporaryFleet.run(workers: 0, in: folder) { fleet in
            let shown = try await fleet.show(run)
            #expect(shown["state"]?.text == "queued")
            #expect(shown["attempts"]?.list.compactMap { $0["state"]?.text } == ["interrupted"])
        }
        #expect(!folder.exists("out/endless.parquet"))
        #expect(!folder.exists("out/.quicketl-staging"))
    }
}

/// Carries a run's id out of a fleet's lifetime.
private final class RunBox: @unchecked Sendable {
    // Written before the fleet's closure returns and read after it: never at the same time.
    var run: String?
}
