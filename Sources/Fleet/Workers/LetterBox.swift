import Logging

/// Sets messages aside: into the store, and then into the topic of dead letters, for which nobody waits in vain.
struct LetterBox: Sendable {
    let store: any RunStore
    let deadLetters: any RequestSink
    let logger: Logger

    /// Table first: it tells one letter from its repetition by topic, partition and offset; the topic cannot.
    func setAside(_ letters: [DeadLetter]) async throws {
        for letter in letters { try await store.recordDeadLetter(letter) }
        await withTaskGroup(of: Void.self) { group in
            for letter in letters { group.addTask { await publish(letter) } }
        }
    }

    private func publish(_ letter: DeadLetter) async {
        var metadata: Logger.Metadata = [
            "topic": "\(letter.topic)", "partition": "\(letter.partition)", "offset": "\(letter.offset)",
            "reason": "\(letter.reason.rawValue)", "detail": "\(letter.detail)",
        ]
        do {
            try await deadLetters.publish(letter)
        } catch {
            metadata["not_published"] = "\(error)"
        }
        logger.warning("message set aside", metadata: metadata)
    }
}
