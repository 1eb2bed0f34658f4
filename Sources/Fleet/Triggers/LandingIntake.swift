import Foundation
import Logging
import Pipeline

/// Takes landings in: runs and groups into the store, what cannot be read to the dead letters.
///
/// When `accept` returns, everything that the batch asked for is durable and its offsets may be committed; a second
/// delivery of the same landings changes nothing.
struct LandingIntake: Sendable {
    let table: TriggerTable
    let runs: any RunStore
    let groups: any TriggerStore
    let deadLetters: any RequestSink
    let logger: Logger

    /// Answers whether a group may have become due.
    func accept(_ messages: [IncomingMessage]) async throws -> Bool {
        var requests: [(request: RequestMessage, message: IncomingMessage)] = []
        var joining: [GroupedLanding] = []
        var letters: [DeadLetter] = []
        for message in messages {
            let read: LandingMessage
            do {
                read = try LandingMessage.decode(message.payload, headers: message.headers)
            } catch {
                letters.append(DeadLetter(message, DeadLetter.Reason(error.reason), error.detail))
                continue
            }
            var problems = read.problems
            for landing in read.landings {
                for trigger in table.triggers {
                    for effect in trigger.spec.effects(of: landing) {
                        switch effect {
                        case .run(let occasion):
                            do {
                                requests.append((try trigger.work(for: occasion, at: Date()), message))
                            } catch {
                                problems.append("trigger \"\(trigger.spec.name.text)\": \(error.description)")
                            }
                        case .join(let entry):
                            joining.append(GroupedLanding(trigger: trigger.spec.name.text, entry: entry))
                        }
                    }
                }
            }
            if !problems.isEmpty {
                // What could be read goes its way; the message is kept for the rest.
                let reason: DeadLetter.Reason = read.problems.isEmpty ? .invalidPipeline : .undecodable
                letters.append(DeadLetter(message, reason, problems.prefix(10).joined(separator: "; ")))
            }
        }
        let answers = requests.isEmpty ? [] : try await runs.accept(requests.map(\.request))
        for (entry, answer) in zip(requests, answers) {
            if case .refused(let reason) = answer {
                letters.append(DeadLetter(entry.message, .invalidPipeline, reason))
            }
            // A conflict is the same landing again, and a trigger or pipeline file that has changed in between.
        }
        if !joining.isEmpty { try await groups.join(joining) }
        try await LetterBox(store: runs, deadLetters: deadLetters, logger: logger).setAside(letters)
        let taken = answers.count { $0 == .accepted }
        if taken > 0 { logger.info("runs started by landings", metadata: ["runs": "\(taken)"]) }
        return !joining.isEmpty
    }
}
