import Testing

@testable import Engines

@Suite struct DuckDBOutputTests {
    private let marker = "\u{1e}mark"

    private func events(_ chunks: [String], limit: Int = 1000) throws -> [DuckDBOutput.Event] {
        var output = DuckDBOutput(marker: marker, maximumBytes: limit)
        return try chunks.flatMap { try output.take($0.utf8) }
    }

    @Test("a result ends at its marker, however the bytes are cut")
    func cutAnywhere() throws {
        let text = "[{\"a\":1}]\n\(marker)\n\(marker)\n{\n}\(marker)\n"
        let expected: [DuckDBOutput.Event] = [
            .result(Array("[{\"a\":1}]\n".utf8)), .result([]), .result(Array("{\n}".utf8)),
        ]
        #expect(try events([text]) == expected)
        #expect(try events(text.map { String($0) }) == expected)
    }

    @Test("a progress bar is no part of a result, and tells its percentage")
    func progressBar() throws {
        let bar =
            "\r  0% ▕      ▏                \r 33% ▕██    ▏ (<1 second remaining)     \r100% ▕██████▏ (00:00:00.44 elapsed)     \n"
        #expect(
            try events([bar + "[{\"x\":1}]\n\(marker)\n"])
                == [.progress(0), .progress(0.33), .progress(1), .result(Array("[{\"x\":1}]\n".utf8))])
    }

    @Test("a bar that was not closed ends where the result begins")
    func unclosedBar() throws {
        #expect(try events(["\r 50% ▕█[]\n\(marker)\n"]) == [.progress(0.5), .result(Array("[]\n".utf8))])
        #expect(try events(["\r 50% ▕█\(marker)\n"]) == [.progress(0.5), .result([])])
    }

    @Test("a result above the limit is refused before it is whole")
    func limit() {
        #expect(throws: DuckDBOutput.Limit.self) { try events([String(repeating: "x", count: 200)], limit: 100) }
    }
}
