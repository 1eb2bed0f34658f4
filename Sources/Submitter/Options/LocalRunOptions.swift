import ArgumentParser

/// How runs on this machine are made.
struct LocalRunOptions: ParsableArguments {
    @Flag(help: "Do everything but the write.")
    var dryRun = false

    @Flag(inversion: .prefixedNo, help: "Whether a failed check fails the run and keeps its output back.")
    var failOnChecks = true

    @Flag(name: [.long, .customShort("V")], help: "Also show steps and metrics.")
    var verbose = false
}
