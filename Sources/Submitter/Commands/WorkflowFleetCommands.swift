import ArgumentParser
import Fleet
import Foundation
import Pipeline
import Store

struct WorkflowSubmitCommand: AsyncParsableCommand, AnswersInJSON {
    static let configuration = CommandConfiguration(
        commandName: "submit",
        abstract: "Hand a workflow to the fleet.",
        discussion: """
            All its runs are on record at once, and each starts when what stands before it has succeeded, whoever dies
            meanwhile. The same as "quicketl submit" with a workflow file; see there.
            """)

    @OptionGroup var command: SubmitCommand

    var output: OutputOptions { command.output }

    func validate() throws { try command.validate() }

    func run() async throws { try await command.submitWorkflow() }
}

struct WorkflowListCommand: AsyncParsableCommand, AnswersInJSON {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Workflows of the fleet, the latest first.")

    @OptionGroup var services: ServiceOptions
    @OptionGroup var output: OutputOptions

    @Option(help: ArgumentHelp("Only workflows of this name.", valueName: "name"))
    var name: String?

    @Option(
        help: ArgumentHelp(
            "Only workflows in this state: \(WorkflowState.allCases.map(\.rawValue).joined(separator: ", ")).",
            valueName: "state"),
        transform: { text in
            guard let state = WorkflowState(rawValue: text) else {
                throw ValidationError("\"\(text)\" is no state of a workflow")
            }
            return state
        })
    var state: WorkflowState?

    @Option(help: "How many at most.")
    var limit = 50

    func validate() throws {
        guard (1...10_000).contains(limit) else { throw ValidationError("--limit must be between 1 and 10000") }
    }

    func run() async throws {
        let (name, state, limit) = (name, state, limit)
        let workflows = try await Services.withStore(of: try services.settings()) {
            try await $0.history.listWorkflows(named: name, state: state, limit: limit)
        }
        if output.json {
            let data = try RunHistory.jsonEncoder().encode(["workflows": workflows])
            return Console.say(String(decoding: data, as: UTF8.self))
        }
        guard !workflows.isEmpty else { return Console.note("no workflows") }
        var table = TextTable(["id", "workflow", "state", "submitted", "runs"])
        for workflow in workflows {
            table.add([
                .init(workflow.workflowID.description), .init(workflow.workflow),
                .init(workflow.state.rawValue, WorkflowTree.colour(workflow.state)),
                .init(Moment.shown(workflow.submittedAt)), .init(WorkflowTree.counts(workflow)),
            ])
        }
        table.show()
    }
}

struct WorkflowShowCommand: AsyncParsableCommand, AnswersInJSON {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "A workflow of the fleet with its runs, as a tree.")

    @OptionGroup var services: ServiceOptions
    @OptionGroup var output: OutputOptions

    @Argument(help: "The workflow's id, or the beginning of it.")
    var workflow: String

    func run() async throws {
        let wanted = workflow
        let detail = try await Services.withStore(of: try services.settings()) { store in
            let id = try await WorkflowLookup.find(wanted, in: store)
            return try await store.history.workflow(id)
        }
        guard let detail else { throw Stop(.failed, "workflow \(wanted) has just been removed") }
        try WorkflowTree(detail).show(asJSON: output.json)
    }
}

struct WorkflowCancelCommand: AsyncParsableCommand, AnswersInJSON {
    static let configuration = CommandConfiguration(
        commandName: "cancel",
        abstract: "Cancel a workflow: nothing more of it starts, and what runs is stopped.",
        discussion: "What is being published already is published; --wait waits for the end of all runs.")

    @OptionGroup var services: ServiceOptions
    @OptionGroup var output: OutputOptions

    @Argument(help: "The workflow's id, or the beginning of it.")
    var workflow: String

    @Flag(name: [.long, .customShort("w")], help: "Wait until all its runs have ended.")
    var wait = false

    func run() async throws {
        let settings = try services.settings()
        let wanted = workflow
        let id = try await Services.withStore(of: settings) { try await WorkflowLookup.find(wanted, in: $0) }
        try await WorkflowCancellation(settings: settings, isJSON: output.json, waits: wait).cancel(id)
    }
}

struct WorkflowResumeCommand: AsyncParsableCommand, AnswersInJSON {
    static let configuration = CommandConfiguration(
        commandName: "resume",
        abstract: "Run what of a workflow has not succeeded once more.",
        discussion: """
            A new workflow, which names the old one: runs that succeeded stand in it as they are, the others are
            repeated as they were asked for, whatever the files say by now. Repeating this command is safe: it is the
            same resumption. One that fails is resumed by its own id.
            """)

    @OptionGroup var services: ServiceOptions
    @OptionGroup var output: OutputOptions

    @Argument(help: "The workflow's id, or the beginning of it.")
    var workflow: String

    @Flag(name: [.long, .customShort("w")], help: "Wait for the end of all runs and show the progress.")
    var wait = false

    func run() async throws {
        let settings = try services.settings()
        let wanted = workflow
        let id = try await Services.withStore(of: settings) { try await WorkflowLookup.find(wanted, in: $0) }
        try await WorkflowSubmission(settings: settings, isJSON: output.json, waits: wait).resume(id)
    }
}
