import Fleet
import Foundation
import Fuzzing
import Pipeline
import Support
import Testing

@testable import Engines

/// Whole runs of random pipelines, from files to published files, leave on Spark what they leave on DuckDB: the same files of
/// text, the same folders, the same verdicts of checks.
///
/// `QUICKETL_SPARK_SEEDS=10000` tries more of them; `QUICKETL_SPARK_SEED=1234` repeats the one that a failure names.
@Suite(.timeLimit(.minutes(600))) struct SparkRunTests {
    @Test func runsLeaveTheSameFilesOnBothEngines() async throws {
        let tables = try SparkForTests.tables()
        let tally = try await SparkSeeds.each("runs", standard: 25) { seed, lane in
            let trial = RunTrial(seed: seed, folder: lane.folder)
            do {
                try await trial.prepare(with: lane.child)
                guard let spark = try await trial.run(on: tables) else { return .pinned }
                let duckdb = try #require(try await trial.run(on: nil))
                guard spark != duckdb else { return .same }
                Issue.record(
                    "QUICKETL_SPARK_SEED=\(seed): on Spark\n\(spark)\non DuckDB\n\(duckdb)\n\(trial.description)")
            } catch let failure as Failure {
                Issue.record("QUICKETL_SPARK_SEED=\(seed): \(failure.message)\n\(trial.description)")
            }
            return .different
        }
        #expect(tally.same > 0 || tally.pinned < 10, "all were pinned")
    }
}

/// One random pipeline with a random sink and checks.
private struct RunTrial: CustomStringConvertible {
    private let tables: [String: NaiveTable]
    private let steps: [String]
    private let output: NaiveTable
    private let folder: String
    private let readsParquet: Bool
    private let sink: String
    private let isParquet: Bool
    private let checks: [String]

    init(seed: UInt64, folder: String) {
        var generator = NaiveGenerator(seed: seed)
        tables = generator.tables()
        let (steps, output) = generator.pipeline(tables)
        (self.steps, self.output, self.folder) = (steps.map(\.yaml), output, folder)
        // Other draws than those that made the pipeline.
        var dice = SeededDice(seed: seed ^ 0x5DEE_CE66)
        readsParquet = dice.flip()
        let exact = output.columns.filter { [.int, .text, .bool, .date].contains($0.kind) }.map(\.name)
        var partitions: [String] = []
        if dice.roll(3) == 0, output.columns.count > 1, !exact.isEmpty { partitions = [dice.pick(exact)] }
        let format = dice.pick(["csv", "json", "parquet"])
        isParquet = format == "parquet"
        let isFolder = dice.flip() || !partitions.isEmpty
        let names = partitions.map { "'\($0)'" }.joined(separator: ", ")
        sink =
            "{type: file, format: \(format), path: ENGINE/out\(isFolder ? "" : "." + format), partition_by: [\(names)]}"
        var checks = ["{type: row_count, min: \(dice.roll(4)), severity: warn}"]
        for column in exact.prefix(2) {
            checks.append("{type: \(dice.pick(["not_null", "unique"])), columns: ['\(column)'], severity: warn}")
        }
        self.checks = checks
    }

    private static let types: [NaiveValue.Kind: String] = [
        .int: "int", .double: "double", .ratio: "double", .text: "text", .bool: "bool", .date: "date",
    ]

    private var yaml: String {
        let sources = ["source", "r", "u"].map { name -> String in
            let columns = tables[name]?.columns.map { "\($0.name): \(Self.types[$0.kind] ?? "text")" } ?? []
            return readsParquet
                ? "  \(name): {type: file, path: \(name).parquet}\n"
                : "  \(name): {type: file, path: \(name).csv, options: {types: {\(columns.joined(separator: ", "))}}}\n"
        }
        return "name: p\nsources:\n\(sources.joined())transforms:\n\(steps.map { "- {\($0)}\n" }.joined())"
            + "checks:\n\(checks.map { "- \($0)\n" }.joined())sink: \(sink)\n"
    }

    var description: String {
        yaml + tables.sorted { $0.key < $1.key }.map { "\($0.key):\n\(NaiveGenerator.csv($0.value))" }.joined()
    }

    func prepare(with child: RenewedChild) async throws {
        for (name, table) in tables {
            try write(NaiveGenerator.csv(table), to: "\(folder)/\(name).csv")
            guard readsParquet else { continue }
            let types: [NaiveValue.Kind: String] = [
                .int: "BIGINT", .double: "DOUBLE", .text: "VARCHAR", .bool: "BOOLEAN", .date: "DATE",
            ]
            let columns = table.columns.map { "'\($0.name)': '\(types[$0.kind] ?? "VARCHAR")'" }.joined(separator: ", ")
            _ = try await child.execute([
                "COPY (FROM read_csv('\(folder)/\(name).csv', header = true, columns = {\(columns)}, delim = ',', quote = '\"')) "
                    + "TO '\(folder)/\(name).parquet' (FORMAT parquet)"
            ])
        }
    }

    /// nil: on DuckDB. Answers with all that the run has left, as a text; nil when it is pinned.
    func run(on tables: SparkTables?) async throws -> String? {
        let engine = tables == nil ? "duckdb" : "spark"
        let spec = try PipelineLoader.load(
            yaml: yaml.replacing("ENGINE", with: engine), file: nil, variables: VariableScope()
        ).spec
        let local = DuckDBEngine(settings: try duckDBSettings(in: folder))
        do {
            let report = try await local.execute(
                Attempt(
                    lease: lease(.random(), token: 1), pipeline: spec, baseDirectory: folder,
                    acceptedAt: BareRun.acceptedAt),
                tables: tables
            ) { _ in }
            try await FilePublisher().move(try #require(report.manifest))
            await local.pool.shutDown()
            let verdicts = report.checks.map { "\($0.passed) \($0.failedRows)" }
            return "rows \(report.metrics.rowsOut ?? -1); checks \(verdicts)\n" + (try await shown(engine))
        } catch let failure as Failure where failure.message.contains(SparkTables.pinned) {
            await local.pool.shutDown()
            return nil
        } catch {
            await local.pool.shutDown()
            throw error
        }
    }

    /// The files by folder; those of text with their lines, whose order only a sort settles.
    private func shown(_ engine: String) async throws -> String {
        var lines: [String: [String]] = [:]
        for file in try FileSystem.files(below: "\(folder)/\(engine)") {
            let place = file.contains("/") ? FileSystem.parent(of: file) : file
            guard !isParquet else {
                // Folders alone: into how many files an engine cuts its rows is its own affair.
                lines[place] = []
                continue
            }
            let text = try String(contentsOfFile: "\(folder)/\(engine)/\(file)", encoding: .utf8)
            lines[place, default: []] += text.split(separator: "\n").map(rounded)
        }
        if isParquet, !lines.isEmpty { lines["rows"] = try await parquetRows(engine) }
        return lines.sorted { Array($0.key.utf8).lexicographicallyPrecedes(Array($1.key.utf8)) }.map { place, lines in
            let sorted = lines.sorted { Array($0.utf8).lexicographicallyPrecedes(Array($1.utf8)) }
            return "\(place)\n\(sorted.map { "  \($0)\n" }.joined())"
        }.joined()
    }

    private func parquetRows(_ engine: String) async throws -> [String] {
        try await withDuckDB(in: folder) { process in
            let scan =
                "read_parquet('\(folder)/\(engine)/**/*.parquet', hive_partitioning = true, hive_types_autocast = false)"
            let types = try await process.execute(["DESCRIBE SELECT * FROM \(scan)"])[0].rows()
            let rows = try await process.execute(["SELECT CAST(COLUMNS(*) AS VARCHAR) FROM \(scan)"])[0].rows()
            let names = types.compactMap { $0["column_name"] ?? nil }
            return types.map { "\(($0["column_name"] ?? nil) ?? "") \(($0["column_type"] ?? nil) ?? "")" }
                + rows.map { row in rounded(names.map { (row[$0] ?? nil) ?? "null" }.joined(separator: ",")) }
        }
    }

    /// Computed doubles agree to a billionth.
    private func rounded(_ line: some StringProtocol) -> String {
        guard output.columns.contains(where: { $0.kind == .ratio }) else { return String(line) }
        return String(line).replacing(/-?\d+\.\d{6,}(e-?\d+)?/) { found in
            Double(found.output.0).map { String(format: "%.8g", $0) } ?? String(found.output.0)
        }
    }
}
