import Fleet
import Foundation
import Pipeline
import Support
import Testing

@testable import Engines

/// Random expressions over awkward values give on Spark what they give on DuckDB: same types, same values, doubles to a
/// billionth; and where one engine refuses a value, so does the other.
///
/// `QUICKETL_SPARK_SEEDS=10000` tries more pipelines; `QUICKETL_SPARK_SEED=1234` repeats the one that a failure names.
@Suite(.timeLimit(.minutes(600))) struct SparkParityTests {
    @Test func bothEnginesGiveTheSameForRandomExpressions() async throws {
        let tables = try SparkForTests.tables()
        let tally = try await SparkSeeds.each("expressions", standard: 100) { seed, lane in
            try await ParityTrial(seed: seed, lane: lane).run(on: tables)
        }
        #expect(tally.same > 0 || tally.pinned < 10, "all were pinned")
    }
}

extension SparkParityTests {
    /// Texts that one engine or the other takes for a value.
    private static let texts =
        ParityGenerator.texts + [
            "", " ", "1__0", "_1", "1_", "1_0.5_5", "0b11", "1e", "1e+2", "1E-2", "--1", "9e18", "1e19", "2.5e0",
            "0o17",
            "1,5", "0X1f", "-0.5", "0.49", "-2.5", "9223372036854775807", "9223372036854775808", "-9223372036854775808",
            "1.005", "99999999.9994", "999999999.9995", "+nan", "-nan", "NaN", "Inf", "-infinity", "+1.5", "1.5f", "f",
            "FALSE", "no", "Y", "n", "on", "off", "t ", " true", "1", "01", "2024", "2024-01", "2024-1-05", "20240105",
            "2024-01-05 ", " 2024-01-05", "2024-01-05x", "05.01.2024", "1/5/2024", "2024-13-01", "2024-00-10",
            "0000-01-01",
            "10000-01-01", "2024-01-05 10:11", "2024-01-05 1:2:3", "2024-01-05 10:11:12.1234567", "2024-01-05 24:00:00",
            "2024-01-05 10:11:12Z", "2024-01-05 10:11:12+02", "2024-01-05 10", "2024-01-05T10:11:12", "12:00", "today",
            "2024-01-05T", "2024-01-05  10:11:12", "2024/1/5 1:2", "2024 01 05", "2024-01-05 10:11:12 ", "24-01-05",
            "2024-01-05 10:11:12 UTC", "2024-01-05 10:11:12 +02", "2024-01-05 10:11:60", "2024-001-05", "2024/01-05",
            "99-1-5 1:2", "2024-01-05-06", "2024-01-05 25:00",
        ]

    @Test(.timeLimit(.minutes(10)))
    func everyAwkwardTextIsTakenForTheSameValueOrForNone() async throws {
        let tables = try SparkForTests.tables()
        let types = ["int", "int32", "double", "decimal(12, 3)", "decimal(20, 0)", "bool", "date", "timestamp"]
        let rows = Self.texts.enumerated().map { "(\($0), \(DuckDBText.literal($1)))" }.joined(separator: ", ")
        try await withTemporaryFolder { folder in
            let child = RenewedChild(in: folder)
            let trial = try await ParityTrial(
                seed: 0, rows: "SELECT CAST(id AS BIGINT) AS id, t FROM (VALUES \(rows)) AS v(id, t)",
                lane: SparkSeeds.Lane(folder: folder, child: child))
            // Moments without end are refused on Spark.
            let asked = types.map { type in
                type == "date" || type == "timestamp"
                    ? "CASE WHEN NOT regexp_matches(lower(t), 'inf|epoch|24:00:00') THEN TRY_CAST(t AS \(type)) END"
                    : "TRY_CAST(t AS \(type))"
            }
            _ = try await trial.run(asked, on: tables)
            await child.close()
        }
    }
}
