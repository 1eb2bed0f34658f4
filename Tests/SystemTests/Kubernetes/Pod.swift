import Foundation

/// A pod, as documents of Kubernetes describe it.
struct Pod: Sendable {
    private(set) var document: JSONValue

    /// As it was asked for; the API server adds what is its own.
    init(_ document: JSONValue, version: Int) {
        self.document = document
        set("uid", .text(UUID().uuidString.lowercased()))
        set("creationTimestamp", .text("2026-01-01T00:00:00Z"))
        note(version: version)
        self.document["status"] = .object(["phase": .text("Pending")])
    }

    var name: String { document["metadata"]?["name"]?.text ?? "" }
    var container: JSONValue? { document["spec"]?["containers"]?.list.first }

    /// Of its first container, as it sees it.
    var environment: [String: String] {
        var result: [String: String] = [:]
        for variable in container?["env"]?.list ?? [] {
            guard let key = variable["name"]?.text else { continue }
            switch variable["valueFrom"]?["fieldRef"]?["fieldPath"]?.text {
            case "status.podIP": result[key] = "127.0.0.1"
            case "metadata.name": result[key] = name
            default: result[key] = variable["value"]?.text ?? ""
            }
        }
        return result
    }

    /// `a=b,c!=d`, as Spark writes them; nil: all.
    func fits(_ selector: String?) -> Bool {
        (selector ?? "").split(separator: ",").allSatisfy { one in
            let pair = one.split(separator: "=", maxSplits: 1).map(String.init)
            guard pair.count == 2 else { return false }
            let isUnwanted = pair[0].hasSuffix("!")
            let label = document["metadata"]?["labels"]?[isUnwanted ? String(pair[0].dropLast()) : pair[0]]?.text
            return (label == pair[1]) != isUnwanted
        }
    }

    mutating func note(version: Int) { set("resourceVersion", .text("\(version)")) }

    /// Its container has been started.
    mutating func run() {
        let running = JSONValue.object(["running": .object(["startedAt": .text("2026-01-01T00:00:01Z")])])
        document["status"] = .object([
            "phase": .text("Running"), "podIP": .text("127.0.0.1"),
            "containerStatuses": .list([
                .object([
                    "name": container?["name"] ?? .null, "ready": .bool(true), "restartCount": .number(0),
                    "image": container?["image"] ?? .null, "imageID": .text(""), "state": running,
                ])
            ]),
        ])
    }

    private mutating func set(_ key: String, _ value: JSONValue) {
        var metadata = document["metadata"] ?? .object([:])
        metadata[key] = value
        document["metadata"] = metadata
    }
}
