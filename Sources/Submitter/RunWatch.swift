import Fleet
import Pipeline
import Settings
import Store

/// Follows one run to its end, live.
struct RunWatch {
    let settings: Settings
    let isQuiet: Bool
    let label: String

    /// Returns when the run has ended in the state that was hoped for; anything else ends the command with 1.
    func untilEnd(of run: RunID, expecting hoped: RunState = .succeeded, asJSON: Bool) async throws {
        let detail = try await Interrupt.ends {
            try await Services.withStore(of: settings) { store in
                await follow(run, in: store)
                guard let detail = try await store.history.run(run) else {
                    throw Stop(.serviceUnreachable, "run \(run) is not known to the store; see \"quicketl runs list\"")
                }
                return detail
            }
        }
        if asJSON {
            Console.say(try ShownRun.json(of: detail))
        } else {
            say(detail)
        }
        guard detail.summary.state == hoped else {
            throw Stop(.failed, asJSON ? nil : "run \(run) \(detail.summary.state.rawValue)")
        }
    }

    private func follow(_ run: RunID, in store: PostgresStore) async {
        let line = ProgressLine(label: label, isQuiet: isQuiet)
        defer { line.finish() }
        for await status in store.history.watch(run) {
            let phase = status.state == .running ? status.phase ?? "running" : status.state.rawValue
            line.show(AttemptProgress(phase: phase, fraction: status.progress))
            if status.state.isFinal { return }
        }
    }

    private func say(_ detail: RunDetail) {
        let run = detail.summary
        let took = Moment.span(run.durationMilliseconds.map { Double($0) / 1000 })
        let state = Console.coloured(run.state.rawValue, StateColour.of(run.state))
        Console.say("\(run.runID) \(state) after \(took), \(Amount.count(run.rowsOut)) rows")
        if let error = run.error { Console.note(error) }
    }
}
