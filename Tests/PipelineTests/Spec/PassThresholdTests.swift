import Testing

@testable import Pipeline

@Suite struct PassThresholdTests {
    @Test(arguments: [
        ("0.95", 1, 20, true), ("0.95", 2, 20, false), ("0.95", 0, 0, true), ("1", 1, 1_000_000, false),
        ("0", 5, 5, true), (".5", 1, 2, true), ("0.9", 1, 10, true), ("0.999999999", 1, 1_000_000_000, true),
        ("0.3", 7, 10, true), ("0.95", Int64.max / 2, Int64.max, false),
    ])
    func countsExactly(text: String, failed: Int64, rows: Int64, allowed: Bool) throws {
        #expect(try #require(PassThreshold(text)).allows(failed, of: rows) == allowed)
    }

    @Test(arguments: ["", ".", "1.1", "2", "-0.5", "95%", "1e-1", "0.1234567890", "a"])
    func isANumberFromNoneToAll(text: String) {
        #expect(PassThreshold(text) == nil)
    }
}
