import Foundation
import Pipeline
import Testing

@testable import Engines

/// Every function of the table, by all of its names, in the real DuckDB.
@Suite struct FunctionCaseTests {
    private static let row =
        "i,x,t,d,ts,b,no_i,no_x,no_t,no_d,no_ts,no_b\n7,2.5,Straße,2024-02-29,2024-02-29 23:59:58.75,true,,,,,,\n"
    private static let types =
        "op: cast, columns: {no_i: int, no_x: double, no_t: text, no_d: date, no_ts: timestamp, no_b: bool}"

    private static func quoted(_ text: String) -> String { "'" + text.replacing("'", with: "''") + "'" }

    private static func call(_ form: String, _ name: String) -> String { form.replacing("?", with: name) }

    /// The values of the columns `r0`, `r1`, … of the only row, as texts; nil: no row.
    private func results(_ bench: OperationBench, _ transforms: [String], count: Int) throws -> [String?]? {
        let plan = try bench.plan(transforms)
        let columns = (0..<count).map { "CAST(r\($0) AS VARCHAR) AS r\($0)" }.joined(separator: ", ")
        let rows = try bench.answer("SELECT \(columns) FROM (\(bench.compiler.query(plan)))")
        guard let row = rows.first else { return nil }
        return (0..<count).map { row["r\($0)"] ?? nil }
    }

    @Test("each scalar function, over values, nulls and edges")
    func scalars() throws {
        var calls: [(call: String, result: String?)] = []
        for function in FunctionTable.all where !function.isAggregate {
            let cases = FunctionCases.scalar[function.name] ?? []
            #expect(cases.count >= 3, "\(function.name) has too few cases")
            #expect(cases.contains { $0.result == nil }, "\(function.name) has no case with a null")
            for name in function.names {
                calls += cases.map { (Self.call($0.call, name), $0.result) }
            }
        }
        let bench = try OperationBench(Self.row)
        for start in stride(from: 0, to: calls.count, by: 60) {
            let part = calls[start..<min(calls.count, start + 60)]
            let derived = zip(0..., part).map { "op: derive_column, name: r\($0), expr: \(Self.quoted($1.call))" }
            let found = try #require(try results(bench, [Self.types] + derived, count: part.count))
            for (one, result) in zip(part, found) { #expect(result == one.result, "\(one.call)") }
            // Without rows nothing is computed, and nothing fails.
            let nothing = [Self.types, "op: filter, predicate: i < 0"] + derived
            #expect(try results(bench, nothing, count: part.count) == nil)
        }
    }

    @Test("each aggregate, over values with nulls, over nulls alone, and without rows")
    func aggregates() throws {
        var calls: [(call: String, case: FunctionCases.Aggregate)] = []
        for function in FunctionTable.all where function.isAggregate {
            let cases = FunctionCases.aggregates[function.name] ?? []
            #expect(!cases.isEmpty, "\(function.name) has no cases")
            for name in function.names { calls += cases.map { (Self.call($0.call, name), $0) } }
        }
        let bench = try OperationBench(FunctionCases.rows)
        let aggregated = calls.enumerated().map { "r\($0.offset): \(Self.quoted($0.element.call))" }
        let step = "op: aggregate, group_by: [], aggs: {\(aggregated.joined(separator: ", "))}"
        for (filter, expected) in [
            ("true", \FunctionCases.Aggregate.some), ("i is null", \.nulls), ("i > 100", \.none),
        ] {
            // The only row of nulls twice, so that there is more than one.
            let transforms =
                ["op: filter, predicate: \(filter)"] + (filter == "i is null" ? ["op: union, sources: [more]"] : [])
            let united = try filter == "i is null" ? OperationBench(FunctionCases.rows, ["more": Self.nullRow]) : bench
            let found = try #require(try self.results(united, transforms + [step], count: calls.count))
            for (one, result) in zip(calls, found) {
                #expect(result == one.case[keyPath: expected], "\(one.call) where \(filter)")
            }
        }
    }

    private static let nullRow = "i,x,t,d,b\n,,,,\n"
}
