import Events
import Fleet
import Foundation
import Pipeline
import Support
import Testing

@Suite struct HTTPEventReceiverTests {
    private let event = OutgoingEvent(runID: .random(), kind: .start, json: #"{"a":"é"}"#)

    private func receiver(_ port: Int, token: String? = nil) throws -> HTTPEventReceiver {
        let url = try #require(URL(string: "http://user:hidden@127.0.0.1:\(port)/api/v1/lineage?key=hidden"))
        return try #require(HTTPEventReceiver(url: url, token: token, limit: .seconds(30)))
    }

    @Test func anEventIsTheBodyOfAPost() async throws {
        let ear = try EventEar()
        defer { ear.close() }
        try await receiver(ear.port, token: "t0ken").deliver(event)
        let message = try #require(ear.accepted.first)
        #expect(message.body == event.json)
        #expect(message.path.hasPrefix("/api/v1/lineage"))
        #expect(message.authorization == "Bearer t0ken")
    }

    @Test(
        "what can be mended is tried again; what is refused as such is not",
        arguments: [
            (500, true), (503, true), (429, true), (401, true), (403, true), (404, true), (400, false), (413, false),
            (422, false),
        ])
    func refusals(_ status: Int, _ isTransient: Bool) async throws {
        let ear = try EventEar(answers: [status])
        defer { ear.close() }
        let receiver = try receiver(ear.port, token: "t0ken")
        let error = await #expect(throws: EventReceiverError.self) { try await receiver.deliver(event) }
        #expect(error?.isTransient == isTransient)
        let text = error?.description ?? ""
        #expect(text.contains("status \(status)"))
        for secret in ["hidden", "t0ken", "é"] { #expect(!text.contains(secret)) }
        try await receiver.deliver(event)
        #expect(ear.accepted.count == 1)
    }

    @Test func onlyPlainHTTPIsSpoken() throws {
        for text in ["https://h/x", "ftp://h/x", "/x", "http:///x"] {
            let url = try #require(URL(string: text))
            let receiver = HTTPEventReceiver(url: url)
            #expect(receiver.map { _ in true } == nil, "\(text)")
        }
    }

    @Test func nobodyThereIsPassing() async throws {
        let ear = try EventEar()
        ear.close()
        let receiver = try receiver(try TestServer.freePort())
        let error = await #expect(throws: EventReceiverError.self) { try await receiver.deliver(event) }
        #expect(error?.isTransient == true)
    }
}
