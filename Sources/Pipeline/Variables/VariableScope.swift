/// The values of variables for one load of a pipeline: what was given on the command line (or came with the request)
/// over a profile's fields over the environment over the project file over declared defaults.
public struct VariableScope: Sendable {
    public var given: [String: String]
    /// As written, with references of their own, perhaps to secrets (`ProjectProfiles.variables(of:)`).
    public var profile: [String: String]
    public var environment: [String: String]
    /// Of the project file, for the environment that was chosen.
    public var project: [String: String]
    public var declaredDefaults: [String: String]

    public init(
        given: [String: String] = [:], profile: [String: String] = [:], environment: [String: String] = [:],
        project: [String: String] = [:], declaredDefaults: [String: String] = [:]
    ) {
        self.given = given
        self.profile = profile
        self.environment = environment
        self.project = project
        self.declaredDefaults = declaredDefaults
    }

    /// An empty value counts as set. nil, too, for a field of a profile that refers to secrets.
    public func value(of name: String) -> String? { givenValue(of: name) ?? declaredDefaults[name] }

    /// What did not come from the pipeline itself.
    func givenValue(of name: String) -> String? {
        if let value = given[name] { return value }
        if let template = profile[name] { return profileValue(template) }
        return environment[name] ?? project[name]
    }

    func isGiven(_ name: String) -> Bool {
        given[name] != nil || profile[name] != nil || environment[name] != nil || project[name] != nil
    }

    /// Fields of a profile may refer to variables of the command line and the environment.
    private func profileValue(_ template: String) -> String? {
        guard template.utf8.contains(UInt8(ascii: "$")) else { return template }
        var substitution = VariableSubstitution(
            scope: VariableScope(given: given, environment: environment, project: project))
        let outcome = substitution.substitute(template)
        return outcome.mistakes.isEmpty ? outcome.text : nil
    }
}
