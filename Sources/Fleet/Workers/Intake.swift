import Logging
import Pipeline

/// Takes messages in: requests into the store, everything else to the dead letters.
///
/// When `accept` returns, every message of the batch is durable in the store and its offset may be committed; a second
/// delivery of the same batch changes nothing. A message that cannot become a run holds up nobody: the topic of dead
/// letters may be away or full, since the store has the letter.
struct Intake: Sendable {
    let store: any RunStore
    let deadLetters: any RequestSink
    let logger: Logger

    func accept(_ messages: [IncomingMessage]) async throws {
        var requests: [(request: RunRequest, message: IncomingMessage)] = []
        var workflows: [(request: WorkflowRequest, message: IncomingMessage)] = []
        var letters: [DeadLetter] = []
        for message in messages {
            do {
                switch try RequestMessage.decode(message.payload) {
                case .run(let request):
                    if let objection = Self.objection(to: request) {
                        letters.append(DeadLetter(message, .invalidPipeline, objection))
                    } else {
                        requests.append((request, message))
                    }
                case .workflow(let workflow): workflows.append((workflow, message))
                }
            } catch {
                letters.append(DeadLetter(message, DeadLetter.Reason(error.reason), error.detail))
            }
        }
        let answers = requests.isEmpty ? [] : try await store.accept(requests.map(\.request))
        for (entry, answer) in zip(requests, answers) {
            switch answer {
            case .accepted, .known: break
            case .conflict:
                let detail = "run \(entry.request.runID) exists already with other content"
                letters.append(DeadLetter(entry.message, .conflict, detail))
            case .refused(let reason):
                letters.append(DeadLetter(entry.message, .undecodable, reason))
            }
        }
        for (workflow, message) in workflows {
            if let letter = try await accept(workflow, message) { letters.append(letter) }
        }
        try await LetterBox(store: store, deadLetters: deadLetters, logger: logger).setAside(letters)
    }

    /// All of its runs or none.
    private func accept(_ workflow: WorkflowRequest, _ message: IncomingMessage) async throws -> DeadLetter? {
        for request in workflow.runs {
            if let objection = Self.objection(to: request) {
                return DeadLetter(message, .invalidPipeline, "\(request.pipelineName): \(objection)")
            }
        }
        switch try await store.accept(workflow) {
        case .accepted, .known: return nil
        case .conflict:
            return DeadLetter(
                message, .conflict, "workflow \(workflow.workflowID) exists already with other content")
        case .refused(let reason): return DeadLetter(message, .undecodable, reason)
        }
    }

    /// nil for a pipeline that this program can read. A run that is recorded in the store as well fails there, and
    /// says the same.
    private static func objection(to request: RunRequest) -> String? {
        do {
            _ = try request.loadPipeline()
            return nil
        } catch {
            return error.description
        }
    }
}

extension DeadLetter {
    init(_ message: IncomingMessage, _ reason: Reason, _ detail: String) {
        self.init(
            topic: message.topic, partition: message.partition, offset: message.offset, reason: reason, detail: detail,
            key: message.key, payload: message.payload)
    }
}

extension DeadLetter.Reason {
    init(_ reason: RequestDecodingError.Reason) {
        self =
            switch reason {
            case .undecodable: .undecodable
            case .unsupportedVersion: .unsupportedVersion
            case .tooLarge: .tooLarge
            }
    }
}
