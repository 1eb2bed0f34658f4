import Fleet
import Foundation
import Pipeline
import Testing

@testable import Engines

@Suite struct CompileContractTests {
    private static let table =
        "id,region,amount,day\n1,north,5,2024-01-01\n2,s,-1,2024-01-02\n2,,12,\n,Nord,,2023-01-01\n"

    private func reports(_ csv: String, _ checks: String...) throws -> [CheckReport] {
        try CheckBench.reports(csv, checks)
    }

    @Test func everyRuleCountsTheRowsThatBreakIt() throws {
        let found = try reports(
            Self.table,
            "type: contract, contract_schema: {columns: {id: {dtype: int64, nullable: false, unique: true}, "
                + "region: {checks: ['str_length(2, 10)', \"str_matches('[a-z]+')\"]}, "
                + "amount: {dtype: int64, checks: ['ge(0)', 'lt(10)']}, "
                + "day: {dtype: date, checks: [\"between('2024-01-01', '2024-12-31')\"]}}}")
        #expect(!found[0].passed)
        // All but the first row break a rule; one repeats another.
        #expect(found[0].failedRows == 4)
        #expect(
            found[0].message == "the contract is broken: \"id\" nullable: false (1 of 4 rows); \"id\" unique: true "
                + "(1 of 4 rows); \"region\" str_length(2, 10) (1 of 4 rows); \"region\" str_matches('[a-z]+') "
                + "(1 of 4 rows); \"amount\" ge(0) (1 of 4 rows); \"amount\" lt(10) (1 of 4 rows); \"day\" "
                + "between('2024-01-01', '2024-12-31') (1 of 4 rows)")
        #expect(found[0].samples == ["amount=-1", "amount=12", "day=2023-01-01", "id=2", "id=null"])
    }

    @Test(
        "a contract that the table keeps",
        arguments: [
            "id: int64, region: text", "amount: {checks: ['between(-1, 12)']}",
            "region: {checks: ['str_length(1, None)']}",
            "region: {checks: [\"isin(['north', 's', 'Nord'])\"]}", "amount: {checks: ['isin([5, -1, 12.0])']}",
            "day: {checks: [\"ge('2023-01-01')\", 'ne(2020-01-01)']}",
            "amount: {checks: ['gt(-1.5)', 'le(12)', 'ne(4)']}",
            "region: {checks: [\"str_matches('(north|s|Nord)')\"]}",
        ])
    func keeps(_ columns: String) throws {
        let found = try reports(Self.table, "type: contract, contract_schema: {columns: {\(columns)}}")
        #expect(found[0].passed && found[0].samples == [], "\(found[0].message)")
    }

    @Test func theFormOfTheTableIsPartOfIt() throws {
        let contract = "type: contract, contract_schema: {columns: {id: text, amuont: int64}, strict: true}"
        let found = try reports(Self.table, contract)
        #expect(
            found[0].message == "the contract is broken: column \"id\" is int64, the contract wants text; unknown "
                + "column \"amuont\"; did you mean \"amount\"?; column \"region\" is not in the contract; column "
                + "\"amount\" is not in the contract; column \"day\" is not in the contract")
        #expect(found[0].failedRows == 0 && found[0].samples.isEmpty)
    }

    @Test func aColumnWithoutValuesHasTheTypeThatIsWanted() throws {
        let contract =
            "type: contract, contract_schema: {columns: {id: {dtype: int64, unique: true, checks: ['ge(0)']}}}"
        #expect(try reports("id,v\n", contract)[0].passed)
        #expect(try reports("id,v\n,1\n", contract)[0].passed)
    }

    @Test func whatCanNeverBeRightIsAProblemBeforeTheRun() throws {
        let bench = try OperationBench(Self.table)
        func problems(_ column: String) throws -> [String] {
            try bench.problems(check: "type: contract, contract_schema: {columns: {\(column)}}")
        }
        #expect(
            try problems("amount: {checks: [\"ge('x')\"]}") == ["the value 'x' is no int64, which column \"amount\" is"]
        )
        #expect(try problems("amount: {checks: [\"str_matches('a')\"]}")[0].contains("needs a text"))
        #expect(try problems("region: {checks: [\"str_matches('(?=a)')\"]}")[0].contains("no lookaround"))
        #expect(try problems("amount: {dtype: text, checks: [\"str_matches('a')\"]}") == [])
    }
}

@Suite struct CompileSampleTests {
    private static let table = "id,r,v\n1,a,5\n2,b,\n3,,-1\n3,b,-2\n4,c,-3\n5,c,-4\n6,d,-5\n7,e,-6\n"

    @Test func aFailedCheckShowsUpToFiveKeys() throws {
        let found = try CheckBench.reports(
            Self.table,
            [
                "type: unique, columns: [id]", "type: not_null, columns: [r, v]",
                "type: expression, expr: v > 0", "type: accepted_values, column: r, values: [a]",
                "type: row_count, max: 2", "type: unique, columns: [id, r]", "type: expression, expr: v > -100",
            ])
        #expect(
            found.map(\.samples) == [
                ["3"], ["2", "3"], ["3", "4", "5", "6", "7"], ["b", "c", "d", "e"], [], [], [],
            ])
        #expect(found.allSatisfy { report in report.samples.allSatisfy { !report.message.contains(" \($0) ") } })
    }

    @Test func withoutAKeyTheColumnsThatAreReadAreShown() throws {
        let found = try CheckBench.reports(
            Self.table,
            [
                "type: not_null, columns: [v]", "type: expression, expr: v > -5 AND r <> 'c'",
                "type: accepted_values, column: r, values: [a, b, c, d, e], allow_null: false",
            ])
        #expect(
            found.map(\.samples) == [[], ["v=-3, r=c", "v=-4, r=c", "v=-5, r=d", "v=-6, r=e"], ["null"]])
    }

    @Test func longTextsAreCutAndHostileOnesStayTexts() throws {
        let long = String(repeating: "ä", count: 300)
        let found = try CheckBench.reports(
            "it's\n\(long)\n\"x'); DROP TABLE t; --\"\n", ["type: accepted_values, column: \"it's\", values: [a]"])
        #expect(found[0].samples == ["x'); DROP TABLE t; --", String(long.prefix(100))])
    }

    @Test func repeatedKeysOfSeveralColumnsAreNamed() throws {
        let found = try CheckBench.reports("a,b\n1,\n1,\n2,x\n", ["type: unique, columns: [a, b]"])
        #expect(found[0].samples == ["a=1, b=null"])
        #expect(found[0].message == "1 of 3 rows repeat others in \"a\", \"b\"")
    }

    @Test func aReportOfAnOlderVersionHasNoSamples() throws {
        let old = #"{"type":"unique","subject":"a","severity":"error","passed":true,"failedRows":0,"message":"m"}"#
        let report = try JSONDecoder().decode(CheckReport.self, from: Data(old.utf8))
        #expect(report.samples == [] && report.passed)
        #expect(try JSONDecoder().decode(CheckReport.self, from: JSONEncoder().encode(report)) == report)
    }
}
