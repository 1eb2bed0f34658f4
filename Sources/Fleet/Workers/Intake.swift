import Logging
import Pipeline

/// Takes messages in: requests into the store, everything else to the dead letters.
///
/// When `accept` returns, every message of the batch is durable somewhere and its offset may be committed; a second
/// delivery of the same batch changes nothing.
struct Intake: Sendable {
    let store: any RunStore
    let deadLetters: any RequestSink
    let logger: Logger

    func accept(_ messages: [IncomingMessage]) async throws {
        var requests: [(request: RunRequest, message: IncomingMessage)] = []
        for message in messages {
            do {
                requests.append((try RunRequest.decode(message.payload), message))
            } catch {
                try await setAside(message, reason: error.deadLetterReason, detail: error.detail)
            }
        }
        guard !requests.isEmpty else { return }
        let answers = try await store.accept(requests.map(\.request))
        for (entry, answer) in zip(requests, answers) {
            switch answer {
            case .accepted, .known: break
            case .conflict:
                let detail = "run \(entry.request.runID) exists already with other content"
                try await setAside(entry.message, reason: .conflict, detail: detail)
            case .refused(let reason):
                try await setAside(entry.message, reason: .undecodable, detail: reason)
            }
        }
    }

    /// Table first: it tells one letter from its repetition by topic, partition and offset; the topic cannot.
    private func setAside(_ message: IncomingMessage, reason: DeadLetter.Reason, detail: String) async throws {
        let letter = DeadLetter(
            topic: message.topic, partition: message.partition, offset: message.offset, reason: reason, detail: detail,
            key: message.key, payload: message.payload)
        try await store.recordDeadLetter(letter)
        try await deadLetters.publish(letter)
        logger.warning(
            "message set aside",
            metadata: [
                "topic": "\(message.topic)", "partition": "\(message.partition)", "offset": "\(message.offset)",
                "reason": "\(reason.rawValue)", "detail": "\(detail)",
            ])
    }
}

extension RequestDecodingError {
    var deadLetterReason: DeadLetter.Reason {
        switch reason {
        case .undecodable: .undecodable
        case .unsupportedVersion: .unsupportedVersion
        case .tooLarge: .tooLarge
        }
    }
}
