import ArgumentParser
import Engines
import Pipeline

struct ValidateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "validate",
        abstract: "Check a pipeline without running it; reports every problem at once.",
        discussion: """
            Checks fields, variables, expressions and what can be known without the data. With --with-data the sources'
            real columns are read too, and every column and type is checked against them.
            Exit codes: 0 valid, 1 invalid.
            """)

    @OptionGroup var pipeline: PipelineOptions
    @OptionGroup var engine: LocalEngineOptions
    @OptionGroup var output: OutputOptions

    @Flag(help: "Read the sources' columns and check names and types against them.")
    var withData = false

    func run() async throws {
        var warnings: [Problem] = []
        var errors: [Problem] = []
        var name: String?
        do {
            let loaded = try pipeline.load(isQuiet: true).loaded
            name = loaded.spec.name
            warnings = loaded.warnings
            if withData {
                let attempt = LocalAttempt.make(of: loaded.spec)
                warnings += try await engine.withEngine { try await $0.explain(attempt) }.plan.warnings
            }
        } catch let invalid as InvalidPipeline {
            errors = invalid.problems.filter { $0.severity == .error }
            warnings = invalid.problems.filter { $0.severity == .warning }
        }
        if output.json {
            try JSONText.show(
                Verdict(
                    valid: errors.isEmpty, pipelineName: name, errors: errors.map(ShownProblem.init),
                    warnings: warnings.map(ShownProblem.init)))
        } else {
            for problem in warnings + errors { Console.note(problem.description) }
            if let name, errors.isEmpty { Console.say("\(pipeline.file): pipeline \"\(name)\" is valid") }
        }
        if !errors.isEmpty {
            let count = errors.count == 1 ? "1 problem" : "\(errors.count) problems"
            throw Stop(.failed, output.json ? nil : "\(pipeline.file) is not valid: \(count)")
        }
    }

    private struct Verdict: Encodable {
        var valid: Bool
        var pipelineName: String?
        var errors: [ShownProblem]
        var warnings: [ShownProblem]
    }
}

/// A problem as `--json` shows it.
struct ShownProblem: Encodable {
    var file: String?
    var line: Int?
    var column: Int?
    var path: String
    var message: String

    init(_ problem: Problem) {
        file = problem.file
        line = problem.position?.line
        column = problem.position?.column
        path = problem.path
        message = problem.message
    }
}
