import ArgumentParser

struct RunsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "runs", abstract: "Ask what ran and what runs.",
        subcommands: [
            RunsListCommand.self, RunsShowCommand.self, RunsDiffCommand.self, RunsEventsCommand.self,
            RunsLogsCommand.self,
            RunsCancelCommand.self, RunsRetryCommand.self, RunsReplayCommand.self,
        ],
        defaultSubcommand: RunsListCommand.self)
}
