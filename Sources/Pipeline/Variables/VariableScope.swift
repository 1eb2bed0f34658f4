/// The values of variables for one load of a pipeline: what was given on the command line (or came with the request)
/// over the environment over declared defaults.
public struct VariableScope: Sendable {
    public var given: [String: String]
    public var environment: [String: String]
    public var declaredDefaults: [String: String]

    public init(
        given: [String: String] = [:], environment: [String: String] = [:], declaredDefaults: [String: String] = [:]
    ) {
        self.given = given
        self.environment = environment
        self.declaredDefaults = declaredDefaults
    }

    /// An empty value counts as set.
    public func value(of name: String) -> String? {
        given[name] ?? environment[name] ?? declaredDefaults[name]
    }
}
