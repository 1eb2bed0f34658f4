import ArgumentParser
import Store

struct DeadCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dead",
        abstract: "The messages that could not become runs, each with the reason and where it stood.",
        subcommands: [DeadListCommand.self, DeadShowCommand.self, DeadReplayCommand.self],
        defaultSubcommand: DeadListCommand.self)
}

/// Finds one letter by its number.
enum LetterLookup {
    static func find(_ id: Int64, in store: PostgresStore) async throws -> DeadLetterSummary {
        guard let letter = try await store.history.deadLetter(id) else {
            throw Stop(.failed, "there is no dead letter \(id); \"quicketl dead list\" shows those there are")
        }
        return letter
    }
}

extension DeadLetterSummary {
    /// Topic, partition and offset.
    var place: String { "\(topic)[\(partition)]@\(offset)" }
}
