import Foundation
import Testing

/// Whole ranges of a variable on a real fleet.
@Suite(.serialized, .timeLimit(.minutes(5))) struct BackfillTests {
    private func makeFolder() throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        let rows = (0..<300).map { "\($0),2013-01-0\($0 % 9 + 1)\n" }.joined()
        try folder.write("id,day\n\(rows)", to: "in.csv")
        try folder.write(
            """
            name: daily
            variables: {DATE: {type: date}, PART: all}
            source: {type: file, path: in.csv}
            transforms:
              - {op: filter, predicate: "day = '${DATE}'"}
            sink: {type: file, path: "out/${DATE}-${PART}.csv"}
            """, to: "daily.yml")
        return folder
    }

    @Test func aRangeGivesTheSameRowsAsOneQueryOverIt() async throws {
        let folder = try makeFolder()
        try await TemporaryFleet.run(workers: 2, in: folder) { fleet in
            let dry = try await fleet.quicketl(
                "backfill", "daily.yml", "--var", "DATE=2013-01-01..2013-01-09", "--dry-run", "--json")
            #expect(try dry.json["runs"]?.list.count == 9, "\(dry.errors)")
            let first = try await fleet.quicketl("submit", "daily.yml", "--var", "DATE=2013-01-03", "--wait")
            #expect(first.code == 0, "\(first.errors)")
            let filled = try await fleet.quicketl(
                "backfill", "daily.yml", "--var", "DATE=2013-01-01..2013-01-09", "--parallel", "3", "--wait", "--json")
            #expect(filled.code == 0, "\(filled.errors)")
            // One of them had its run.
            #expect(try filled.json["runs"]?.number == 8 && filled.json["succeeded"]?.number == 8)
            let rows = try await Program.duckdb(
                "SELECT count(*), sum(id), count(DISTINCT day) FROM 'out/*.csv'", in: folder.path)
            let whole = try await Program.duckdb(
                "SELECT count(*), sum(id), count(DISTINCT day) FROM 'in.csv'", in: folder.path)
            #expect(rows == whole)
            let again = try await fleet.quicketl(
                "backfill", "daily.yml", "--var", "DATE=2013-01-01..2013-01-09", "--json")
            #expect(try again.json["runs"]?.list.isEmpty == true && again.json["skipped"]?.number == 9)
            let all = try await fleet.quicketl("backfill", "list", "--json").json["backfills"]?.list ?? []
            #expect(all.count == 1 && all.first?["unfinished"]?.number == 0)
            let store = try await FleetStore(in: folder)
            #expect(
                try await store.text("SELECT DISTINCT priority FROM run_history WHERE trigger LIKE 'backfill %'")
                    == "low")
            let overwriting = try await fleet.quicketl(
                "backfill", "daily.yml", "--var", "DATE=2013-01-01", "--var", "PART=a,b", "--all", "--dry-run")
            #expect(overwriting.code == 0)
            try folder.write(
                "name: one\nsource: {type: file, path: \"${X}.csv\"}\nsink: {type: file, path: one.csv}\n",
                to: "one.yml")
            let refused = try await fleet.quicketl("backfill", "one.yml", "--var", "X=a,b")
            #expect(refused.code == 1 && refused.errors.contains("overwrite each other"), "\(refused.errors)")
        }
    }

    @Test func theWholeIsCancelledAndWhatDidNotSucceedRunsAgain() async throws {
        let folder = try makeFolder()
        try await TemporaryFleet.run(workers: 0, in: folder) { fleet in
            let begun = try await fleet.quicketl(
                "backfill", "daily.yml", "--var", "DATE=2013-01-01..2013-01-05", "--var", "PART=a,b", "--json")
            #expect(begun.code == 0, "\(begun.errors)")
            let id = try #require(try begun.json["backfill_id"]?.text)
            // What is under way is not missing.
            let again = try await fleet.quicketl(
                "backfill", "daily.yml", "--var", "DATE=2013-01-01..2013-01-05", "--var", "PART=a,b", "--json")
            #expect(try again.json["skipped"]?.number == 10)
            let cancelled = try await fleet.quicketl("backfill", "cancel", String(id.prefix(8)), "--json")
            #expect(try cancelled.json["cancelled"]?.number == 10, "\(cancelled.errors)")
            let shown = try await fleet.quicketl("backfill", "show", id, "--json").json
            #expect(shown["cancelled"]?.number == 10 && shown["unfinished"]?.number == 0)
            let failed = try await fleet.quicketl(
                "backfill", "daily.yml", "--var", "DATE=2013-01-01..2013-01-06", "--var", "PART=a,b", "--failed",
                "--dry-run",
                "--json")
            #expect(try failed.json["runs"]?.list.count == 10 && failed.json["skipped"]?.number == 2)
        }
    }
}
