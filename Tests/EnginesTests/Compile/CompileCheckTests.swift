import Fleet
import Foundation
import Pipeline
import Testing

@testable import Engines

@Suite struct CompileCheckTests {
    private func reports(_ csv: String, _ checks: [CheckSpec]) throws -> [CheckReport] {
        let bench = try CompileBench()
        let spec = PipelineSpec(name: "p", sources: [try bench.csv("c.csv", csv)], checks: checks)
        let plan = try bench.plan(spec)
        let query = try #require(bench.compiler.checks(plan, over: "(\(bench.compiler.query(plan)))"))
        let text = try bench.sql(query.sql, mode: "-json")
        let rows = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [[String: Any]]
        let row = try #require(rows?.first)
        return query.reports(from: row.mapValues { "\($0)" })
    }

    @Test func everyCheckCountsTheRowsThatFailIt() throws {
        let found = try reports(
            "id,region,amount\n1,north,5\n2,south,\n2,East,-1\n,,3\n",
            [
                CheckSpec(.notNull(columns: names(["id", "amount"]))),
                CheckSpec(.unique(columns: names(["id"]))),
                CheckSpec(.rowCount(min: 5, max: nil)),
                CheckSpec(.rowCount(min: 1, max: 4)),
                CheckSpec(
                    .acceptedValues(
                        column: PlacedText("region"), values: [.text("north"), .text("east"), .null], allowNull: true)),
                CheckSpec(
                    .acceptedValues(
                        column: PlacedText("region"), values: [.text("north"), .text("south"), .text("East")],
                        allowNull: false), severity: .warn),
                CheckSpec(.expression(try placed("amount > 0"))),
                CheckSpec(.expression(try placed("amount > 0 OR id = 2"))),
            ])
        #expect(found.map(\.failedRows) == [2, 1, 0, 0, 2, 1, 1, 0])
        #expect(found.map(\.passed) == [false, false, false, true, false, false, false, true])
        #expect(found[0].message == "2 of 4 rows hold null in \"id\" (1), \"amount\" (1)")
        #expect(found[1].message == "1 of 4 rows repeat others in \"id\"")
        #expect(found[2].message == "the table has 4 rows, at least 5 are wanted")
        #expect(found[5].severity == .warn)
        #expect(found[6].message == "1 of 4 rows do not satisfy amount > 0")
        #expect(found[6].subject == "amount > 0")
    }

    @Test func nullsEqualEachOtherInAUniqueCheck() throws {
        let found = try reports(
            "a,b\n1,\n1,\n,\n,\n",
            [CheckSpec(.unique(columns: names(["a", "b"]))), CheckSpec(.unique(columns: names(["a"])))])
        #expect(found.map(\.failedRows) == [2, 2])
    }

    @Test func aMissingColumnFailsTheCheckAndNothingElse() throws {
        let found = try reports(
            "amount\n1\n",
            [
                CheckSpec(.notNull(columns: names(["amuont"]))),
                CheckSpec(.expression(try placed("nope > 1 AND nada = 2"))),
                CheckSpec(.rowCount(min: 1, max: nil)),
            ])
        #expect(found.map(\.passed) == [false, false, true])
        #expect(found[0].message == "unknown column \"amuont\"; did you mean \"amount\"?")
        #expect(found[1].message.contains("\"nope\", \"nada\""))
    }

    @Test func anEmptyTableHasChecksToo() throws {
        let found = try reports(
            "a\n", [CheckSpec(.notNull(columns: names(["a"]))), CheckSpec(.rowCount(min: 1, max: nil))])
        #expect(found.map(\.passed) == [true, false])
    }
}
