import ArgumentParser
import Fleet
import Foundation
import Pipeline
import Store

struct RetainCommand: AsyncParsableCommand, AnswersInJSON {
    static let configuration = CommandConfiguration(
        commandName: "retain",
        abstract: "Forget runs that ended long ago.",
        discussion: """
            Removes every run that ended longer ago than --keep, with its attempts, steps, checks, inputs and outputs. A run
            that has not ended stays, however old it is. Keep more than the topics do: a message that is read again
            after its run was forgotten is a new run.

              quicketl retain --keep 90d
              quicketl retain --keep 90d --dry-run       only says how many
            """)

    @OptionGroup var services: ServiceOptions
    @OptionGroup var output: OutputOptions

    @Option(
        help: ArgumentHelp("How long to keep runs after their end: 90d, 2160h; at least a day.", valueName: "time"),
        transform: { text in
            let days =
                text.hasSuffix("d") ? Int(text.dropLast()).flatMap { (0...100_000).contains($0) ? $0 : nil } : nil
            let time = days.map { Duration.seconds(Double($0) * 86_400) } ?? DurationText.duration(text)
            guard let time, time >= Retention.shortest else {
                throw ValidationError("\"\(text)\" is no time of a day or more; write it like 90d")
            }
            return time
        })
    var keep: Duration

    @Flag(help: "Remove nothing.")
    var dryRun = false

    func run() async throws {
        let settings = try services.settings()
        let (keep, dryRun) = (keep, dryRun)
        let count = try await Services.withStore(of: settings) { store in
            let retention = Retention(store)
            return dryRun ? try await retention.count(olderThan: keep) : try await retention.remove(olderThan: keep)
        }
        if output.json { return try JSONText.show([dryRun ? "would_remove" : "removed": count]) }
        Console.say(dryRun ? "\(count) runs would be removed" : "\(count) runs removed")
    }
}
