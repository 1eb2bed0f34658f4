/// The parts of a project file (`quicketl.yml`) that concern pipelines.
public struct ProjectSpec: Sendable {
    /// For every pipeline that does not say otherwise.
    public var defaults: ProjectSettings
    /// In the order written, what they extend already merged into them.
    public var environments: [Environment]
    public var profiles: ProjectProfiles

    public struct Environment: Sendable {
        public var name: String
        public var settings: ProjectSettings

        public init(name: String, settings: ProjectSettings) {
            self.name = name
            self.settings = settings
        }
    }

    public init(
        defaults: ProjectSettings = ProjectSettings(), environments: [Environment] = [],
        profiles: ProjectProfiles = ProjectProfiles()
    ) {
        self.defaults = defaults
        self.environments = environments
        self.profiles = profiles
    }

    /// The settings of the environment that `--env` names.
    public func environment(_ name: String) throws(UnknownName) -> ProjectSettings {
        guard let found = environments.first(where: { $0.name.utf8.elementsEqual(name.utf8) }) else {
            throw UnknownName(noun: "environment", name: name, known: environments.map(\.name))
        }
        return found.settings
    }

    /// A name on the command line that the project file does not have.
    public struct UnknownName: Error, Hashable, Sendable, CustomStringConvertible {
        public var noun: String
        public var name: String
        public var known: [String]

        public var description: String {
            let suggestion = Suggestion.phrase(for: name.trimmed(60), among: known)
            let list = known.isEmpty ? "; the project file has none" : "; known are \(known.joined(separator: ", "))"
            return "there is no \(noun) \"\(name.trimmed(60))\"" + (suggestion.isEmpty ? list : suggestion)
        }
    }
}
