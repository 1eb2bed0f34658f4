import ArgumentParser
import Fleet
import Pipeline
import Settings
import Store

struct RunsEventsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "events",
        abstract: "The OpenLineage events of a run or a workflow, one JSON object per line.",
        discussion: """
            As workers send them where lineage_url or lineage_topic is set; here also without a receiver, for example to
            bring old runs into a catalogue:

              quicketl runs events RUN | while read -r event; do
                curl -X POST -H 'Content-Type: application/json' -d "$event" http://marquez:5000/api/v1/lineage
              done
            """)

    @OptionGroup var services: ServiceOptions

    @Argument(help: "The run's id, or the beginning of it.")
    var run: String

    func run() async throws {
        let settings = try services.settings()
        let wanted = run
        let builder = EventBuilder(of: settings)
        let events = try await Services.withStore(of: settings) { store in
            switch try await RunOrWorkflow.find(wanted, in: store) {
            case .run(let run): try await store.history.events(of: run.summary.runID, builder: builder)
            case .workflow(let workflow):
                try await store.history.events(ofWorkflow: workflow.summary.workflowID, builder: builder)
            }
        }
        for event in events { Console.say(event.line) }
    }
}
