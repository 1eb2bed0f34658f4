import Fleet
import Foundation
import Fuzzing
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
        try await SparkSeeds.each("expressions", standard: 100) { seed, folder, engine, process in
            let trial = try await ParityTrial(seed: seed, folder: folder, engine: engine, process: process)
            return try await trial.run(on: tables)
        }
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
            let engine = DuckDBEngine(settings: try duckDBSettings(in: folder))
            try await withDuckDB(in: folder) { process in
                let trial = try await ParityTrial(
                    seed: 0, rows: "SELECT CAST(id AS BIGINT) AS id, t FROM (VALUES \(rows)) AS v(id, t)",
                    folder: folder + "/grid", engine: engine, process: process)
                // Moments without end are refused on Spark.
                let asked = types.map { type in
                    type == "date" || type == "timestamp"
                        ? "CASE WHEN NOT regexp_matches(lower(t), 'inf|epoch|24:00:00') THEN TRY_CAST(t AS \(type)) END"
                        : "TRY_CAST(t AS \(type))"
                }
                _ = try await trial.run(asked, on: tables)
            }
            await engine.pool.shutDown()
        }
    }
}

/// One pipeline on both engines.
private struct ParityTrial {
    let seed: UInt64
    let folder: String
    let engine: DuckDBEngine
    let process: DuckDBProcess
    private var generator: ParityGenerator
    /// The data, as a statement.
    private let rows: String

    private static let expressions = 12

    init(
        seed: UInt64, rows: String? = nil, folder: String, engine: DuckDBEngine, process: DuckDBProcess
    ) async throws {
        (self.seed, self.folder, self.engine, self.process) = (seed, folder, engine, process)
        var generator = ParityGenerator(seed: seed)
        let made = rows ?? generator.rows()
        self.generator = generator
        self.rows = made
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        _ = try await process.execute([
            "COPY (\(made)) TO \(DuckDBText.literal(folder + "/in.parquet")) (FORMAT parquet)"
        ])
    }

    /// These expressions, which are valid and not pinned.
    func run(_ texts: [String], on tables: SparkTables) async throws -> SparkSeeds.Outcome {
        try compare(texts, await values(texts, false, nil, "duckdb"), await values(texts, false, tables, "spark"))
    }

    func run(on tables: SparkTables) async throws -> SparkSeeds.Outcome {
        var generator = generator
        var dice = generator.dice
        let isAggregate = dice.roll(4) == 0
        let made = isAggregate ? generator.aggregates(Self.expressions) : generator.expressions(Self.expressions)
        // What is invalid or pinned would hide its neighbours.
        var texts: [String] = []
        for text in made where try isComparable([text], isAggregate, tables) { texts.append(text) }
        guard !texts.isEmpty else { return .pinned }
        let (mine, theirs) = (
            await values(texts, isAggregate, nil, "duckdb"), await values(texts, isAggregate, tables, "spark")
        )
        guard case .rows(let wanted) = mine, case .rows(let found) = theirs else {
            // Each alone, so that an error of one hides no other.
            guard texts.count > 1 else { return try compare(texts, mine, theirs) }
            var worst = SparkSeeds.Outcome.same
            for text in texts {
                let one = try compare(
                    [text], await values([text], isAggregate, nil, "duckdb"),
                    await values([text], isAggregate, tables, "spark"))
                if one != .same { worst = one }
            }
            return worst
        }
        return try compare(texts, .rows(wanted), .rows(found))
    }

    private func isComparable(_ texts: [String], _ isAggregate: Bool, _ tables: SparkTables) throws -> Bool {
        do {
            let spec = try spec(texts, isAggregate, "none")
            let columns =
                [Schema.Column("id", .int64)]
                + ParityGenerator.columns.map { Schema.Column($0.name, $0.kind.dataType) }
            let plan = try Plan.make(spec, file: nil, schemas: [spec.usedSources[0].name: Schema(columns)])
            _ = try tables.prepare(
                TableRequest(
                    plan: plan, acceptedAt: Self.acceptedAt, id: UUID(), inputs: plan.sources.map { _ in .copied("") },
                    folder: "", result: .handedBack))
            return true
        } catch is Failure {
            return false
        } catch is InvalidPipeline {
            return false
        }
    }

    private enum Answer: Sendable {
        case rows([[String: String?]])
        case refused(Failure)
    }

    private func values(
        _ texts: [String], _ isAggregate: Bool, _ tables: SparkTables?, _ name: String
    ) async -> Answer {
        do {
            let report = try await engine.execute(attempt(spec(texts, isAggregate, name)), tables: tables) { _ in }
            guard let manifest = report.manifest else { return .rows([]) }
            try await FilePublisher().move(manifest)
            let path = DuckDBText.exactPath("\(folder)/\(name).parquet")
            let columns = texts.indices.map {
                "CAST(r\($0) AS VARCHAR) AS r\($0), typeof(r\($0)) AS type\($0)"
            }
            let answer = try await process.execute([
                "SELECT \(columns.joined(separator: ", ")) FROM read_parquet(\(path))"
                    + (isAggregate ? "" : " ORDER BY id")
            ])
            return .rows(try answer[0].rows())
        } catch let failure as Failure {
            return .refused(failure)
        } catch {
            return .refused(Failure(.unclassified, "\(error)"))
        }
    }

    private func compare(_ texts: [String], _ mine: Answer, _ theirs: Answer) throws -> SparkSeeds.Outcome {
        switch (mine, theirs) {
        case (.refused(let one), .refused(let other)):
            // A value that does not fit; anything else is an error of ours.
            guard [one, other].allSatisfy({ $0.kind == .badData || $0.kind == .unclassified }) else {
                return report(texts, "refused: \(one.message) / \(other.message)")
            }
            return .same
        case (.refused(let one), .rows): return report(texts, "DuckDB refuses, Spark does not: \(one.message)")
        case (.rows, .refused(let other)): return report(texts, "Spark refuses, DuckDB does not: \(other.message)")
        case (.rows(let wanted), .rows(let found)):
            guard wanted.count == found.count else {
                return report(texts, "\(wanted.count) rows on DuckDB, \(found.count) on Spark")
            }
            var outcome = SparkSeeds.Outcome.same
            for (row, (left, right)) in zip(wanted, found).enumerated() {
                for (index, text) in texts.enumerated() {
                    let (a, b) = (left["r\(index)"] ?? nil, right["r\(index)"] ?? nil)
                    let type = (left["type\(index)"] ?? nil) ?? ""
                    guard Self.isSame(a, b, type), type == (right["type\(index)"] ?? nil) else {
                        outcome = report(
                            [text],
                            "row \(row): DuckDB \(a ?? "null") (\(type)), Spark \(b ?? "null") "
                                + "(\((right["type\(index)"] ?? nil) ?? ""))")
                        continue
                    }
                }
            }
            return outcome
        }
    }

    private static func isSame(_ left: String?, _ right: String?, _ type: String) -> Bool {
        guard let left, let right else { return left == nil && right == nil }
        if left.utf8.elementsEqual(right.utf8) { return true }
        guard type == "DOUBLE" || type == "FLOAT", let a = Double(left), let b = Double(right) else { return false }
        return abs(a - b) <= 1e-9 * max(abs(a), abs(b), 1e-9)
    }

    private func report(_ texts: [String], _ what: String) -> SparkSeeds.Outcome {
        Issue.record("QUICKETL_SPARK_SEED=\(seed): \(texts.joined(separator: " ; ")): \(what)\n\(rows.prefix(4000))")
        return .different
    }

    // MARK: - The pipeline

    private static let acceptedAt = Date(timeIntervalSince1970: 1_700_000_000.25)

    private func spec(_ texts: [String], _ isAggregate: Bool, _ name: String) throws -> PipelineSpec {
        func quoted(_ text: String) -> String { "'" + text.replacing("'", with: "''") + "'" }
        let steps =
            isAggregate
            ? "- {op: aggregate, group_by: [], aggs: {"
                + texts.enumerated().map { "r\($0): \(quoted($1))" }.joined(separator: ", ") + "}}\n"
            : texts.enumerated().map { "- {op: derive_column, name: r\($0), expr: \(quoted($1))}\n" }.joined()
                + "- {op: select, columns: [id, \(texts.indices.map { "r\($0)" }.joined(separator: ", "))]}\n"
        let yaml =
            "name: p\nsource: {type: file, path: in.parquet}\n"
            + "transforms:\n\(steps)sink: {type: file, path: \(name).parquet}\n"
        do {
            return try PipelineLoader.load(yaml: yaml, file: nil, variables: VariableScope()).spec
        } catch {
            throw Failure(.invalidPipeline, error.description)
        }
    }

    private func attempt(_ spec: PipelineSpec) -> Attempt {
        Attempt(
            lease: lease(.random(), token: 1), pipeline: spec, baseDirectory: folder, acceptedAt: Self.acceptedAt)
    }
}
