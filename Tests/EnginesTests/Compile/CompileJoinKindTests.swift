import Pipeline
import Testing

@Suite struct CompileJoinKindTests {
    private static let left = "k,v\n1,a\n2,b\n,c\n2,d\n"
    private static let right = "k,w\n2,x\n2,y\n3,z\n,n\n"

    @Test func semiAndAntiKeepRowsOfTheLeftOnce() throws {
        let bench = try OperationBench(Self.left, ["r": Self.right])
        #expect(try bench.run("op: join, right: r, on: [k], how: semi") == "k,v\n2,b\n2,d\n")
        // Nulls never match.
        #expect(try bench.rows("op: join, right: r, on: [k], how: anti") == ["1,a", "NULL,c"])
        let empty = try OperationBench(Self.left, ["r": "k,w\n"])
        #expect(try empty.rows("op: join, right: r, on: [k], how: semi") == [])
        #expect(try empty.rows("op: join, right: r, on: [k], how: anti").count == 4)
    }

    @Test func theyLeaveTheOrderOfTheLeft() throws {
        let rows = (0..<3_000).map { "\($0)" }.joined(separator: "\n")
        let bench = try OperationBench("k\n" + rows + "\n", ["r": "k\n7\n2\n2999\n"])
        #expect(try bench.run("op: join, right: r, on: [k], how: semi", "op: limit, n: 2") == "k\n2\n7\n")
        #expect(
            try bench.run("op: join, right: r, on: [k], how: anti", "op: limit, n: 2, offset: 1") == "k\n1\n3\n")
    }

    @Test func keysMayHaveDifferentNamesAndTypes() throws {
        let bench = try OperationBench("a\n1\n2\n", ["r": "b\n2.0\n"])
        #expect(
            try bench.rows("op: join, right: r, left_on: [a], right_on: [b], how: semi") == ["2"])
        #expect(
            try bench.problems("op: join, right: r, left_on: [a], right_on: [c], how: anti")[0].contains(
                "on the right side"))
    }

    @Test func crossPairsEveryRowWithEveryRow() throws {
        let bench = try OperationBench("k,v\n1,a\n,b\n", ["r": "k,w\n9,x\n8,\n"])
        #expect(
            try bench.run("op: join, right: r, how: cross", "op: sort, by: [v, w]")
                == "k,v,k_right,w\n1,a,9,x\n1,a,8,NULL\nNULL,b,9,x\nNULL,b,8,NULL\n")
        let empty = try OperationBench("k\n1\n", ["r": "w\n"])
        #expect(try empty.run("op: join, right: r, how: cross") == "k,w\n")
    }
}
