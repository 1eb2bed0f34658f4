import ArgumentParser
import Fleet

@main
struct Quicketl: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "quicketl",
        abstract: "Runs data pipelines: here, or on a fleet of workers.",
        discussion: """
            A pipeline is a YAML file: sources, transforms, checks, a sink.

              quicketl init my_project                            a project that runs, to begin with
              quicketl run pipeline.yml --var DATE=2013-01-01     run it here and now, no services needed
              quicketl workflow run workflow.yml                  several pipelines, in stages
              quicketl dev --workers 2                            start a fleet on this machine
              quicketl submit pipeline.yml --var DATE=2013-01-01 --wait
              quicketl runs list                                  ask what ran

            Exit codes: 0 succeeded; 1 the run failed, a check failed or the pipeline is invalid; 2 wrong use of the
            command line; 3 a service could not be reached; 130 interrupted.
            """,
        version: ProgramVersion.text,
        subcommands: [
            InitCommand.self, RunCommand.self, ValidateCommand.self, ExplainCommand.self, WorkflowCommand.self,
            SubmitCommand.self, BackfillCommand.self, TriggersCommand.self, LandCommand.self, RunsCommand.self,
            PipelinesCommand.self, LineageCommand.self, DeadCommand.self, FleetCommand.self, MigrateCommand.self,
            RetainCommand.self, RouterCommand.self,
            FunctionsCommand.self, SchemaCommand.self, InfoCommand.self, DevCommand.self,
        ])

    static func main() async {
        // Until the arguments are understood, this has to do.
        var isJSONWanted = CommandLine.arguments.contains { $0 == "--json" || $0 == "-j" }
        do {
            let arguments = CommandLine.arguments.dropFirst()
            if let run = plainRun(arguments) {
                isJSONWanted = run.output.json
                return try await run.run()
            }
            var command = try parseAsRoot(Array(arguments))
            isJSONWanted = (command as? any AnswersInJSON)?.output.json ?? isJSONWanted
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch {
            Ending(of: error).leave(Self.self, asJSON: isJSONWanted)
        }
    }

    /// A run that the arguments ask for, understood by its own command alone: setting up all others as well costs a small
    /// run more than reading its pipeline. nil: another command, or help, or a mistake, which are a matter of the whole.
    private static func plainRun(_ arguments: ArraySlice<String>) -> RunCommand? {
        guard arguments.first == RunCommand._commandName else { return nil }
        // What is wrong is told by the whole.
        return (try? RunCommand.parseAsRoot(Array(arguments.dropFirst()))) as? RunCommand
    }
}
