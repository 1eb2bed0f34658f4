import Fleet
import Foundation
import Pipeline
import Support
import Testing

@testable import Engines

/// Every function of the table on a real Spark, with the results that DuckDB gives; the others are pinned.
@Suite struct SparkFunctionTests {
    /// What has no equal result on Spark, call by call. Whoever levels one takes it out here.
    private static let pinned = [
        "json_extract(", "json_extract_string(",
        "concat(x", "reverse(", "substring(t, no_i", "greatest(i, x)", "first(", "last(", "collect(",
        "string_agg(", "regexp_replace('axxb', 'x*', '-')",
    ]

    private struct Call {
        var text: String
        var result: String?
    }

    private static let row =
        "i,x,t,d,ts,b,no_i,no_x,no_t,no_d,no_ts,no_b\n7,2.5,Straße,2024-02-29,2024-02-29 23:59:58.75,true,,,,,,\n"
    private static let types =
        "- {op: cast, columns: {no_i: int, no_x: double, no_t: text, no_d: date, no_ts: timestamp, no_b: bool}}"

    private static func quoted(_ text: String) -> String { "'" + text.replacing("'", with: "''") + "'" }

    @Test(.timeLimit(.minutes(10)))
    func scalarFunctionsGiveTheSameOnSpark() async throws {
        let calls = FunctionTable.all.filter { !$0.isAggregate }.flatMap { function in
            (FunctionCases.scalar[function.name] ?? []).map {
                Call(text: $0.call.replacing("?", with: function.name), result: $0.result)
            }
        }
        try await check(calls, over: Self.row) { calls in
            let steps = calls.enumerated().map { "- {op: derive_column, name: r\($0), expr: \(Self.quoted($1.text))}" }
            return ([Self.types] + steps + ["- {op: select, columns: [\(Self.names(calls))]}"]).joined(separator: "\n")
        }
    }

    @Test(.timeLimit(.minutes(10)), arguments: ["true", "i is null and t is null", "i > 100"])
    func aggregatesGiveTheSameOnSpark(filter: String) async throws {
        let calls = FunctionTable.all.filter(\.isAggregate).flatMap { function in
            (FunctionCases.aggregates[function.name] ?? []).map { one in
                let result = filter == "true" ? one.some : filter == "i > 100" ? one.none : one.nulls
                // The cases count two rows of nulls; here there is one.
                let isCount = filter.contains("null") && result == "2"
                return Call(text: one.call.replacing("?", with: function.name), result: isCount ? "1" : result)
            }
        }
        try await check(calls, over: FunctionCases.rows) { calls in
            let aggregated = calls.enumerated().map { "r\($0): \(Self.quoted($1.text))" }.joined(separator: ", ")
            return
                "- {op: filter, predicate: \(Self.quoted(filter))}\n- {op: aggregate, group_by: [], aggs: {\(aggregated)}}"
        }
    }

    private static func names(_ calls: [Call]) -> String { calls.indices.map { "r\($0)" }.joined(separator: ", ") }

    /// Runs in groups; a call that is pinned alone stands on its own, and is one of those that we know.
    private func check(_ calls: [Call], over csv: String, _ transforms: ([Call]) -> String) async throws {
        let tables = try SparkForTests.tables()
        try await withTemporaryFolder { folder in
            try write(csv, to: folder + "/in.csv")
            let engine = DuckDBEngine(settings: try duckDBSettings(in: folder))
            var left: [Call] = []
            for call in calls {
                let spec = try Self.spec(transforms([call]))
                let plan = try await engine.explain(Self.attempt(spec, in: folder)).plan
                if let failure = Self.refusal(tables, plan) {
                    #expect(Self.pinned.contains { call.text.hasPrefix($0) }, "\(call.text): \(failure.message)")
                } else {
                    left.append(call)
                }
            }
            #expect(left.count > calls.count * 3 / 4)
            for start in stride(from: 0, to: left.count, by: 20) {
                let group = Array(left[start..<min(left.count, start + 20)])
                do {
                    try await compare(group, transforms, folder, engine, tables)
                } catch let failure as Failure {
                    Issue.record("\(group.map(\.text)): \(failure.message)")
                }
            }
            await engine.pool.shutDown()
        }
    }

    private func compare(
        _ calls: [Call], _ transforms: ([Call]) -> String, _ folder: String, _ engine: DuckDBEngine,
        _ tables: SparkTables
    ) async throws {
        let report = try await engine.execute(
            Self.attempt(try Self.spec(transforms(calls)), in: folder), tables: tables
        ) { _ in }
        try await FilePublisher().move(try #require(report.manifest))
        let columns = calls.indices.map { "CAST(r\($0) AS VARCHAR) AS r\($0)" }.joined(separator: ", ")
        let found = try await withDuckDB(in: folder) { process in
            try await process.execute(["SELECT \(columns) FROM '\(folder)/out.parquet'"]) { _ in }
        }
        let row = try #require(try found[0].rows().first)
        for (index, call) in calls.enumerated() {
            let value = row["r\(index)"] ?? nil
            #expect(Self.isSame(value, call.result), "\(call.text): \(value ?? "null"), \(call.result ?? "null")")
        }
    }

    private static func isSame(_ left: String?, _ right: String?) -> Bool {
        if left == right { return true }
        guard let left, let right, right.contains("."), let x = Double(left), let y = Double(right) else {
            return false
        }
        return abs(x - y) <= 1e-9 * max(abs(x), abs(y))
    }

    private static func refusal(_ tables: SparkTables, _ plan: Plan) -> Failure? {
        do {
            _ = try tables.prepare(
                TableRequest(
                    plan: plan, acceptedAt: Date(), id: UUID(), inputs: plan.sources.map { _ in .copied("") },
                    folder: "",
                    result: .handedBack))
            return nil
        } catch {
            return error
        }
    }

    private static func spec(_ transforms: String) throws -> PipelineSpec {
        try PipelineLoader.load(
            yaml: "name: p\nsource: {type: file, path: in.csv}\ntransforms:\n\(transforms)\n"
                + "sink: {type: file, path: out.parquet}\n", file: "p.yml", variables: VariableScope(given: [:])
        ).spec
    }

    private static func attempt(_ spec: PipelineSpec, in folder: String) -> Attempt {
        Attempt(
            lease: lease(.random(), token: 1), pipeline: spec, baseDirectory: folder,
            acceptedAt: Date(timeIntervalSince1970: 1_700_000_000.25))
    }
}
