import ArgumentParser
import Fleet
import Foundation
import Pipeline
import Store

struct RunsListCommand: AsyncParsableCommand, AnswersInJSON {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "The latest runs first.",
        discussion: """
            Conditions add up:

              quicketl runs list --state failed --since 24h
              quicketl runs list --pipeline daily_delays --var DATE=2013-01-01
              quicketl runs list --dataset out/daily --engine duckdb --limit 10
              quicketl runs list --before RUN                  the next page: what stands behind that run
            """)

    @OptionGroup var services: ServiceOptions
    @OptionGroup var output: OutputOptions

    @Option(
        help: ArgumentHelp(
            "Only runs in this state: \(RunState.allCases.map(\.rawValue).joined(separator: ", ")).", valueName: "state"
        ),
        transform: { text in
            guard let state = RunState(rawValue: text) else {
                throw ValidationError("\"\(text)\" is no state of a run")
            }
            return state
        })
    var state: RunState?

    @Option(help: ArgumentHelp("Only runs of this pipeline.", valueName: "name"))
    var pipeline: String?

    @Option(
        help: ArgumentHelp(
            "Only runs submitted since then: a day, a moment (RFC 3339), or 90s, 5m, 24h, 7d back.", valueName: "time"),
        transform: SinceOption.parse)
    var since: Date?

    @Option(help: ArgumentHelp("Only runs that this engine executed: duckdb or spark.", valueName: "name"))
    var engine: String?

    @Option(help: ArgumentHelp("Only runs that read or wrote this dataset.", valueName: "path or name"))
    var dataset: String?

    @Option(
        name: .customLong("var"),
        help: ArgumentHelp("Only runs with this variable; may be repeated.", valueName: "name=value"))
    var variables: [Assignment] = []

    @Option(help: ArgumentHelp("Only runs of this workflow.", valueName: "workflow"))
    var workflow: String?

    @Option(help: ArgumentHelp("Only runs that stand behind this one in the list.", valueName: "run"))
    var before: String?

    @Option(help: "How many at most.")
    var limit = 50

    func validate() throws {
        guard (1...10_000).contains(limit) else { throw ValidationError("--limit must be between 1 and 10000") }
    }

    func run() async throws {
        let settings = try services.settings()
        let (limit, last, ofWorkflow) = (limit, before, workflow)
        let names = dataset.map { DatasetName.candidates($0).map(\.name) }
        let filter = RunFilter(
            state: state, pipeline: pipeline, since: since, engine: engine,
            variables: variables.map { RunFilter.Variable(name: $0.name, value: $0.value) })
        let runs = try await Services.withStore(of: settings) { store in
            var filter = filter
            if let last { filter.before = try await RunLookup.find(last, in: store).summary.runID }
            if let ofWorkflow { filter.workflow = try await WorkflowLookup.find(ofWorkflow, in: store) }
            guard let names else { return try await store.history.listRuns(filter, limit: limit) }
            for name in names {
                filter.dataset = name
                let runs = try await store.history.listRuns(filter, limit: limit)
                if !runs.isEmpty { return runs }
            }
            return []
        }
        if output.json { return try JSONText.show(["runs": runs]) }
        guard !runs.isEmpty else { return Console.note("no runs") }
        var table = TextTable(["run", "pipeline", "state", "engine", "tries", "submitted", "took", "rows", "error"])
        for run in runs {
            table.add([
                .init(run.runID.description), .init(run.pipeline), .init(run.state.rawValue, StateColour.of(run.state)),
                .init(run.engine ?? "-"), .init(String(run.attempts), isNumber: true),
                .init(Moment.shown(run.submittedAt)),
                .init(Moment.span(run.durationMilliseconds.map { Double($0) / 1000 }), isNumber: true),
                .init(Amount.count(run.rowsOut), isNumber: true), .init(Self.short(run.error)),
            ])
        }
        table.show()
    }

    private static func short(_ error: String?) -> String {
        guard let line = error?.split(separator: "\n").first else { return "" }
        return line.count > 60 ? line.prefix(59) + "…" : String(line)
    }
}

/// A moment as people write it.
enum SinceOption {
    @Sendable static func parse(_ text: String) throws -> Date {
        if let moment = RFC3339.date(from: text) ?? RFC3339.date(from: "\(text)T00:00:00Z") { return moment }
        if let back = DurationText.duration(text), back > .zero {
            return Date(timeIntervalSinceNow: -(back / .seconds(1)))
        }
        if text.hasSuffix("d"), let days = Int(text.dropLast()), (1...100_000).contains(days) {
            return Date(timeIntervalSinceNow: -Double(days) * 86_400)
        }
        throw ValidationError("\"\(text)\" is no moment; write 2013-01-01, 2013-01-01T06:00:00Z, or 24h, 7d")
    }
}

enum StateColour {
    static func of(_ state: RunState) -> Console.Colour? {
        switch state {
        case .succeeded: .green
        case .failed, .dead: .red
        case .running, .publishing: .blue
        case .cancelled: .yellow
        case .held, .submitted, .queued, .blocked, .waiting, .skipped: .grey
        }
    }
}
