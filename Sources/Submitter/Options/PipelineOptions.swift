import ArgumentParser
import Foundation
import Pipeline

/// A pipeline file and its variables.
struct PipelineOptions: ParsableArguments {
    @Argument(help: "The pipeline file (YAML).", completion: .file(extensions: ["yml", "yaml"]))
    var file: String

    @Option(
        name: [.customLong("var"), .customShort("v")],
        help: ArgumentHelp(
            "A variable for the pipeline, over the environment and over defaults; may be repeated.",
            valueName: "name=value"))
    var variables: [Assignment] = []

    /// Reads, substitutes and checks the pipeline; warnings go to stderr.
    func load(isQuiet: Bool = false) throws -> (yaml: String, loaded: PipelineLoader.Loaded) {
        let yaml = try readPipeline()
        let loaded = try PipelineLoader.load(
            yaml: yaml, file: file,
            variables: VariableScope(given: given, environment: ProcessInfo.processInfo.environment))
        if !isQuiet { for warning in loaded.warnings { Console.note(warning.description) } }
        return (yaml, loaded)
    }

    private var given: [String: String] {
        Dictionary(variables.map { ($0.name, $0.value) }, uniquingKeysWith: { _, last in last })
    }

    private func readPipeline() throws -> String {
        let data: Data
        do {
            data = try Data(contentsOf: URL(fileURLWithPath: file))
        } catch {
            throw Stop(.failed, "\(file) could not be read: \(error.localizedDescription)")
        }
        guard let text = String(validating: data, as: UTF8.self) else {
            throw Stop(.failed, "\(file) is not UTF-8 text")
        }
        return text
    }
}

/// `NAME=value` on the command line.
struct Assignment: ExpressibleByArgument {
    var name: String
    var value: String

    init?(argument: String) {
        guard let equals = argument.firstIndex(of: "="), equals != argument.startIndex else { return nil }
        name = String(argument[..<equals])
        value = String(argument[argument.index(after: equals)...])
    }
}

/// How results are shown.
struct OutputOptions: ParsableArguments {
    @Flag(name: [.long, .customShort("j")], help: "Print one JSON object and nothing else on stdout.")
    var json = false
}
