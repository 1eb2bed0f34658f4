import Foundation
import Synchronization

/// A server for one kind of message: an HTTP POST with a JSON body. Answers with the codes that it is told, then 201.
public final class EventEar: Sendable {
    public struct Message: Sendable {
        public var path: String
        public var authorization: String?
        public var body: String
    }

    private struct State {
        var accepted: [Message] = []
        var answers: [Int]
    }

    private final class Heard: Sendable {
        let state: Mutex<State>

        init(answers: [Int]) { state = Mutex(State(answers: answers)) }
    }

    private let heard: Heard
    private let server: LocalHTTPServer
    public var port: Int { server.port }

    /// `answers`: the codes of the first requests.
    public init(answers: [Int] = []) throws {
        let heard = Heard(answers: answers)
        self.heard = heard
        server = try LocalHTTPServer { request in
            let message = Message(
                path: request.path, authorization: request.fields["authorization"], body: request.body)
            return .whole(
                heard.state.withLock { state in
                    let code = state.answers.isEmpty ? 201 : state.answers.removeFirst()
                    if (200..<300).contains(code) { state.accepted.append(message) }
                    return code
                })
        }
    }

    /// What it has said yes to, in the order of its coming.
    public var accepted: [Message] { heard.state.withLock { $0.accepted } }

    public func close() { server.close() }
}
