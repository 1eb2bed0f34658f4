import ArgumentParser

struct TriggersCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "triggers",
        abstract: "Start runs by themselves: when data lands, or by the clock.",
        subcommands: [TriggersValidateCommand.self, TriggersTestCommand.self, TriggersRunCommand.self])
}
