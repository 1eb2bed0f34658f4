/// Reads the name of an engine.
enum EngineReading {
    static func engine(_ value: FieldValue) -> PipelineSpec.EngineChoice? {
        if case .scalar(let scalar) = value.node.content {
            // Other spellings of "local" in pipelines that exist; a variable may say so too.
            let text = value.context.substitution.substitute(scalar.text).text
            if PipelineFields.foreignEngines.contains(text) {
                value.report(
                    "engine \"\(text)\" is not part of this program; the pipeline runs on duckdb", severity: .warning)
                return .duckdb
            }
        }
        return value.choice(PipelineSpec.EngineChoice.self, of: "engine")
    }
}
