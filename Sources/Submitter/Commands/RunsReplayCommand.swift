import ArgumentParser
import Fleet
import Foundation
import Pipeline
import Store

struct RunsReplayCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Do again what a run did: the same definition and variables, over the same versions of its inputs.",
        discussion: """
            Like "runs retry", but refuses when a run on record has written one of the inputs since: then the result would be
            another one. --changed-inputs does it all the same. With --wait it also says in what the two runs differ.

              quicketl runs replay 0190f3c5 --wait

            The result goes to the same sink as then. What others than quicketl have changed at a path is not on record.
            """)

    @OptionGroup var services: ServiceOptions
    @OptionGroup var output: OutputOptions

    @Argument(help: "The run's id, or the beginning of it.")
    var run: String

    @Flag(help: "Also when inputs have been written since.")
    var changedInputs = false

    @Flag(name: [.long, .customShort("w")], help: "Wait for the end of the run and compare.")
    var wait = false

    func run() async throws {
        let settings = try services.settings()
        let (wanted, acceptsChanges) = (run, changedInputs)
        let (earlier, request) = try await Services.withStore(of: settings) { store in
            let detail = try await RunLookup.find(wanted, in: store)
            let id = detail.summary.runID
            guard detail.summary.state.isFinal else {
                throw Stop(.failed, "run \(id) has not ended: it is \(detail.summary.state.rawValue)")
            }
            let changes = try await store.history.changedInputs(of: detail)
            guard changes.isEmpty || acceptsChanges else {
                let list = changes.map { change in
                    "\(change.dataset) (read as \(change.read ?? "no run had written it"), now \(change.now ?? "none"))"
                }
                throw Stop(
                    .failed,
                    "inputs of run \(id) have been written since: \(list.joined(separator: ", ")); --changed-inputs replays it all the same"
                )
            }
            guard let request = try await store.history.request(of: id) else {
                throw Stop(.failed, "the request of run \(id) is not on record any more")
            }
            return (detail, request)
        }
        var again = request
        again.runID = .random()
        again.retryOf = request.runID
        again.idempotencyKey = nil
        again.submittedAt = Date()
        again.submittedBy = Submission.submitter
        let (new, isQuiet) = (again, output.json)
        let handedIn = try await Interrupt.ends { try await Submission(settings: settings).submit(new) }
        if !isQuiet { for problem in handedIn.problems { Console.note("warning: \(problem)") } }
        guard wait else {
            guard isQuiet else { return Console.say(new.runID.description) }
            return try JSONText.show(["run_id": new.runID.description, "replay_of": request.runID.description])
        }
        if !isQuiet { Console.note("replaying as \(new.runID)") }
        try await RunWatch(settings: settings, isQuiet: isQuiet, label: new.pipelineName)
            .untilEnd(of: new.runID, asJSON: isQuiet)
        guard !isQuiet else { return }
        let later = try await Services.withStore(of: settings) { try await $0.history.run(new.runID) }
        guard let later else { return }
        let difference = RunDifference(earlier, later)
        if difference.isSameResult { return Console.say("the same result as then") }
        for entry in difference.entries {
            Console.say("\(entry.what): \(entry.first ?? "-") then, \(entry.second ?? "-") now")
        }
    }
}
