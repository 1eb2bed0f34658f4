import ArgumentParser
import Fleet
import Foundation
import Pipeline
import Store

struct PipelinesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pipelines", abstract: "Ask how pipelines are doing.",
        subcommands: [PipelinesListCommand.self, PipelinesShowCommand.self],
        defaultSubcommand: PipelinesListCommand.self)
}

struct PipelinesListCommand: AsyncParsableCommand, AnswersInJSON {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Every pipeline that was ever submitted: success rate, durations, engines, age of its newest result.")

    @OptionGroup var services: ServiceOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let settings = try services.settings()
        let pipelines = try await Services.withStore(of: settings) { try await $0.history.listPipelines() }
        if output.json { return try JSONText.show(["pipelines": pipelines]) }
        guard !pipelines.isEmpty else { return Console.note("no pipelines") }
        var table = TextTable(["pipeline", "runs", "open", "failed", "success", "p50", "p95", "last success", "age"])
        for pipeline in pipelines {
            table.add([
                .init(pipeline.pipeline), .init(Amount.count(pipeline.runs), isNumber: true),
                .init(Amount.count(pipeline.open), isNumber: true),
                .init(Amount.count(pipeline.failed), pipeline.failed > 0 ? .red : nil, isNumber: true),
                .init(ShownPipeline.percent(pipeline.successRate), isNumber: true),
                .init(Moment.span(pipeline.p50DurationMilliseconds.map { $0 / 1000 }), isNumber: true),
                .init(Moment.span(pipeline.p95DurationMilliseconds.map { $0 / 1000 }), isNumber: true),
                .init(Moment.shown(pipeline.lastSuccessAt)),
                .init(Moment.span(pipeline.freshnessSeconds.map(Double.init)), isNumber: true),
            ])
        }
        table.show()
    }
}

struct PipelinesShowCommand: AsyncParsableCommand, AnswersInJSON {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "One pipeline: its numbers, its latest runs, and its definition.")

    @OptionGroup var services: ServiceOptions
    @OptionGroup var output: OutputOptions

    @Argument(help: "The pipeline's name.")
    var name: String

    func run() async throws {
        let settings = try services.settings()
        let wanted = name
        let shown = try await Services.withStore(of: settings) { store in
            guard let summary = try await store.history.listPipelines(named: wanted).first,
                let definition = try await store.history.definition(of: wanted)
            else { throw Stop(.failed, "no run of a pipeline \"\(wanted)\" is on record; see quicketl pipelines list") }
            return ShownPipeline(
                summary: summary, digest: definition.digest, definition: definition.yaml,
                latestRuns: try await store.history.listRuns(RunFilter(pipeline: wanted), limit: 10))
        }
        if output.json { return try JSONText.show(shown) }
        shown.show()
    }
}

/// A pipeline as `show` shows it.
private struct ShownPipeline: Encodable {
    var summary: PipelineSummary
    var digest: String
    var definition: String
    var latestRuns: [RunSummary]

    func show() {
        Console.say("pipeline   \(summary.pipeline)")
        Console.say(
            "runs       \(Amount.count(summary.runs)), \(Amount.count(summary.succeeded)) succeeded, \(Amount.count(summary.failed)) failed, \(Amount.count(summary.open)) open"
        )
        Console.say("success    \(Self.percent(summary.successRate))")
        Console.say(
            "takes      \(Moment.span(summary.p50DurationMilliseconds.map { $0 / 1000 })) as a rule, \(Moment.span(summary.p95DurationMilliseconds.map { $0 / 1000 })) in the worst twentieth"
        )
        Console.say("engines    duckdb \(Self.percent(summary.duckdbShare)), spark \(Self.percent(summary.sparkShare))")
        Console.say("succeeded  \(Moment.shown(summary.lastSuccessAt))")
        Console.say("\n\(Console.coloured("latest runs", .bold))")
        for run in latestRuns {
            Console.say(
                "  \(run.runID)  \(Console.coloured(run.state.rawValue, StateColour.of(run.state)))  \(Moment.shown(run.submittedAt))"
            )
        }
        Console.say("\n\(Console.coloured("definition \(digest.prefix(12))", .bold))\n\(definition)")
    }

    static func percent(_ share: Double?) -> String { share.map { String(format: "%.1f %%", $0 * 100) } ?? "-" }
}
