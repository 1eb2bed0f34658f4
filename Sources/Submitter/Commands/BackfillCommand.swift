import ArgumentParser
import Fleet
import Foundation
import Pipeline
import Settings
import Store

struct BackfillCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backfill",
        abstract: "Run a pipeline or a workflow for whole ranges of its variables.",
        subcommands: [
            BackfillStartCommand.self, BackfillListCommand.self, BackfillShowCommand.self, BackfillCancelCommand.self,
        ],
        defaultSubcommand: BackfillStartCommand.self)
}

struct BackfillStartCommand: AsyncParsableCommand, AnswersInJSON {
    static let configuration = CommandConfiguration(
        commandName: "start",
        abstract: "Hand in a run for each combination of values.",
        discussion: """
            --var DATE=2013-01-01..2013-12-31 goes through days (/1w, /1m and /1y step further), 1..12 through whole
            numbers, north,south through a list. Runs have low priority unless --priority says otherwise, and at most
            --parallel of the pipeline are executed at a time. Exit codes with --wait: 0 all succeeded, 1 some did not.
            """)

    @OptionGroup var pipeline: PipelineOptions
    @OptionGroup var services: ServiceOptions
    @OptionGroup var output: OutputOptions

    @Option(help: "Runs of the pipeline that may be executed at a time.")
    var parallel = 4

    @Flag(help: "Only combinations without a run that succeeded or is under way (the default).")
    var onlyMissing = false

    @Flag(help: "Only combinations whose latest run did not succeed.")
    var failed = false

    @Flag(help: "All combinations, whatever ran before.")
    var all = false

    @Flag(help: "Show which runs there would be, and hand in none.")
    var dryRun = false

    @Flag(name: [.long, .customShort("w")], help: "Wait for the end of all runs and show the progress.")
    var wait = false

    @Option(name: [.long, .customShort("e")], help: "auto, duckdb or spark; overrides the pipeline's own.")
    var engine: String?

    @Option(help: "high, normal or low (low).", transform: PriorityName.parse)
    var priority: Priority?

    func validate() throws {
        guard (1...1_000).contains(parallel) else { throw ValidationError("--parallel must be between 1 and 1000") }
        guard [onlyMissing, failed, all].count(where: \.self) <= 1 else {
            throw ValidationError("--only-missing, --failed and --all exclude each other")
        }
    }

    func run() async throws {
        let engine = try EngineName.choice(engine)
        let settings = try services.settings()
        let (priority, choice, isDry) = (priority, choice, dryRun)
        // Below what people wait for.
        let drafted = try await BackfillPlan.make(
            pipeline, BackfillPlan.Wishes(parallel: parallel, engine: engine, priority: priority ?? .low))
        if !output.json { for warning in drafted.warnings { Console.note(warning.description) } }
        let plan = try await Interrupt.ends {
            try await Services.withStore(of: settings) { store in
                var plan = drafted
                try await plan.choose(choice, store)
                if !isDry { try await plan.handIn(store) }
                return plan
            }
        }
        if isDry || !output.json { say(plan) }
        if isDry || plan.requests.isEmpty {
            if output.json { try JSONText.show(Answer(plan, isDry: isDry)) }
            return
        }
        guard wait else {
            if output.json { try JSONText.show(Answer(plan, isDry: false)) } else { Console.say(plan.shownID) }
            return
        }
        let end = try await Interrupt.ends {
            try await Services.withStore(of: settings) {
                try await BackfillWatch(store: $0, isQuiet: output.json).untilEnd(of: plan.shownID)
            }
        }
        if output.json {
            Console.say(String(decoding: try RunHistory.jsonEncoder().encode(end), as: UTF8.self))
        } else {
            BackfillWatch.say(end)
        }
        if end.succeeded < end.runs { throw Stop(.failed, output.json ? nil : "not every run succeeded") }
    }

    private var choice: BackfillPlan.Choice { all ? .all : failed ? .failed : .missing }

    private func say(_ plan: BackfillPlan) {
        guard !output.json else { return }
        if dryRun { for index in plan.requests.indices { Console.say(plan.describe(index)) } }
        let rest = plan.skipped > 0 ? ", \(plan.skipped) left out" : ""
        Console.note("\(plan.requests.count) runs\(rest)\(dryRun ? "; nothing was handed in" : "")")
    }

    private struct Answer: Encodable {
        var backfillId: String?
        var runs: [Run]
        var skipped: Int

        struct Run: Encodable {
            var runId: String
            var values: String
        }

        init(_ plan: BackfillPlan, isDry: Bool) {
            backfillId = isDry || plan.requests.isEmpty ? nil : plan.shownID
            runs = plan.requests.indices.map {
                Run(runId: plan.requests[$0].id.description, values: plan.describe($0))
            }
            skipped = plan.skipped
        }
    }
}

struct BackfillListCommand: AsyncParsableCommand, AnswersInJSON {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "The latest backfills first.")

    @OptionGroup var services: ServiceOptions
    @OptionGroup var output: OutputOptions

    @Option(help: "How many at most.")
    var limit = 50

    func validate() throws {
        guard (1...10_000).contains(limit) else { throw ValidationError("--limit must be between 1 and 10000") }
    }

    func run() async throws {
        let limit = limit
        let backfills = try await Services.withStore(of: try services.settings()) {
            try await $0.runs.listBackfills(limit: limit)
        }
        if output.json {
            return Console.say(
                String(decoding: try RunHistory.jsonEncoder().encode(["backfills": backfills]), as: UTF8.self))
        }
        guard !backfills.isEmpty else { return Console.note("no backfills") }
        var table = TextTable(["backfill", "pipeline", "begun", "runs", "succeeded", "failed", "cancelled", "to come"])
        for backfill in backfills {
            table.add([
                .init(backfill.backfillID.uuidString.lowercased()), .init(backfill.pipeline),
                .init(Moment.shown(backfill.createdAt)), .init(String(backfill.runs), isNumber: true),
                .init(String(backfill.succeeded), isNumber: true), .init(String(backfill.failed), isNumber: true),
                .init(String(backfill.cancelled), isNumber: true), .init(String(backfill.unfinished), isNumber: true),
            ])
        }
        table.show()
    }
}

struct BackfillShowCommand: AsyncParsableCommand, AnswersInJSON {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "How a backfill stands, and what failed.")

    @OptionGroup var services: ServiceOptions
    @OptionGroup var output: OutputOptions

    @Argument(help: "The backfill's id, or the beginning of it.")
    var backfill: String

    func run() async throws {
        let wanted = backfill
        let (found, failures) = try await Services.withStore(of: try services.settings()) { store in
            let found = try await BackfillWatch.find(wanted, in: store)
            return (found, try await store.runs.failures(of: found.backfillID, limit: 20))
        }
        if output.json {
            return Console.say(String(decoding: try RunHistory.jsonEncoder().encode(found), as: UTF8.self))
        }
        BackfillWatch.say(found)
        for failure in failures {
            let values = failure.variables.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
            Console.say("  \(failure.runID) \(values.joined(separator: " ")): \(failure.error ?? "failed")")
        }
    }
}

struct BackfillCancelCommand: AsyncParsableCommand, AnswersInJSON {
    static let configuration = CommandConfiguration(
        commandName: "cancel", abstract: "Cancel every run of a backfill that is not being published yet.")

    @OptionGroup var services: ServiceOptions
    @OptionGroup var output: OutputOptions

    @Argument(help: "The backfill's id, or the beginning of it.")
    var backfill: String

    func run() async throws {
        let wanted = backfill
        let (cancelled, requested) = try await Services.withStore(of: try services.settings()) { store in
            let found = try await BackfillWatch.find(wanted, in: store)
            var (cancelled, requested) = (0, 0)
            for run in try await store.runs.unfinishedRuns(of: found.backfillID) {
                switch try await store.runs.cancel(run) {
                case .cancelled: cancelled += 1
                case .requested: requested += 1
                case .tooLate, .ended, .unknown: break
                }
            }
            for workflow in try await store.runs.unfinishedWorkflows(of: found.backfillID) {
                guard try await store.runs.cancelWorkflow(workflow) else { continue }
                if try await store.history.workflow(workflow)?.summary.state.isFinal == true {
                    cancelled += 1
                } else {
                    requested += 1
                }
            }
            return (cancelled, requested)
        }
        if output.json { return try JSONText.show(["cancelled": cancelled, "asked_to_stop": requested]) }
        Console.say("\(cancelled) runs cancelled, \(requested) asked to stop")
    }
}
