/// YAML text to spec, with every problem reported at once.
public enum PipelineLoader {
    public struct Loaded: Sendable {
        public var spec: PipelineSpec
        public var warnings: [Problem]
        /// Every variable that the pipeline refers to and that came from the command line, the request or the
        /// environment (not from a default), with its value.
        public var variables: [String: String]
        /// Variables of which (a part of) a connection is made and whose values may be credentials: those in
        /// `variables` must not travel.
        public var sensitiveVariables: Set<String>
        /// Connections with a password that the author wrote into the file.
        public var writtenPasswords: [FieldPlace]
        /// Names of the project file's profiles that sources and sinks take fields from.
        public var profiles: [String]
        /// Whether a variable stands for a field of the profile that was chosen for the whole load.
        public var usesProfileVariables: Bool

        public init(
            spec: PipelineSpec, warnings: [Problem], variables: [String: String], sensitiveVariables: Set<String> = [],
            writtenPasswords: [FieldPlace] = [], profiles: [String] = [], usesProfileVariables: Bool = false
        ) {
            self.spec = spec
            self.warnings = warnings
            self.variables = variables
            self.sensitiveVariables = sensitiveVariables
            self.writtenPasswords = writtenPasswords
            self.profiles = profiles
            self.usesProfileVariables = usesProfileVariables
        }
    }

    /// `profiles`: of the project file, for sources and sinks that name one.
    public static func load(
        yaml: String, file: String?, variables: VariableScope, profiles: ProjectProfiles? = nil
    ) throws(InvalidPipeline) -> Loaded {
        let document = try YAMLDocument.read(yaml, file: file)
        let context = LoadContext(file: file, text: document.text, scope: variables, profiles: profiles)
        document.problems.forEach(context.report)
        let spec = PipelineReading(context: context).pipeline(document.root)
        let problems = context.sortedProblems
        guard let spec, !problems.contains(where: { $0.severity == .error }) else { throw InvalidPipeline(problems) }
        return Loaded(
            spec: spec, warnings: problems, variables: context.substitution.given,
            sensitiveVariables: context.sensitiveVariables.filter(variables.isGiven),
            writtenPasswords: context.writtenPasswords, profiles: context.usedProfiles,
            usesProfileVariables: context.substitution.references.contains { variables.profile[$0] != nil })
    }
}
