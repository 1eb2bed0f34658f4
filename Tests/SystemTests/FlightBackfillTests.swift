import Foundation
import Testing

/// Days of real flights (`.tools/data/nycflights13`): what a backfill leaves is what one query over them all answers.
@Suite(.serialized, .timeLimit(.minutes(60))) struct FlightBackfillTests {
    private static let flights = Program.root + "/.tools/data/nycflights13/flights.csv"
    private static let isThere = FileManager.default.fileExists(atPath: flights)
    /// A month; the whole year with QUICKETL_BACKFILL=year.
    private static let isYear = ProcessInfo.processInfo.environment["QUICKETL_BACKFILL"] == "year"

    @Test(.enabled(if: isThere, "make demo fetches the flights"))
    func aBackfillGivesTheSameOutputAsOneQuery() async throws {
        let (last, days) = Self.isYear ? ("2013-12-31", 365) : ("2013-01-31", 31)
        let folder = try TemporaryFolder()
        _ = try await Program.duckdb(
            """
            COPY (SELECT *, make_date(year, month, day) AS date FROM read_csv('\(Self.flights)', nullstr = 'NA')
                   WHERE date <= '\(last)')
            TO 'flights' (FORMAT parquet, PARTITION_BY (date))
            """, in: folder.path)
        try folder.write(
            """
            name: daily_departures
            variables: {DATE: {type: date}}
            source: {type: file, path: "flights/date=${DATE}/*.parquet"}
            transforms:
              - {op: filter, predicate: "dep_time IS NOT NULL"}
              - op: aggregate
                group_by: [origin, carrier]
                aggs:
                  flights: count(*)
                  late: count(*) FILTER (WHERE dep_delay > 15)
                  worst: max(dep_delay)
                  miles: sum(distance)
              - {op: derive_column, name: day, expr: "date '${DATE}'"}
            sink: {type: file, path: "out/date=${DATE}.parquet"}
            """, to: "daily.yml")
        try await TemporaryFleet.run(workers: 2, in: folder) { fleet in
            let filled = try await fleet.quicketl(
                "backfill", "daily.yml", "--var", "DATE=2013-01-01..\(last)", "--parallel", "4", "--wait", "--json")
            #expect(filled.code == 0, "\(filled.errors)")
            #expect(try filled.json["succeeded"]?.number == Double(days))
            let columns = "origin, carrier, flights, late, worst, miles, day"
            let whole = """
                SELECT origin, carrier, count(*), count(*) FILTER (WHERE dep_delay > 15), max(dep_delay), sum(distance),
                       date
                  FROM read_parquet('flights/*/*.parquet', hive_partitioning = true)
                 WHERE dep_time IS NOT NULL GROUP BY ALL
                """
            let differences = try await Program.duckdb(
                """
                SELECT (SELECT count(*) FROM (SELECT \(columns) FROM 'out/*.parquet' EXCEPT ALL (\(whole)))),
                       (SELECT count(*) FROM ((\(whole)) EXCEPT ALL SELECT \(columns) FROM 'out/*.parquet')),
                       (SELECT count(*) > \(days * 20) FROM 'out/*.parquet')
                """, in: folder.path)
            #expect(differences == "0,0,true\n")
        }
    }
}
