import Testing

@testable import Pipeline

/// A pipeline in the least that is needed, for tests that are about one part of it.
enum SpecReading {
    static func load(_ yaml: String, given: [String: String] = [:], environment: [String: String] = [:])
        throws(InvalidPipeline) -> PipelineLoader.Loaded
    {
        try PipelineLoader.load(
            yaml: yaml, file: "p.yml", variables: VariableScope(given: given, environment: environment))
    }

    /// The problems as printed, warnings of a valid pipeline included.
    static func problems(_ yaml: String, given: [String: String] = [:], environment: [String: String] = [:]) -> [String]
    {
        do {
            return try load(yaml, given: given, environment: environment).warnings.map(\.description)
        } catch {
            return error.problems.map(\.description)
        }
    }

    static func pipeline(_ rest: String) -> String {
        """
        name: p
        source: {type: file, path: in.csv}
        sink: {type: file, path: out.parquet}
        \(rest)
        """
    }

    static func transform(_ fields: String, given: [String: String] = [:]) throws -> TransformSpec.Kind {
        let loaded = try load(pipeline("transforms:\n- {\(fields)}"), given: given)
        return try #require(loaded.spec.transforms.first).kind
    }

    static func problems(ofTransform fields: String) -> [String] {
        problems(pipeline("transforms:\n- {\(fields)}"))
    }

    static func check(_ fields: String) throws -> CheckSpec {
        try #require(load(pipeline("checks:\n- {\(fields)}")).spec.checks.first)
    }

    static func problems(ofCheck fields: String) -> [String] { problems(pipeline("checks:\n- {\(fields)}")) }
}
