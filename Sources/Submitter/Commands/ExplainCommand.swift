import ArgumentParser
import Engines
import Fleet
import Pipeline

struct ExplainCommand: AsyncParsableCommand, AnswersInJSON {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Show what a pipeline would do: its columns step by step, lineage and the SQL.",
        discussion: "Reads the sources' columns, but no rows.")

    @OptionGroup var pipeline: PipelineOptions
    @OptionGroup var engine: LocalEngineOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let spec = try pipeline.load(isQuiet: output.json).loaded.spec
        let attempt = LocalAttempt.make(of: spec, file: pipeline.file)
        let (explanation, decision) = try await engine.withEngines { try await $0.explain(attempt) }
        let shown = ShownPlan(explanation, decision, pipeline: spec.name)
        if output.json { return try JSONText.show(shown) }
        for warning in explanation.plan.warnings { Console.note(warning.description) }
        Console.say("pipeline \(shown.pipelineName) on \(shown.engine)")
        ShownDecision(decision).show()
        for table in shown.steps {
            Console.say("\n\(Console.coloured(table.name, .bold))")
            for column in table.columns { Console.say("  \(column.name)  \(Console.coloured(column.type, .grey))") }
        }
        Console.say("\n\(Console.coloured("column lineage", .bold))")
        for edge in shown.lineage {
            let target = edge.outputColumn ?? "(every column)"
            Console.say(
                "  \(target) <- \(edge.inputSource).\(edge.inputColumn)  \(edge.kind.rawValue) \(edge.subtype.rawValue)"
                    + (edge.isMasking ? ", masked" : "")
            )
        }
        Console.say("\n\(Console.coloured("SQL", .bold))\n\(shown.sql)")
    }
}

/// A plan as `--json` shows it.
private struct ShownPlan: Encodable {
    struct Column: Encodable {
        var name: String
        var type: String
    }

    struct Table: Encodable {
        var name: String
        var columns: [Column]
    }

    var pipelineName: String
    var engine: String
    var sources: [Table]
    var steps: [Table]
    var lineage: [ColumnLineageEdge]
    var sql: String
    var decision: Decision

    init(_ explanation: DuckDBEngine.Explanation, _ decision: Decision, pipeline: String) {
        pipelineName = pipeline
        engine = decision.engine.rawValue
        self.decision = decision
        sql = explanation.sql
        lineage = explanation.plan.lineage
        sources = explanation.plan.sources.map { Table(name: $0.name, columns: Self.columns(of: $0.schema)) }
        steps = explanation.plan.steps.map { Table(name: $0.name, columns: Self.columns(of: $0.schema)) }
    }

    private static func columns(of schema: Schema) -> [Column] {
        schema.columns.map { Column(name: $0.name, type: $0.type.description) }
    }
}
