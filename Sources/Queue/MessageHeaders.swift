import Fleet
import Foundation
import Pipeline

/// The headers of messages, as `docs/messages.md` lists them.
enum MessageHeaders {
    /// Of a request. Without a trace it starts one: its trace id is the run id.
    static func request(_ request: RunRequest, traceparent: String?) -> [(name: String, value: Data)] {
        let own = request.runID.description.filter { $0 != "-" }
        return [
            ("schema-version", Data(String(RunRequest.version).utf8)),
            ("content-type", Data("application/json".utf8)),
            ("traceparent", Data((traceparent ?? "00-\(own)-\(own.suffix(16))-01").utf8)),
        ]
    }

    static func workflow(_ workflow: WorkflowRequest) -> [(name: String, value: Data)] {
        let own = workflow.workflowID.description.filter { $0 != "-" }
        return [
            ("schema-version", Data(String(WorkflowRequest.version).utf8)),
            ("content-type", Data("application/json".utf8)),
            ("traceparent", Data("00-\(own)-\(own.suffix(16))-01".utf8)),
        ]
    }

    static func landing(version: Int) -> [(name: String, value: Data)] {
        [("schema-version", Data(String(version).utf8)), ("content-type", Data("application/json".utf8))]
    }

    /// Bytes of a reason's detail.
    static let detailLimit = 4_096

    /// Of a dead letter; `payloadBytes` when its payload had to be cut.
    static func letter(_ letter: DeadLetter, payloadBytes: Int?) -> [(name: String, value: Data)] {
        var detail = Data(letter.detail.utf8.prefix(detailLimit))
        // Not in the middle of a character.
        while String(validating: detail, as: UTF8.self) == nil { detail.removeLast() }
        var headers = [
            ("dead-reason", letter.reason.rawValue), ("dead-topic", letter.topic),
            ("dead-partition", String(letter.partition)), ("dead-offset", String(letter.offset)),
        ].map { (name: $0.0, value: Data($0.1.utf8)) }
        headers.append(("dead-detail", detail))
        if let payloadBytes { headers.append(("dead-payload-bytes", Data(String(payloadBytes).utf8))) }
        return headers
    }
}
