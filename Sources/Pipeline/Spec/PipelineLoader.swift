/// YAML text to spec, with every problem reported at once.
public enum PipelineLoader {
    public struct Loaded: Sendable {
        public var spec: PipelineSpec
        public var warnings: [Problem]
        /// Every variable that the pipeline refers to and that came from the command line, the request or the
        /// environment (not from a default), with its value.
        public var variables: [String: String]

        public init(spec: PipelineSpec, warnings: [Problem], variables: [String: String]) {
            self.spec = spec
            self.warnings = warnings
            self.variables = variables
        }
    }

    public static func load(yaml: String, file: String?, variables: VariableScope) throws(InvalidPipeline) -> Loaded {
        let document: YAMLDocument
        do {
            document = try YAMLDocument.read(yaml)
        } catch {
            var problem = error
            problem.file = file
            throw InvalidPipeline([problem])
        }
        let context = LoadContext(file: file, text: document.text, scope: variables)
        document.problems.forEach(context.report)
        let spec = PipelineReading(context: context).pipeline(document.root)
        let problems = context.sortedProblems
        guard let spec, !problems.contains(where: { $0.severity == .error }) else { throw InvalidPipeline(problems) }
        return Loaded(spec: spec, warnings: problems, variables: context.substitution.given)
    }
}
