import ArgumentParser
import Fleet
import Foundation
import Pipeline
import Store

struct RunsLogsCommand: AsyncParsableCommand, AnswersInJSON {
    static let configuration = CommandConfiguration(
        commandName: "logs",
        abstract: "What happened to a run, line by line; -f follows it live, whichever worker has it.",
        discussion: """
            Attempts with their workers, phases, what the engine says, checks, and why what failed failed.

              quicketl runs logs RUN
              quicketl runs logs RUN -f              until the run has ended
              quicketl runs logs RUN -f --json       one JSON object per line
            """)

    @OptionGroup var services: ServiceOptions
    @OptionGroup var output: OutputOptions

    @Argument(help: "The run's id, or the beginning of it.")
    var run: String

    @Flag(name: [.long, .customShort("f")], help: "Go on until the run has ended.")
    var follow = false

    func run() async throws {
        let settings = try services.settings()
        let (wanted, follows, asJSON) = (run, follow, output.json)
        try await Interrupt.ends {
            try await Services.withStore(of: settings) { store in
                let detail: RunDetail
                switch try await RunOrWorkflow.find(wanted, in: store) {
                case .run(let found): detail = found
                case .workflow(let workflow):
                    return try await Self.show(
                        workflow.summary.workflowID, in: store, follows: follows, asJSON: asJSON)
                }
                let timeline = RunTimeline(detail)
                guard follows else {
                    if asJSON { return try JSONText.show(["entries": timeline.entries]) }
                    return timeline.entries.forEach { Console.say(Self.line($0)) }
                }
                var following = Following(asJSON: asJSON)
                try following.show(timeline.entries)
                for await status in store.history.watch(detail.summary.runID) {
                    try following.show(status)
                    // What a change of state has added is on record by now.
                    guard let detail = try await store.history.run(status.runID) else { break }
                    try following.show(RunTimeline(detail).entries, isLive: true)
                    if detail.summary.state.isFinal { break }
                }
            }
        }
    }

    /// The lines of all its runs, each with the name of its step.
    private static func show(
        _ workflow: RunID, in store: PostgresStore, follows: Bool, asJSON: Bool
    ) async throws {
        var following = Following(asJSON: asJSON)
        var told: Set<RunID> = []
        while let detail = try await store.history.workflow(workflow) {
            var entries: [RunTimeline.Entry] = []
            for step in detail.steps where !step.wasDoneBefore && !told.contains(step.runID) {
                guard let state = step.state, state != .held, let run = try await store.history.run(step.runID) else {
                    continue
                }
                if run.summary.state.isFinal { told.insert(step.runID) }
                entries += RunTimeline(run).entries.map { entry in
                    var entry = entry
                    entry.text = "\(step.stage)/\(step.step): \(entry.text)"
                    return entry
                }
            }
            entries.sort { $0.at < $1.at }
            guard follows else {
                if asJSON { return try JSONText.show(["entries": entries]) }
                return entries.forEach { Console.say(line($0)) }
            }
            try following.show(entries)
            if detail.summary.state.isFinal { return }
            try await Task.sleep(for: .seconds(1))
        }
    }

    static func line(_ entry: RunTimeline.Entry) -> String {
        let attempt = entry.attempt.map { "attempt \($0) " } ?? ""
        return "\(Moment.rfc3339(entry.at))  \(attempt)\(entry.text)"
    }

    /// Says each thing once.
    private struct Following {
        let asJSON: Bool
        private var said: Set<RunTimeline.Entry> = []
        private var phase: String?
        private var tenth = -1

        init(asJSON: Bool) { self.asJSON = asJSON }

        /// `isLive`: phases were told while they went on.
        mutating func show(_ entries: [RunTimeline.Entry], isLive: Bool = false) throws {
            for entry in entries where said.insert(entry).inserted {
                if isLive, entry.kind == .phase { continue }
                try say(entry)
            }
        }

        mutating func show(_ status: RunStatus) throws {
            guard let now = status.phase, !status.state.isFinal else { return }
            let part = status.progress.map { Int($0 * 10) } ?? -1
            guard now != phase || part > tenth else { return }
            (phase, tenth) = (now, part)
            let progress = status.progress.map { " \(Int($0 * 100)) %" } ?? ""
            try say(RunTimeline.Entry(at: Date(), kind: .phase, attempt: status.attempts, text: now + progress))
        }

        private func say(_ entry: RunTimeline.Entry) throws {
            guard asJSON else { return Console.say(RunsLogsCommand.line(entry)) }
            Console.say(String(decoding: try RunHistory.jsonEncoder().encode(entry), as: UTF8.self))
        }
    }
}
