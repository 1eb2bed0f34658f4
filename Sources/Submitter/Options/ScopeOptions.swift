import ArgumentParser
import Pipeline

/// Where the values of variables come from, and what applies of the project file.
struct ScopeOptions: ParsableArguments {
    @Option(
        name: [.customLong("var"), .customShort("v")],
        help: ArgumentHelp(
            "A variable, over the environment and over defaults; may be repeated.", valueName: "name=value"))
    var variables: [Assignment] = []

    @Option(
        name: .customLong("env"),
        help: ArgumentHelp("An environment of the project file, quicketl.yml.", valueName: "name"))
    var environment: String?

    @Option(
        name: [.long, .customShort("p")],
        help: ArgumentHelp(
            "A profile of the project file; its fields are variables: PROFILE_TYPE, PROFILE_HOST, …",
            valueName: "name"))
    var profile: String?

    var given: [String: String] {
        Dictionary(variables.map { ($0.name, $0.value) }, uniquingKeysWith: { _, last in last })
    }

    func project() throws -> Project {
        try Project.nearest(given: given, environment: environment, profile: profile)
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
