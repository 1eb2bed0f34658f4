import ArgumentParser
import Fleet
import Pipeline
import Store

struct RunsCancelCommand: AsyncParsableCommand, AnswersInJSON {
    static let configuration = CommandConfiguration(
        commandName: "cancel",
        abstract: "Cancel a run that is not being published yet, or a workflow.",
        discussion:
            "A run that is running is said to be cancelled only when its process is dead; --wait waits for that.")

    @OptionGroup var services: ServiceOptions
    @OptionGroup var output: OutputOptions

    @Argument(help: "The run's id, or the beginning of it.")
    var run: String

    @Flag(name: [.long, .customShort("w")], help: "Wait until the run has ended.")
    var wait = false

    func run() async throws {
        let settings = try services.settings()
        let wanted = run
        let (id, answer) = try await Services.withStore(of: settings) { store -> (RunID, CancelAnswer?) in
            switch try await RunOrWorkflow.find(wanted, in: store) {
            case .run(let detail): (detail.summary.runID, try await store.runs.cancel(detail.summary.runID))
            case .workflow(let detail): (detail.summary.workflowID, nil)
            }
        }
        guard let answer else {
            return try await WorkflowCancellation(settings: settings, isJSON: output.json, waits: wait).cancel(id)
        }
        switch answer {
        case .cancelled: try say(id, .cancelled)
        case .requested where wait:
            try await RunWatch(settings: settings, isQuiet: output.json, label: id.description)
                .untilEnd(of: id, expecting: .cancelled, asJSON: output.json)
        case .requested: try say(id, .running, "its worker has been asked to stop it")
        case .tooLate: throw Stop(.failed, "run \(id) is being published already")
        case .ended(let state): throw Stop(.failed, "run \(id) had ended before: \(state.rawValue)")
        case .unknown: throw Stop(.failed, "there is no run \(id)")
        }
    }

    private func say(_ id: RunID, _ state: RunState, _ more: String = "") throws {
        if output.json { return try JSONText.show(["run_id": id.description, "state": state.rawValue]) }
        Console.say("\(id) \(state.rawValue)\(more.isEmpty ? "" : ": \(more)")")
    }
}
