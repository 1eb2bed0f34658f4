import ArgumentParser
import Store

struct FleetCommand: AsyncParsableCommand, AnswersInJSON {
    static let configuration = CommandConfiguration(
        commandName: "fleet", abstract: "The workers, and the messages that could not become runs.")

    @OptionGroup var services: ServiceOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let settings = try services.settings()
        let shown = try await Services.withStore(of: settings) { store in
            ShownFleet(
                workers: try await store.history.listWorkers(), deadLetters: try await store.history.listDeadLetters())
        }
        if output.json { return try JSONText.show(shown) }
        var table = TextTable(["worker", "host", "pid", "state", "runs", "slots", "version", "started", "renewed"])
        for worker in shown.workers {
            table.add([
                .init(worker.workerID), .init(worker.host), .init(String(worker.processID), isNumber: true),
                .init(worker.state, worker.state == "live" ? .green : .grey),
                .init(String(worker.runs), isNumber: true),
                .init(String(worker.slots), isNumber: true), .init(worker.version),
                .init(Moment.shown(worker.startedAt)), .init(Moment.shown(worker.renewedAt)),
            ])
        }
        table.show()
        guard !shown.deadLetters.isEmpty else { return }
        Console.say("")
        var letters = TextTable(["dead letter", "reason", "received", "detail"])
        for letter in shown.deadLetters {
            letters.add([
                .init("\(letter.topic)[\(letter.partition)]@\(letter.offset)"), .init(letter.reason, .red),
                .init(Moment.shown(letter.receivedAt)), .init(letter.detail),
            ])
        }
        letters.show()
    }

    private struct ShownFleet: Encodable {
        var workers: [WorkerSummary]
        var deadLetters: [DeadLetterSummary]
    }
}
