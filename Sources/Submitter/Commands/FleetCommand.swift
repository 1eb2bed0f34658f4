import ArgumentParser
import Engines
import Fleet
import Foundation
import Pipeline
import Store

struct FleetCommand: AsyncParsableCommand, AnswersInJSON {
    static let configuration = CommandConfiguration(
        commandName: "fleet",
        abstract: "The workers, the messages that could not become runs, and what dead attempts left on disk.")

    @OptionGroup var services: ServiceOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let settings = try services.settings()
        let shown = try await Services.withStore(of: settings) { store in
            ShownFleet(
                workers: try await store.history.listWorkers(), deadLetters: try await store.history.listDeadLetters(),
                leftovers: try await store.runs.lostAttempts(limit: 100).map(ShownLeftover.init))
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
        showLetters(shown.deadLetters)
        showLeftovers(shown.leftovers)
    }

    private func showLetters(_ letters: [DeadLetterSummary]) {
        guard !letters.isEmpty else { return }
        Console.say("")
        var table = TextTable(["dead letter", "stood at", "reason", "received", "detail"])
        for letter in letters {
            table.add([
                .init(String(letter.id), isNumber: true), .init(letter.place), .init(letter.reason, .red),
                .init(Moment.shown(letter.receivedAt)), .init(ShownLetter.line(letter.detail)),
            ])
        }
        table.show()
    }

    private func showLeftovers(_ leftovers: [ShownLeftover]) {
        guard !leftovers.isEmpty else { return }
        Console.say("")
        var table = TextTable(["left by run", "attempt", "host", "since", "folder"])
        for leftover in leftovers {
            table.add([
                .init(leftover.runId), .init(String(leftover.attempt), isNumber: true), .init(leftover.host ?? "-"),
                .init(Moment.shown(leftover.lostAt)), .init(leftover.folder ?? "-"),
            ])
        }
        table.show()
    }

    private struct ShownFleet: Encodable {
        var workers: [WorkerSummary]
        var deadLetters: [DeadLetterSummary]
        var leftovers: [ShownLeftover]
    }
}

/// What an attempt of a dead worker may have left, until a worker on its machine has looked.
private struct ShownLeftover: Encodable {
    var runId: String
    var attempt: Int
    var host: String?
    var lostAt: Date
    /// As seen from here; nil where the sink is no file.
    var folder: String?

    init(_ lost: LostAttempt) {
        runId = lost.lease.runID.description
        attempt = lost.lease.attempt
        host = lost.host
        lostAt = lost.lostAt
        folder = Leftover(of: lost.lease, request: lost.request, allowedRoots: [])?.folder
    }
}
