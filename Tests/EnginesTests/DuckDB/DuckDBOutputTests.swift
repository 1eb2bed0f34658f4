import Fleet
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

    @Test("a warning is no part of a result, however the bytes are cut")
    func warning() throws {
        let text =
            "\u{1b}[90mWARNING:\n\u{1b}[00m\u{1b}[90mDeprecated lambda arrow (->) detected.\n[{]\u{1b}[00m[{\"x\":1}]\n\(marker)\n"
        let expected: [DuckDBOutput.Event] = [
            .warning("WARNING:\n"), .warning("Deprecated lambda arrow (->) detected.\n[{]"),
            .result(Array("[{\"x\":1}]\n".utf8)),
        ]
        #expect(try events([text]) == expected)
        #expect(try events(text.map { String($0) }) == expected)
        // One that was never closed costs its own statement's result at most.
        #expect(
            try events(["\u{1b}[90mWARNING\(marker)\n[]\n\(marker)\n"]) == [.result([]), .result(Array("[]\n".utf8))])
    }

    @Test(
        "of a warning its kind is kept, and nothing that may be a value",
        arguments: [
            ("WARNING:\nDeprecated lambda arrow (->) detected", "DuckDB warns: Deprecated lambda arrow"),
            ("The value 'hunter2' was cut", "DuckDB warns: The value"), ("WARNING:\n", nil), ("hunter2", nil),
        ])
    func redaction(_ text: String, _ kept: String?) { #expect(DuckDBWarning(text)?.said.text == kept) }

    @Test("a result above the limit is refused before it is whole")
    func limit() {
        #expect(throws: DuckDBOutput.Limit.self) { try events([String(repeating: "x", count: 200)], limit: 100) }
    }
}
