import ArgumentParser
import Fleet
import Foundation
import Pipeline
import Settings
import Store

struct RunsRetryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "retry",
        abstract: "Submit a run that has ended once more, as a new run that names the old one.",
        discussion: """
            The new run does what the old one was asked to do: the same pipeline text, variables, sink and limits,
            whatever the file says by now. Of a workflow: what
            "quicketl workflow resume" does. With --key, repeating this command is safe.
            """)

    @OptionGroup var services: ServiceOptions
    @OptionGroup var output: OutputOptions

    @Argument(help: "The run's id, or the beginning of it.")
    var run: String

    @Option(name: [.long, .customShort("e")], help: "auto, duckdb or spark, instead of what was asked for then.")
    var engine: String?

    @Option(help: "high, normal or low, instead of what was asked for then.", transform: PriorityName.parse)
    var priority: Priority?

    @Option(help: ArgumentHelp("Attempts after the first that transient failures may cause.", valueName: "n"))
    var retries: Int?

    @Option(
        help: ArgumentHelp("Longest attempt: seconds, or 90s, 5m, 2h.", valueName: "time"), transform: TimeOption.parse)
    var timeout: Duration?

    @Option(help: ArgumentHelp("Idempotency key: the same key is the same run.", valueName: "text"))
    var key: String?

    @Flag(name: [.long, .customShort("w")], help: "Wait for the end of the run and show its progress.")
    var wait = false

    func validate() throws {
        if let retries, !(0...RequestLimits.retries).contains(retries) {
            throw ValidationError("--retries must be between 0 and \(RequestLimits.retries)")
        }
        if let key, key.isEmpty || key.utf8.count > 512 { throw ValidationError("--key must have 1 to 512 bytes") }
    }

    func run() async throws {
        let settings = try services.settings()
        let wanted = run
        let workflow = try await Services.withStore(of: settings) { store -> RunID? in
            guard case .workflow(let detail) = try await RunOrWorkflow.find(wanted, in: store) else { return nil }
            return detail.summary.workflowID
        }
        if let workflow {
            guard engine == nil, priority == nil, retries == nil, timeout == nil, key == nil else {
                throw Stop(.wrongUse, "\(workflow) is a workflow: its runs are repeated as they were asked for")
            }
            return try await WorkflowSubmission(settings: settings, isJSON: output.json, waits: wait).resume(workflow)
        }
        let earlier = try await Services.withStore(of: settings) { store in
            let summary = try await RunLookup.find(wanted, in: store).summary
            guard summary.state.isFinal else {
                throw Stop(
                    .failed,
                    "run \(summary.runID) has not ended: it is \(summary.state.rawValue); wait for it or cancel it"
                )
            }
            guard let request = try await store.history.request(of: summary.runID) else {
                throw Stop(.failed, "the request of run \(summary.runID) is not on record any more")
            }
            return request
        }
        let request = try again(earlier)
        let handedIn = try await Interrupt.ends { try await Submission(settings: settings).submit(request) }
        if !output.json {
            for problem in handedIn.problems { Console.note("warning: \(problem)") }
            Console.note(
                handedIn.isRepetition
                    ? "run \(request.runID) was submitted before" : "submitted \(request.pipelineName) again")
        }
        guard wait else {
            guard output.json else { return Console.say(request.runID.description) }
            return try JSONText.show([
                "run_id": request.runID.description, "retry_of": earlier.runID.description, "state": "submitted",
            ])
        }
        try await RunWatch(settings: settings, isQuiet: output.json, label: request.pipelineName)
            .untilEnd(of: request.runID, asJSON: output.json)
    }

    private func again(_ earlier: RunRequest) throws -> RunRequest {
        var request = earlier
        request.runID = key.map(RunID.derived(fromKey:)) ?? .random()
        request.retryOf = earlier.runID
        request.idempotencyKey = key
        request.engine = try EngineName.choice(engine) ?? earlier.engine
        request.priority = priority ?? earlier.priority
        request.retries = retries ?? earlier.retries
        request.timeoutSeconds = timeout.map { $0 / .seconds(1) } ?? earlier.timeoutSeconds
        request.submittedAt = Date()
        request.submittedBy = Submission.submitter
        return request
    }
}
