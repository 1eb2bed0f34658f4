import ArgumentParser

/// How results are shown.
struct OutputOptions: ParsableArguments {
    @Flag(name: [.long, .customShort("j")], help: "Print one JSON object and nothing else on stdout.")
    var json = false
}

/// A command whose answer may be asked for as JSON: then a failure is an object on stdout too.
protocol AnswersInJSON: SendableMetatype {
    var output: OutputOptions { get }
}
