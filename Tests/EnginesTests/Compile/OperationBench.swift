import Fleet
import Foundation
import Pipeline
import Testing

@testable import Engines

/// Transforms written in YAML, over CSV texts, run by the real DuckDB.
struct OperationBench {
    private let bench: CompileBench
    private var sources: [NamedSource]

    /// `others`: further named sources; then the first is called `source` all the same.
    init(_ csv: String, _ others: KeyValuePairs<String, String> = [:]) throws {
        bench = try CompileBench()
        sources = [try bench.csv("source.csv", csv)]
        for (name, text) in others {
            sources.append(
                NamedSource(
                    name: name,
                    source: .file(FileSource(path: PlacedText(try bench.write("\(name).csv", text)), format: .csv))))
        }
    }

    func spec(_ transforms: [String], checks: [String] = [], given: [String: String] = [:]) throws -> PipelineSpec {
        let named = sources.map { "  \($0.name): {type: file, path: \($0.name).csv, format: csv}\n" }.joined()
        let steps = transforms.map { "- {\($0)}\n" }.joined()
        let tests = checks.map { "- {\($0)}\n" }.joined()
        let yaml =
            "name: p\nsources:\n\(named)sink: {type: file, path: out.parquet}\n"
            + (steps.isEmpty ? "" : "transforms:\n\(steps)") + (tests.isEmpty ? "" : "checks:\n\(tests)")
        return try PipelineLoader.load(yaml: yaml, file: nil, variables: VariableScope(given: given)).spec
    }

    /// The rows as CSV, nulls as `NULL`.
    func run(_ transforms: String..., given: [String: String] = [:]) throws -> String {
        try bench.run(spec(transforms, given: given))
    }

    func run(_ transforms: [String]) throws -> String { try bench.run(spec(transforms)) }

    /// The rows without the header, sorted by their text: for results without an order.
    func rows(_ transforms: String..., given: [String: String] = [:]) throws -> [String] {
        try bench.run(spec(transforms, given: given)).split(separator: "\n").dropFirst().map(String.init).sorted()
    }

    func plan(_ transforms: String..., given: [String: String] = [:]) throws -> Plan {
        try bench.plan(spec(transforms, given: given))
    }

    /// Types of the result by column, where the plan and DuckDB agree on them.
    func types(_ transforms: String..., given: [String: String] = [:]) throws -> [DataType] {
        try bench.types(spec(transforms, given: given)).map { pair in
            #expect(pair.promised == pair.real)
            return pair.promised
        }
    }

    /// What is wrong, as the author reads it; empty when nothing is.
    func problems(_ transforms: String..., given: [String: String] = [:]) throws -> [String] {
        do {
            _ = try bench.plan(spec(transforms, given: given))
            return []
        } catch let error as InvalidPipeline {
            return error.problems.map(\.message)
        }
    }

    func problems(check: String) throws -> [String] {
        do {
            _ = try bench.plan(spec([], checks: [check]))
            return []
        } catch let error as InvalidPipeline {
            return error.problems.map(\.message)
        }
    }

    func plan(_ transforms: [String]) throws -> Plan { try bench.plan(spec(transforms)) }

    func plan(checks: [String]) throws -> Plan { try bench.plan(spec([], checks: checks)) }

    /// The rows of a statement, values as texts.
    func answer(_ sql: String) throws -> [[String: String?]] {
        let text = try bench.sql(sql, mode: "-json")
        let rows = text.isEmpty ? [] : try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [[String: Any]]
        return try #require(rows).map { row in row.mapValues { $0 is NSNull ? nil : "\($0)" } }
    }

    var compiler: DuckDBCompiler { bench.compiler }
}

/// Checks written in YAML over a CSV text, with counts and samples.
enum CheckBench {
    static func reports(_ csv: String, _ checks: [String]) throws -> [CheckReport] {
        let bench = try OperationBench(csv)
        let plan = try bench.plan(checks: checks)
        let query = try #require(bench.compiler.checks(plan, over: "(\(bench.compiler.query(plan)))"))
        let reports = query.reports(from: try #require(bench.answer(query.sql).first))
        guard let samples = query.samples(for: reports) else { return reports }
        return query.reports(reports, with: try bench.answer(samples))
    }
}
