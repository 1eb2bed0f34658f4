import Events
import Fleet
import Foundation
import Pipeline
import Support
import Testing

@Suite struct HTTPEventReceiverTests {
    private let event = OutgoingEvent(runID: .random(), kind: .start, json: #"{"a":"é"}"#)

    /// Gives `body` a receiver of this port, and closes it on every exit.
    private func withReceiver(
        _ port: Int, _ place: String = "http://user:hidden@127.0.0.1", authorities: String? = nil,
        _ body: (HTTPEventReceiver) async throws -> Void
    ) async throws {
        let url = try #require(URL(string: "\(place):\(port)/api/v1/lineage?key=hidden"))
        let receiver = try #require(
            try HTTPEventReceiver(url: url, token: "t0ken", authorities: authorities, limit: .seconds(30)))
        do {
            try await body(receiver)
        } catch {
            await receiver.close()
            throw error
        }
        await receiver.close()
    }

    @Test func anEventIsTheBodyOfAPost() async throws {
        let ear = try EventEar()
        defer { ear.close() }
        try await withReceiver(ear.port) { try await $0.deliver(event) }
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
        try await withReceiver(ear.port) { receiver in
            let error = await #expect(throws: EventReceiverError.self) { try await receiver.deliver(event) }
            #expect(error?.isTransient == isTransient)
            let text = error?.description ?? ""
            #expect(text.contains("status \(status)"))
            for secret in ["hidden", "t0ken", "é"] { #expect(!text.contains(secret)) }
            try await receiver.deliver(event)
        }
        #expect(ear.accepted.count == 1)
    }

    @Test func aReceiverThatNamesAnotherPlaceIsNotFollowed() async throws {
        let ear = try EventEar(answers: [307])
        defer { ear.close() }
        try await withReceiver(ear.port) { receiver in
            let error = await #expect(throws: EventReceiverError.self) { try await receiver.deliver(event) }
            #expect(error?.isTransient == true)
        }
        #expect(ear.accepted.isEmpty)
    }

    @Test func overTLSOnlyToAReceiverWhoseCertificateFits() async throws {
        try await withTemporaryFolder { folder in
            try TestCertificate.make(in: folder)
            let certificate = folder + "/server.crt"
            let ear = try await EncryptedEar(certificates: folder)
            try await withReceiver(ear.port, "https://localhost", authorities: certificate) { receiver in
                try await receiver.deliver(event)
                try await receiver.deliver(event)
            }
            // Nobody has vouched for it; it is for another name.
            for (place, authorities) in [("https://localhost", nil), ("https://127.0.0.1", certificate)] {
                try await withReceiver(ear.port, place, authorities: authorities) { receiver in
                    let error = await #expect(throws: EventReceiverError.self) { try await receiver.deliver(event) }
                    #expect(error?.isTransient == true)
                    #expect(error?.description.contains("hidden") == false)
                }
            }
            #expect(ear.bodies == [event.json, event.json])
            await ear.close()
        }
    }

    @Test func certificatesThatCannotBeReadAreSaidAtOnce() throws {
        let url = try #require(URL(string: "https://localhost/x"))
        let error = #expect(throws: EventReceiverError.self) {
            _ = try HTTPEventReceiver(url: url, authorities: "/nowhere/ca.pem")
        }
        #expect(error?.description.contains("/nowhere/ca.pem") == true)
    }

    @Test func onlyHTTPIsSpoken() throws {
        for text in ["ftp://h/x", "/x", "http:///x", "https:///x"] {
            let url = try #require(URL(string: text))
            let receiver = try HTTPEventReceiver(url: url)
            #expect(receiver.map { _ in true } == nil, "\(text)")
        }
    }

    @Test func nobodyThereIsPassing() async throws {
        let ear = try EventEar()
        ear.close()
        try await withReceiver(try TestServer.freePort()) { receiver in
            let error = await #expect(throws: EventReceiverError.self) { try await receiver.deliver(event) }
            #expect(error?.isTransient == true)
        }
    }
}
