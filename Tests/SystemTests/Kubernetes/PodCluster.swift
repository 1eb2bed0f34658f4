import Foundation
import Support
import Synchronization

/// As much of a Kubernetes cluster as Spark's own client asks for, to be put behind a `LocalHTTPServer`. Each pod that it
/// accepts is an executor: a process of this machine with the pod's environment and nothing else.
final class PodCluster: Sendable {
    private struct State {
        var version = 1
        var pods: [String: Pod] = [:]
        var executors: [String: SparkProcess] = [:]
        var watchers: [Watcher] = []
        var accepted: [Pod] = []
        var bodies: [String] = []
        var printed: [String] = []
    }

    private struct Watcher {
        var selector: String?
        var stream: LocalHTTPServer.Stream
    }

    private let folder: String
    private let refuses: Bool
    private let state = Mutex(State())

    /// `refuses`: whoever asks may look at pods, and make none.
    init(in folder: String, refuses: Bool = false) { (self.folder, self.refuses) = (folder, refuses) }

    /// All pods that it ever accepted.
    var accepted: [Pod] { state.withLock { $0.accepted } }
    /// The names of those that are there now.
    var pods: [String] { state.withLock { $0.pods.keys.sorted() } }
    /// What was asked of it.
    var bodies: [String] { state.withLock { $0.bodies } }
    /// By executors that have been deleted.
    var printed: [String] { state.withLock { $0.printed } }

    /// Ends all executors.
    func close() { state.withLock { $0.executors = [:] } }

    // MARK: - Requests

    func answer(_ request: LocalHTTPServer.Request) -> LocalHTTPServer.Answer {
        state.withLock { $0.bodies.append(request.body) }
        // /api/v1/namespaces/NAMESPACE/KIND/NAME
        let parts = request.path.split(separator: "/").map(String.init)
        guard parts.count >= 5 else { return Self.failure(404, "NotFound") }
        let name = parts.count > 5 ? parts[5] : nil
        guard parts[4] == "pods" else { return other(request, kind: parts[4]) }
        let selector = request.query["labelSelector"]
        switch (request.method, name) {
        case ("GET", nil) where request.query["watch"] == "true": return watch(request, selector)
        case ("GET", nil):
            return state.withLock { state in
                Self.list("Pod", state.pods.values.filter { $0.fits(selector) }.map(\.document), state.version)
            }
        case ("POST", nil) where refuses: return Self.failure(403, "Forbidden")
        case ("POST", nil): return create(request.body)
        case ("DELETE", _):
            delete { name.map($0.name.elementsEqual) ?? true && $0.fits(selector) }
            return Self.success
        case (_, let name?):
            // What is changed of a running pod are its labels and notes, at which nobody here looks.
            return state.withLock { state in
                state.pods[name].map { .whole(200, Self.text($0.document)) } ?? Self.failure(404, "NotFound")
            }
        default: return Self.failure(405, "MethodNotAllowed")
        }
    }

    private func watch(_ request: LocalHTTPServer.Request, _ selector: String?) -> LocalHTTPServer.Answer {
        // The client tries a web socket first, and takes a plain answer that does not end when it gets an answer to that.
        guard request.fields["upgrade"] == nil else { return Self.success }
        return .stream { [self] stream in
            state.withLock { state in
                for pod in state.pods.values where pod.fits(selector) { stream.send(Self.event("ADDED", pod)) }
                state.watchers.append(Watcher(selector: selector, stream: stream))
            }
        }
    }

    private func create(_ body: String) -> LocalHTTPServer.Answer {
        guard let document = try? JSONDecoder().decode(JSONValue.self, from: Data(body.utf8)) else {
            return Self.failure(400, "BadRequest")
        }
        return state.withLock { state in
            state.version += 1
            var pod = Pod(document, version: state.version)
            state.pods[pod.name] = pod
            state.accepted.append(pod)
            Self.tell("ADDED", pod, &state)
            let answer = LocalHTTPServer.Answer.whole(201, Self.text(pod.document))
            guard let executor = try? SparkProcess.executor(pod.environment, in: folder) else { return answer }
            state.executors[pod.name] = executor
            state.version += 1
            pod.run()
            pod.note(version: state.version)
            state.pods[pod.name] = pod
            Self.tell("MODIFIED", pod, &state)
            return answer
        }
    }

    private func delete(where isMeant: (Pod) -> Bool) {
        state.withLock { state in
            for pod in state.pods.values where isMeant(pod) {
                state.pods[pod.name] = nil
                state.version += 1
                Self.tell("DELETED", pod, &state)
                guard let executor = state.executors.removeValue(forKey: pod.name) else { continue }
                state.printed += executor.lines
                executor.end()
            }
        }
    }

    /// Maps of settings, claims of volumes: taken, and not looked at.
    private func other(_ request: LocalHTTPServer.Request, kind: String) -> LocalHTTPServer.Answer {
        switch request.method {
        case "GET": Self.list(kind == "configmaps" ? "ConfigMap" : kind, [], state.withLock { $0.version })
        case "DELETE": Self.success
        default: .whole(201, request.body)
        }
    }

    // MARK: - Answers

    private static func tell(_ kind: String, _ pod: Pod, _ state: inout State) {
        for watcher in state.watchers where pod.fits(watcher.selector) { watcher.stream.send(event(kind, pod)) }
    }

    private static func event(_ kind: String, _ pod: Pod) -> String {
        text(.object(["type": .text(kind), "object": pod.document])) + "\n"
    }

    private static func list(_ kind: String, _ items: [JSONValue], _ version: Int) -> LocalHTTPServer.Answer {
        let metadata = JSONValue.object(["resourceVersion": .text("\(version)")])
        return .whole(
            200,
            text(
                .object([
                    "kind": .text("\(kind)List"), "apiVersion": .text("v1"), "metadata": metadata,
                    "items": .list(items),
                ])))
    }

    private static let success = LocalHTTPServer.Answer.whole(
        200, #"{"kind": "Status", "apiVersion": "v1", "status": "Success"}"#)

    private static func failure(_ code: Int, _ reason: String) -> LocalHTTPServer.Answer {
        .whole(
            code,
            #"{"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "\#(reason)", "code": \#(code)}"#)
    }

    private static func text(_ value: JSONValue) -> String {
        // Every such value has a text.
        String(decoding: (try? JSONEncoder().encode(value)) ?? Data(), as: UTF8.self)
    }
}
