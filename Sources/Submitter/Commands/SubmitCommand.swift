import ArgumentParser
import Fleet
import Foundation
import Logging
import Pipeline
import Queue
import Settings
import Store

struct SubmitCommand: AsyncParsableCommand, AnswersInJSON {
    static let configuration = CommandConfiguration(
        commandName: "submit",
        abstract: "Hand a run, or a workflow, to the fleet.",
        discussion: """
            Checks the pipeline, publishes the request to Kafka and records it in PostgreSQL. One of the two is enough:
            the run is not lost once this command has answered with its id. With --key, submitting again is safe: the
            same key is the same run, and the same key with other content is an error.
            A file with stages is a workflow: one message, all runs of which are on record at once, each started when
            what stands before it has succeeded.
            Exit codes with --wait: 0 succeeded, 1 failed or cancelled.
            """)

    @OptionGroup var pipeline: PipelineOptions
    @OptionGroup var services: ServiceOptions
    @OptionGroup var output: OutputOptions

    @Option(name: [.long, .customShort("e")], help: "auto, duckdb or spark; overrides the pipeline's own.")
    var engine: String?

    @Option(help: "high, normal or low.", transform: PriorityName.parse)
    var priority: Priority?

    @Option(help: ArgumentHelp("Idempotency key: the same key is the same run.", valueName: "text"))
    var key: String?

    @Option(help: ArgumentHelp("Attempts after the first that transient failures may cause.", valueName: "n"))
    var retries: Int?

    @Option(
        help: ArgumentHelp(
            "After this time an attempt is stopped and the run fails: seconds, or 90s, 5m, 2h.", valueName: "time"),
        transform: TimeOption.parse)
    var timeout: Duration?

    @Flag(inversion: .prefixedNo, help: "Whether a failed check fails the run and keeps its output back.")
    var failOnChecks = true

    @Flag(name: [.long, .customShort("w")], help: "Wait for the end of the run and show its progress.")
    var wait = false

    func validate() throws {
        if let retries, !(0...100).contains(retries) { throw ValidationError("--retries must be between 0 and 100") }
        if let key, key.isEmpty || key.utf8.count > 512 { throw ValidationError("--key must have 1 to 512 bytes") }
    }

    func run() async throws {
        if try WorkflowLoader.isWorkflow(WorkflowOptions.text(pipeline.file)) { return try await submitWorkflow() }
        let read = try pipeline.load(isQuiet: output.json)
        let loaded = read.loaded
        var codes = SourceCodes()
        await codes.look(at: pipeline.file, yaml: read.yaml)
        let request = try makeRequest(read, codes)
        let settings = try services.fleetSettings(waits: wait)
        let handedIn = try await Interrupt.ends { try await Submission(settings: settings).submit(request) }
        if !output.json {
            for problem in handedIn.problems { Console.note("warning: \(problem)") }
            Console.note(
                handedIn.isRepetition ? "run \(request.runID) was submitted before" : "submitted \(loaded.spec.name)")
        }
        guard wait else {
            if output.json {
                try JSONText.show(Submitted(runID: request.runID.description, state: "submitted"))
            } else {
                Console.say(request.runID.description)
            }
            return
        }
        try await RunWatch(settings: settings, isQuiet: output.json, label: loaded.spec.name)
            .untilEnd(of: request.runID, asJSON: output.json)
    }

    func submitWorkflow() async throws {
        let draft = WorkflowDraft(
            file: pipeline.file, key: key, engine: try EngineName.choice(engine), priority: priority,
            retries: retries, timeout: timeout, failOnChecks: failOnChecks)
        let request = try await draft.request(pipeline.scope, isQuiet: output.json)
        let settings = try services.fleetSettings(waits: wait)
        try await WorkflowSubmission(settings: settings, isJSON: output.json, waits: wait).handIn(request)
    }

    private func makeRequest(_ read: PipelineOptions.Read, _ codes: SourceCodes) throws -> RunRequest {
        try RequestDraft(
            file: pipeline.file, yaml: read.yaml, project: read.project, key: key,
            engine: try EngineName.choice(engine), priority: priority, retries: retries, timeout: timeout,
            failOnChecks: failOnChecks, sourceCode: codes[pipeline.file]
        ).request(read.loaded)
    }

    private struct Submitted: Encodable {
        var runID: String
        var state: String

        private enum CodingKeys: String, CodingKey {
            case runID = "run_id"
            case state
        }
    }
}
