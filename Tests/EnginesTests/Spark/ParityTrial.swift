import Fleet
import Foundation
import Fuzzing
import Pipeline
import Testing

@testable import Engines

/// One pipeline of expressions on both engines.
struct ParityTrial {
    let seed: UInt64
    let lane: SparkSeeds.Lane
    private var generator: ParityGenerator
    /// The data, as a statement.
    private let rows: String
    private let schema: Schema

    private static let expressions = 12

    /// `rows`: instead of random ones; has the columns `id` and `t`.
    init(seed: UInt64, rows: String? = nil, lane: SparkSeeds.Lane) async throws {
        (self.seed, self.lane) = (seed, lane)
        var generator = ParityGenerator(seed: seed)
        let made = rows ?? generator.rows()
        self.generator = generator
        self.rows = made
        let columns = ParityGenerator.columns.map { Schema.Column($0.name, $0.kind.dataType) }
        schema = Schema([Schema.Column("id", .int64)] + (rows == nil ? columns : [Schema.Column("t", .text)]))
        _ = try await lane.child.execute([
            "COPY (\(made)) TO \(DuckDBText.literal(lane.folder + "/in.parquet")) (FORMAT parquet)"
        ])
    }

    /// These expressions, which are valid and not pinned.
    func run(_ texts: [String], on tables: SparkTables) async throws -> SparkSeeds.Outcome {
        let mine = await answer(texts, false, on: nil)
        return try compare(texts, mine, await answer(texts, false, on: tables))
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
        var outcome = SparkSeeds.Outcome.same
        var refused: [String] = []
        var mine = await answer(texts, isAggregate, on: nil)
        if case .refused = mine, texts.count > 1 {
            for text in texts {
                if case .refused = await answer([text], isAggregate, on: nil) { refused.append(text) }
            }
            texts.removeAll(where: refused.contains)
            mine = texts.isEmpty ? .rows([]) : await answer(texts, isAggregate, on: nil)
        }
        if !texts.isEmpty {
            let theirs = await answer(texts, isAggregate, on: tables)
            if case .refused = theirs, texts.count > 1 {
                // Each alone, to see which it is.
                refused += texts
            } else if try compare(texts, mine, theirs) == .different {
                outcome = .different
            }
        }
        for text in refused {
            let mine = await answer([text], isAggregate, on: nil)
            let theirs = await answer([text], isAggregate, on: tables)
            if try compare([text], mine, theirs) == .different { outcome = .different }
        }
        return outcome
    }

    private func isComparable(_ texts: [String], _ isAggregate: Bool, _ tables: SparkTables) throws -> Bool {
        do {
            let spec = try PipelineLoader.load(yaml: yaml(texts, isAggregate), file: nil, variables: VariableScope())
                .spec
            let plan = try Plan.make(spec, file: nil, schemas: ["source": schema])
            _ = try tables.prepare(
                TableRequest(
                    plan: plan, acceptedAt: BareRun.acceptedAt, id: UUID(),
                    inputs: plan.sources.map { _ in .copied("") }, folder: "", result: .handedBack))
            return true
        } catch is Failure {
            return false
        } catch is InvalidPipeline {
            return false
        }
    }

    private enum Answer: Sendable {
        case rows(BareRun.Rows)
        case refused(Failure)
    }

    /// nil: on DuckDB.
    private func answer(_ texts: [String], _ isAggregate: Bool, on tables: SparkTables?) async -> Answer {
        do {
            let run = try await BareRun(
                yaml: yaml(texts, isAggregate), schemas: ["source": schema], folder: lane.folder, child: lane.child)
            let rows = if let tables { try await run.onSpark(tables) } else { try await run.onDuckDB() }
            return .rows(isAggregate ? rows : rows.sorted { Self.id($0) < Self.id($1) })
        } catch let failure as Failure {
            return .refused(failure)
        } catch {
            return .refused(Failure(.unclassified, "\(error)"))
        }
    }

    /// The first column, unless it is an aggregate.
    private static func id(_ row: [String: String?]) -> Int64 { (row["v0"] ?? nil).flatMap { Int64($0) } ?? -1 }

    private func yaml(_ texts: [String], _ isAggregate: Bool) -> String {
        func quoted(_ text: String) -> String { "'" + text.replacing("'", with: "''") + "'" }
        let names = texts.indices.map { "r\($0)" }
        let steps =
            isAggregate
            ? "- {op: aggregate, group_by: [], aggs: {"
                + zip(names, texts).map { "\($0): \(quoted($1))" }.joined(separator: ", ") + "}}\n"
            : zip(names, texts).map { "- {op: derive_column, name: \($0), expr: \(quoted($1))}\n" }.joined()
                + "- {op: select, columns: [id, \(names.joined(separator: ", "))]}\n"
        return "name: p\nsources: {source: {type: file, path: in.parquet}}\n"
            + "transforms:\n\(steps)sink: {type: file, path: out.parquet}\n"
    }

    // MARK: - Comparing

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
            return compare(texts, wanted, found)
        }
    }

    private func compare(_ texts: [String], _ wanted: BareRun.Rows, _ found: BareRun.Rows) -> SparkSeeds.Outcome {
        var outcome = SparkSeeds.Outcome.same
        // Before the expressions of rows stands their id.
        let first = (wanted.first?.count ?? 0) / 2 - texts.count
        for (row, (left, right)) in zip(wanted, found).enumerated() {
            for (index, text) in texts.enumerated() {
                func at(_ row: [String: String?], _ name: String) -> String? { row["\(name)\(index + first)"] ?? nil }
                let type = at(left, "type") ?? ""
                let (a, b) = (at(left, "v"), at(right, "v"))
                guard Self.isSame(a, b, type), type == at(right, "type") else {
                    outcome = report(
                        [text],
                        "row \(row): DuckDB \(a ?? "null") (\(type)), Spark \(b ?? "null") (\(at(right, "type") ?? ""))"
                    )
                    continue
                }
            }
        }
        return outcome
    }

    private static func isSame(_ left: String?, _ right: String?, _ type: String) -> Bool {
        guard let left, let right else { return left == nil && right == nil }
        if left.utf8.elementsEqual(right.utf8) { return true }
        guard type == "DOUBLE" || type == "FLOAT", let a = Double(left), let b = Double(right) else { return false }
        // Zeros with different signs.
        if a == 0, b == 0 { return false }
        return abs(a - b) <= 1e-9 * max(abs(a), abs(b), 1e-9)
    }

    private func report(_ texts: [String], _ what: String) -> SparkSeeds.Outcome {
        Issue.record("QUICKETL_SPARK_SEED=\(seed): \(texts.joined(separator: " ; ")): \(what)\n\(rows.prefix(4000))")
        return .different
    }
}
