import ArgumentParser
import Fleet
import Pipeline
import Settings
import Store

struct DeadReplayCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Submit the requests of dead letters again, once what was wrong has been mended.",
        discussion: """
            For letters that this version can read where the worker of then could not, and for conflicts that are gone.
            A letter that would be set aside again is refused, and stays as it is. The run id is the message's own, so
            that a letter sent twice is still one run.
            """)

    @OptionGroup var services: ServiceOptions
    @OptionGroup var output: OutputOptions

    @Argument(help: "The letters' numbers.")
    var letters: [Int64] = []

    @Flag(
        help: "All that were not sent again yet (at most 10,000 at a time); those that still can't be runs are skipped."
    )
    var all = false

    func validate() throws {
        guard letters.isEmpty == all else { throw ValidationError("name the letters, or write --all") }
    }

    func run() async throws {
        let settings = try services.settings()
        let (numbers, all) = (letters, all)
        let chosen = try await Services.withStore(of: settings) { store in
            if all { return try await store.history.listDeadLetters(limit: 10_000, includingReplayed: false) }
            var found: [DeadLetterSummary] = []
            for number in numbers { found.append(try await LetterLookup.find(number, in: store)) }
            return found
        }
        var outcomes: [Outcome] = []
        // The oldest first: runs with one key go in the order of acceptance.
        for letter in chosen.sorted(by: { $0.id < $1.id }) {
            outcomes.append(try await Interrupt.ends { try await replay(letter, settings) })
            if !output.json, let last = outcomes.last { last.say() }
        }
        if output.json { try JSONText.show(["dead_letters": outcomes]) }
        if outcomes.contains(where: { $0.problem != nil }), !all {
            throw Stop(.failed, output.json ? nil : "not every letter could be sent again")
        }
    }

    struct Outcome: Encodable {
        var id: Int64
        var runId: String?
        /// Why it was not sent.
        var problem: String?

        func say() {
            if let problem { return Console.note("letter \(id) stays: \(problem)") }
            Console.say("\(id) \(runId ?? "")")
        }
    }

    private func replay(_ letter: DeadLetterSummary, _ settings: Settings) async throws -> Outcome {
        let request: RunRequest
        do {
            request = try RunRequest.decode(letter.payload)
            _ = try request.loadPipeline()
        } catch {
            return Outcome(id: letter.id, problem: "\(error)")
        }
        do {
            let handedIn = try await Submission(settings: settings).submit(request)
            if !output.json { for problem in handedIn.problems { Console.note("warning: \(problem)") } }
        } catch let stop as Stop where stop.code == .failed {
            return Outcome(id: letter.id, runId: request.runID.description, problem: stop.message ?? "refused")
        }
        // Sent and not marked: sending it again changes nothing.
        try await Services.withStore(of: settings) { try await $0.runs.markReplayed(deadLetter: letter.id) }
        return Outcome(id: letter.id, runId: request.runID.description)
    }
}
