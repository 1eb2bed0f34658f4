import ArgumentParser

struct RouterCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "router", abstract: "Ask how well engines are chosen.",
        subcommands: [RouterReportCommand.self], defaultSubcommand: RouterReportCommand.self)
}
