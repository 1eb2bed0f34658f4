import Pipeline
import Testing

@Suite struct VariableRangeTests {
    @Test(arguments: [
        ("2013-02-27..2013-03-01", ["2013-02-27", "2013-02-28", "2013-03-01"]),
        ("2013-01-31..2013-04-30/1m", ["2013-01-31", "2013-02-28", "2013-03-31", "2013-04-30"]),
        ("2013-01-01..2013-01-20/1w", ["2013-01-01", "2013-01-08", "2013-01-15"]),
        ("2012-02-29..2014-12-31/1y", ["2012-02-29", "2013-02-28", "2014-02-28"]),
        ("8..11", ["8", "9", "10", "11"]), ("08..11", ["08", "09", "10", "11"]), ("-1..1", ["-1", "0", "1"]),
        ("north,south,north", ["north", "south"]), ("a,1..2", ["a", "1", "2"]),
        ("../x", ["../x"]), ("a..b", ["a..b"]), ("one", ["one"]), ("", [""]),
        ("9999-12-30..9999-12-31", ["9999-12-30", "9999-12-31"]),
    ])
    func valuesAreWhatPeopleMean(text: String, values: [String]) throws {
        #expect(try VariableRange(name: "X", text).values == values)
    }

    @Test(arguments: [
        "2013-01-02..2013-01-01", "5..4", "1..100000", "1900-01-01..2100-01-01", "2013-01-01..2013-02-01/0d",
        "2013-01-01..2013-02-01/soon", "-9223372036854775808..9223372036854775807",
    ])
    func whatIsNoRangeIsRefused(text: String) {
        #expect(throws: VariableRange.Mistake.self) { try VariableRange(name: "X", text) }
    }

    @Test func combinationsGoThroughEveryValueOfEach() throws {
        let ranges = [try VariableRange(name: "A", "1..2"), try VariableRange(name: "B", "x,y")]
        #expect(
            try VariableRange.combinations(ranges)
                == [["A": "1", "B": "x"], ["A": "1", "B": "y"], ["A": "2", "B": "x"], ["A": "2", "B": "y"]])
        #expect(try VariableRange.combinations([]) == [[:]])
        let many = try VariableRange(name: "A", "1..200")
        #expect(throws: VariableRange.Mistake.self) {
            try VariableRange.combinations([many, try VariableRange(name: "B", "1..200")])
        }
    }
}
