import ArgumentParser
import Foundation
import Pipeline

struct TriggersTestCommand: AsyncParsableCommand, AnswersInJSON {
    static let configuration = CommandConfiguration(
        commandName: "test",
        abstract: "Show what triggers would make of a message about landings, without starting anything.",
        discussion: """
            EVENT.json is a message as services publish it: an S3, EventBridge, Cloud Storage or Event Grid
            notification, a CloudEvent, or quicketl's own form. Exit codes: 0 something matches, 1 nothing does.
            """)

    @Argument(
        help: ArgumentHelp("The message (JSON).", valueName: "event.json"), completion: .file(extensions: ["json"]))
    var event: String

    @Option(help: ArgumentHelp("The folder with trigger files, or one file.", valueName: "folder"))
    var triggers = TriggerFolder.defaultName

    @OptionGroup var scope: ScopeOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let loaded = try TriggerFolder.load(triggers, scope)
        let text: String
        do {
            text = try TextFile.read(event)
        } catch {
            throw Stop(.failed, "\(event) could not be read: \(error.reason)")
        }
        let message: LandingMessage
        do {
            message = try LandingMessage.decode(Data(text.utf8))
        } catch {
            throw Stop(.failed, "\(event): \(error)")
        }
        let landings = message.landings.map { ShownLanding($0, loaded.triggers) }
        if output.json {
            try JSONText.show(Answer(landings: landings, ignored: message.ignored, problems: message.problems))
        } else {
            for landing in landings { landing.show() }
            if message.ignored > 0 { Console.note("\(message.ignored) of its events tell of no arrival") }
            for problem in message.problems { Console.note("\(event): \(problem)") }
        }
        guard landings.contains(where: { !$0.matches.isEmpty }) else {
            throw Stop(.failed, output.json ? nil : "no trigger matches")
        }
    }

    private struct Answer: Encodable {
        var landings: [ShownLanding]
        var ignored: Int
        var problems: [String]
    }
}

/// A landing, and what triggers make of it.
struct ShownLanding: Encodable {
    var uri: String
    var revision: String
    var kind: String
    var size: Int64?
    var matches: [Match]

    struct Match: Encodable {
        var trigger: String
        /// `run`, `workflow`, `group` or `error`.
        var outcome: String
        /// Why there is no request.
        var problem: String?
        /// Values that the landings of the group share.
        var group: [Variable]?
        var request: Request?
        var workflow: Workflow?
    }

    struct Workflow: Encodable {
        var workflowId: String
        var workflowName: String
        var trigger: String?
        var runs: [Request]
    }

    /// Names are the author's own: no object's keys.
    struct Variable: Encodable {
        var name: String
        var value: String
    }

    struct Request: Encodable {
        var runId: String
        var pipelineName: String
        var variables: [Variable]
        var engine: String
        var priority: String
        var concurrencyKey: String
        var idempotencyKey: String?
        var trigger: String?
    }

    init(_ landing: Landing, _ triggers: [LoadedTrigger]) {
        uri = landing.uri
        revision = landing.revision
        kind = landing.kind.rawValue
        size = landing.size
        matches = triggers.flatMap { trigger in
            trigger.spec.effects(of: landing).map { Self.match(trigger, $0) }
        }
    }

    private static func match(_ trigger: LoadedTrigger, _ effect: TriggerSpec.Effect) -> Match {
        let name = trigger.spec.name.text
        switch effect {
        case .join(let entry): return Match(trigger: name, outcome: "group", group: variables(entry.captures))
        case .run(let occasion):
            do {
                switch try trigger.work(for: occasion, at: Date()) {
                case .run(let request): return Match(trigger: name, outcome: "run", request: shown(request))
                case .workflow(let workflow):
                    return Match(
                        trigger: name, outcome: "workflow",
                        workflow: Workflow(
                            workflowId: workflow.workflowID.description, workflowName: workflow.name,
                            trigger: workflow.trigger, runs: workflow.runs.map(shown)))
                }
            } catch {
                return Match(trigger: name, outcome: "error", problem: error.description)
            }
        }
    }

    private static func shown(_ request: RunRequest) -> Request {
        Request(
            runId: request.runID.description, pipelineName: request.pipelineName,
            variables: variables(request.variables), engine: request.engine.rawValue,
            priority: request.priority.rawValue, concurrencyKey: request.concurrencyKey,
            idempotencyKey: request.idempotencyKey, trigger: request.trigger)
    }

    private static func variables(_ values: [String: String]) -> [Variable] {
        values.sorted { $0.key < $1.key }.map { Variable(name: $0.key, value: $0.value) }
    }

    func show() {
        Console.say("\(uri)  (\(revision))")
        if matches.isEmpty { Console.say("  no trigger matches") }
        for match in matches {
            func list(_ variables: [Variable]) -> String {
                variables.map { "\($0.name)=\($0.value)" }.joined(separator: " ")
            }
            if let request = match.request {
                Console.say("  \(match.trigger): run \(request.runId) of \(request.pipelineName)")
                Console.say("    variables        \(list(request.variables))")
                Console.say("    engine           \(request.engine), priority \(request.priority)")
                Console.say("    concurrency key  \(request.concurrencyKey)")
            } else if let workflow = match.workflow {
                Console.say("  \(match.trigger): workflow \(workflow.workflowId), \(workflow.workflowName)")
                for run in workflow.runs {
                    Console.say("    \(run.pipelineName)  \(list(run.variables))  to \(run.concurrencyKey)")
                }
            } else if let group = match.group {
                Console.say("  \(match.trigger): waits for others of the group \(list(group))")
            } else {
                Console.say("  \(match.trigger): no run: \(match.problem ?? "")")
            }
        }
    }
}
