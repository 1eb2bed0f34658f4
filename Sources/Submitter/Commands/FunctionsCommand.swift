import ArgumentParser
import Pipeline

struct FunctionsCommand: ParsableCommand, AnswersInJSON {
    static let configuration = CommandConfiguration(
        commandName: "functions", abstract: "The functions of the expression language.",
        discussion: "Without a name: all of them. docs/expressions.md is made from the same table.")

    @Argument(help: "A function or one of its other names.")
    var name: String?

    @OptionGroup var output: OutputOptions

    func run() throws {
        let functions = try chosen()
        if output.json { return try JSONText.show(["functions": functions.map(ShownFunction.init)]) }
        if let function = functions.first, name != nil {
            Console.say(function.signature)
            Console.say(function.documentation)
            let others = function.names.dropFirst()
            if !others.isEmpty { Console.say("also: \(others.joined(separator: ", "))") }
            return
        }
        var table = TextTable(["function", "kind", "what it gives"])
        for function in functions {
            table.add([
                .init(function.signature), .init(function.isAggregate ? "aggregate" : "scalar", .grey),
                .init(function.documentation),
            ])
        }
        table.show()
    }

    private func chosen() throws -> [FunctionDefinition] {
        guard let name else { return FunctionTable.all }
        guard let function = FunctionTable.named(name.lowercased()) else {
            throw Stop(
                .failed, "there is no function \"\(name)\"\(Suggestion.phrase(for: name, among: FunctionTable.names))")
        }
        return [function]
    }

    private struct ShownFunction: Encodable {
        var name: String
        var aliases: [String]
        var signature: String
        var isAggregate: Bool
        var documentation: String

        init(_ function: FunctionDefinition) {
            name = function.name
            aliases = Array(function.names.dropFirst())
            signature = function.signature
            isAggregate = function.isAggregate
            documentation = function.documentation
        }
    }
}
