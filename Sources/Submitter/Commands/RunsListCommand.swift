import ArgumentParser
import Fleet
import Foundation
import Pipeline
import Store

struct RunsListCommand: AsyncParsableCommand, AnswersInJSON {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "The latest runs first.")

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

    @Option(help: "How many at most.")
    var limit = 50

    func validate() throws {
        guard (1...10_000).contains(limit) else { throw ValidationError("--limit must be between 1 and 10000") }
    }

    func run() async throws {
        let settings = try services.settings()
        let (limit, state, pipeline) = (limit, state, pipeline)
        let runs = try await Services.withStore(of: settings) {
            try await $0.history.listRuns(limit: limit, state: state, pipeline: pipeline)
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

enum StateColour {
    static func of(_ state: RunState) -> Console.Colour? {
        switch state {
        case .succeeded: .green
        case .failed, .dead: .red
        case .running, .publishing: .blue
        case .cancelled: .yellow
        case .submitted, .queued, .blocked, .waiting: .grey
        }
    }
}
