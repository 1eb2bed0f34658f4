import ArgumentParser
import Fleet
import Foundation
import Pipeline
import Store

struct RunsShowCommand: AsyncParsableCommand, AnswersInJSON {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract:
            "Everything about one run: attempts, steps, checks, datasets, lineage; of a workflow, its runs as a tree.")

    @OptionGroup var services: ServiceOptions
    @OptionGroup var output: OutputOptions

    @Argument(help: "The run's id, or the beginning of it.")
    var run: String

    func run() async throws {
        let settings = try services.settings()
        let wanted = run
        switch try await Services.withStore(of: settings, { try await RunOrWorkflow.find(wanted, in: $0) }) {
        case .run(let detail):
            if output.json { return Console.say(try ShownRun.json(of: detail)) }
            ShownRun(detail).show()
        case .workflow(let detail): try WorkflowTree(detail).show(asJSON: output.json)
        }
    }
}

/// Finds the one run that a person means.
enum RunLookup {
    static func find(_ idOrPrefix: String, in store: PostgresStore) async throws -> RunDetail {
        switch try await store.history.run(idOrPrefix) {
        case .found(let detail): return detail
        case .none: throw Stop(.failed, "no run begins with \"\(idOrPrefix)\"")
        case .ambiguous(let ids):
            let list = ids.map(\.description).joined(separator: ", ")
            throw Stop(.failed, "several runs begin with \"\(idOrPrefix)\": \(list)")
        }
    }
}
