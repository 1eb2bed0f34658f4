import ArgumentParser
import Fleet
import Pipeline
import Store

struct RunsDiffCommand: AsyncParsableCommand, AnswersInJSON {
    static let configuration = CommandConfiguration(
        commandName: "diff",
        abstract: "In what two runs differ: definition, variables, input versions, engine, schema, checks, numbers.",
        discussion: """
            Why did today's run give another result than yesterday's?

              quicketl runs diff 0190f3c5 0190f8aa

            Inputs have a version where a run on record wrote them: the id of that run.
            """)

    @OptionGroup var services: ServiceOptions
    @OptionGroup var output: OutputOptions

    @Argument(help: "A run's id, or the beginning of it.")
    var first: String

    @Argument(help: "The other run's.")
    var second: String

    func run() async throws {
        let settings = try services.settings()
        let wanted = (first, second)
        let (a, b) = try await Services.withStore(of: settings) { store in
            (try await RunLookup.find(wanted.0, in: store), try await RunLookup.find(wanted.1, in: store))
        }
        let difference = RunDifference(a, b)
        if output.json {
            return try JSONText.show(
                Shown(
                    first: a.summary.runID.description, second: b.summary.runID.description,
                    isSameResult: difference.isSameResult, definition: difference.definition,
                    differences: difference.entries))
        }
        if !difference.definition.isEmpty {
            Console.say(Console.coloured("definition", .bold))
            for line in difference.definition {
                Console.say("  " + Console.coloured(line, line.hasPrefix("-") ? .red : .green))
            }
            Console.say("")
        }
        guard !difference.entries.isEmpty else { return Console.say("the runs do not differ") }
        var table = TextTable(["what", "first", "second"])
        for entry in difference.entries {
            table.add([.init(entry.what), .init(entry.first ?? "-"), .init(entry.second ?? "-")])
        }
        table.show()
    }

    private struct Shown: Encodable {
        var first: String
        var second: String
        var isSameResult: Bool
        var definition: [String]
        var differences: [RunDifference.Entry]
    }
}
