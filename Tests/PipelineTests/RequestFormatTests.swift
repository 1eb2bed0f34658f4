import Foundation
import Pipeline
import Testing

@Suite struct RequestFormatTests {
    /// Set QUICKETL_REGENERATE=1 to write the golden files anew, then read the difference before committing it.
    @Test(
        "a request is written byte for byte like its golden file, and read back equal",
        arguments: [("full", RequestSamples.full), ("plain", RequestSamples.plain)])
    func goldenFiles(name: String, request: RunRequest) throws {
        let payload = try request.encoded()
        if ProcessInfo.processInfo.environment["QUICKETL_REGENERATE"] == "1" {
            try (payload + Data("\n".utf8)).write(to: RequestSamples.golden(name))
        }
        let golden = try Data(contentsOf: RequestSamples.golden(name))
        #expect(String(decoding: payload, as: UTF8.self) + "\n" == String(decoding: golden, as: UTF8.self))
        #expect(try RunRequest.decode(golden) == request)
    }

    @Test("a field that is absent or null takes its default, and an unknown one is ignored")
    func defaults() throws {
        let golden = try Data(contentsOf: RequestSamples.golden("minimal"))
        #expect(try RunRequest.decode(golden) == RequestSamples.minimal)
        let nulls = RequestSamples.json(with: [
            "variables": "null", "engine": "null", "priority": "null", "retries": "null", "timeout_seconds": "null",
            "fail_on_checks": "null", "max_running": "null", "retry_of": "null", "idempotency_key": "null",
            "from_the_future": "{\"a\": [1, {\"b\": null}]}",
        ])
        #expect(try RunRequest.decode(nulls) == RunRequest.decode(RequestSamples.json()))
    }

    @Test("the examples of docs/messages.md are requests, and show the golden ones")
    func documentation() throws {
        let text = try String(
            contentsOf: RequestSamples.repository.appending(path: "docs/messages.md"), encoding: .utf8)
        let blocks = text.components(separatedBy: "```json\n").dropFirst().compactMap {
            $0.components(separatedBy: "```").first
        }
        let requests = try blocks.map { try RunRequest.decode(Data($0.utf8)) }
        #expect(requests == [RequestSamples.full, RequestSamples.minimal])
    }

    struct Refusal: Sendable, CustomTestStringConvertible {
        var changes: [String: String?]
        var reason: RequestDecodingError.Reason = .undecodable
        var says: String
        var testDescription: String { says }
    }

    @Test(
        "a wrong field is refused by its path",
        arguments: [
            Refusal(changes: ["version": nil], says: "version: is missing"),
            Refusal(changes: ["version": "\"1\""], says: "version: must be an integer, not a text"),
            Refusal(changes: ["version": "1.5"], says: "version: must be an integer, not a number"),
            Refusal(changes: ["version": "3", "run_id": "7"], reason: .unsupportedVersion, says: "version: is 3"),
            Refusal(changes: ["version": "0"], reason: .unsupportedVersion, says: "version: is 0"),
            Refusal(changes: ["run_id": nil], says: "run_id: is missing"),
            Refusal(changes: ["run_id": "null"], says: "run_id: is missing"),
            Refusal(changes: ["run_id": "\"7\""], says: "run_id: must be a UUID"),
            Refusal(changes: ["pipeline_yaml": "[]"], says: "pipeline_yaml: must be a text, not an array"),
            Refusal(changes: ["pipeline_name": "\"\""], says: "pipeline_name: is empty"),
            Refusal(changes: ["variables": "[]"], says: "variables: must be an object, not an array"),
            Refusal(changes: ["variables": "{\"DATE\": 3}"], says: "variables.DATE: must be a text, not a number"),
            Refusal(changes: ["variables": "{\"DATE\": null}"], says: "variables.DATE: must be a text, not null"),
            Refusal(changes: ["variables": "{\"a-b\": \"\"}"], says: "variables: a name is not made of letters"),
            Refusal(
                changes: ["variables": "{\"A\": \"x\\u0000\"}"], says: "variables.A: must not hold the character U+0000"
            ),
            Refusal(changes: ["base_directory": "\"data\""], says: "base_directory: must be absolute"),
            Refusal(changes: ["engine": "\"flink\""], says: "engine: must be one of auto, duckdb, spark"),
            Refusal(changes: ["priority": "1"], says: "priority: must be a text, not a number"),
            Refusal(changes: ["retries": "-1"], says: "retries: must be from 0 to 100"),
            Refusal(changes: ["retries": "1e99"], says: "retries: must be an integer"),
            Refusal(changes: ["timeout_seconds": "0"], says: "timeout_seconds: must be above 0"),
            Refusal(changes: ["timeout_seconds": "1e999"], says: "timeout_seconds: must be above 0"),
            Refusal(changes: ["fail_on_checks": "\"yes\""], says: "fail_on_checks: must be a boolean, not a text"),
            Refusal(changes: ["max_running": "0"], says: "max_running: must be from 1 to 10000"),
            Refusal(changes: ["retry_of": "\"the last one\""], says: "retry_of: must be a UUID"),
            Refusal(changes: ["source_code": "\"here\""], says: "source_code: must be an object, not a text"),
            Refusal(changes: ["source_code": "{}"], says: "source_code.path: is missing"),
            Refusal(
                changes: ["source_code": "{\"path\": \"p\", \"commit\": 7}"],
                says: "source_code.commit: must be a text, not a number"),
            Refusal(changes: ["submitted_at": "\"yesterday\""], says: "submitted_at: must be an RFC 3339 time"),
            Refusal(
                changes: ["submitted_by": "\"\(String(repeating: "x", count: 257))\""],
                says: "submitted_by: has 257 bytes"),
        ])
    func refusals(_ refusal: Refusal) {
        let error = #expect(throws: RequestDecodingError.self) {
            try RunRequest.decode(RequestSamples.json(with: refusal.changes))
        }
        #expect(error?.reason == refusal.reason)
        #expect(error?.detail.contains(refusal.says) == true, "said: \(error?.detail ?? "nothing")")
    }

    @Test("all wrong fields are named at once, and no value of a variable is repeated")
    func allAtOnce() {
        let payload = RequestSamples.json(with: [
            "run_id": "1", "engine": "\"x\"", "submitted_at": nil, "variables": "{\"PASSWORD\": [\"hunter2\"]}",
        ])
        let error = #expect(throws: RequestDecodingError.self) { try RunRequest.decode(payload) }
        for path in ["run_id: ", "engine: ", "submitted_at: ", "variables.PASSWORD: "] {
            #expect(error?.detail.contains(path) == true)
        }
        #expect(error?.description.contains("hunter2") == false)
    }

    @Test(
        "what is not one JSON object is refused with the byte where it goes wrong",
        arguments: [
            ("", "byte 0"), ("{", "byte 1"), ("nul", "byte 0"), ("{\"a\":1,}", "byte 7"), ("{} {}", "byte 3"),
            ("[]", "expected an object, found an array"), ("{\"a\":01}", "byte 6"),
            ("{\"a\":\"\\ud800\"}", "surrogate"),
            ("{\"a\":1,\"a\":2}", "stands twice"), ("{\"a\":\"\\u0061\",\"\\u0061\":2}", "stands twice"),
            ("\u{FEFF}{}", "byte 0"), ("{\"a\":\"\n\"}", "control characters"), ("{\"a\":'x'}", "byte 5"),
            (String(repeating: "[", count: 100_000), "nested deeper than 32"),
        ])
    func syntax(text: String, says: String) {
        let error = #expect(throws: RequestDecodingError.self) { try RunRequest.decode(Data(text.utf8)) }
        #expect(error?.reason == .undecodable)
        #expect(error?.detail.contains(says) == true, "said: \(error?.detail ?? "nothing")")
    }

    @Test("a text that is not UTF-8 is refused")
    func invalidUTF8() {
        var payload = Data("{\"version\":\"".utf8)
        payload.append(contentsOf: [0xC3, 0x28])
        payload.append(contentsOf: Data("\"}".utf8))
        let error = #expect(throws: RequestDecodingError.self) { try RunRequest.decode(payload) }
        #expect(error?.detail.contains("not UTF-8") == true)
    }

    @Test("texts keep their code points: composed and decomposed forms stay apart")
    func codePoints() throws {
        var request = RequestSamples.plain
        request.variables = ["A": "\u{E9}", "B": "e\u{301}"]
        let decoded = try RunRequest.decode(request.encoded())
        #expect(decoded.variables["A"].map { Array($0.unicodeScalars) } == ["\u{E9}"])
        #expect(decoded.variables["B"].map { Array($0.unicodeScalars) } == ["e", "\u{301}"])
    }

    @Test("a message is read up to the limit of its size and refused one byte beyond")
    func size() throws {
        var payload = try RequestSamples.plain.encoded()
        payload.append(Data(repeating: UInt8(ascii: " "), count: RequestLimits.messageBytes - payload.count))
        #expect(try RunRequest.decode(payload) == RequestSamples.plain)
        payload.append(UInt8(ascii: " "))
        let error = #expect(throws: RequestDecodingError.self) { try RunRequest.decode(payload) }
        #expect(error?.reason == .tooLarge)
    }

    @Test("what could not be read is not written")
    func encodingRefuses() {
        var tooLarge = RequestSamples.plain
        tooLarge.variables = Dictionary(
            uniqueKeysWithValues: (0..<20).map { ("V\($0)", String(repeating: "x", count: 60_000)) })
        let size = #expect(throws: RequestEncodingError.self) { try tooLarge.encoded() }
        #expect(size?.detail.contains("the limit is \(RequestLimits.messageBytes)") == true)

        var wrong = RequestSamples.plain
        wrong.timeoutSeconds = .nan
        wrong.baseDirectory = "here"
        wrong.submittedAt = Date(timeIntervalSince1970: .infinity)
        wrong.variables["\u{E9}"] = "secret"
        let fields = #expect(throws: RequestEncodingError.self) { try wrong.encoded() }
        for path in ["timeout_seconds", "base_directory", "submitted_at", "variables"] {
            #expect(fields?.detail.contains("\(path): ") == true)
        }
        #expect(fields?.detail.contains("secret") == false)
    }
}
