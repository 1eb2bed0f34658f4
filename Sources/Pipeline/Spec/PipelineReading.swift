/// Reads the top level of a pipeline.
struct PipelineReading {
    let context: LoadContext

    /// nil when a part is missing that nothing can stand in for; why has been reported.
    func pipeline(_ root: YAMLNode) -> PipelineSpec? {
        let document = FieldValue(node: root, path: "", context: context)
        guard let fields = FieldReader(document, PipelineFields.pipeline) else { return nil }
        // First, because everything after it may refer to the variables declared here.
        if let value = fields.value("variables") { VariableDeclaration.declare(value) }
        let name = fields.required("name").flatMap(name)
        let description = fields.value("description")?.text(limit: 100_000)?.text ?? ""
        let engine = fields.value("engine").flatMap(EngineReading.engine)
        let sources = sources(fields)
        let transforms = fields.value("transforms").flatMap { value in
            let reading = TransformReading(sourceNames: sources.names)
            return value.items(of: "transforms", allowEmpty: true, limit: 1_000)?.compactMap(reading.transform)
        }
        let checks = fields.value("checks").flatMap { value in
            value.items(of: "checks", allowEmpty: true, limit: 1_000)?.compactMap(CheckReading.check)
        }
        let sink = fields.value("sink").flatMap(SinkReading.sink)
        let options = RunOptionsReading.options(fields)
        fields.finish()
        guard let name, !sources.read.isEmpty else { return nil }
        return PipelineSpec(
            name: name.text, description: description, engine: engine, sources: sources.read,
            transforms: transforms ?? [], checks: checks ?? [], sink: sink, options: options)
    }

    private func name(_ value: FieldValue) -> PlacedText? {
        guard let text = value.text(limit: 200) else { return nil }
        guard text.text.unicodeScalars.contains(where: { !$0.properties.isWhitespace }) else {
            value.report("the name is empty")
            return nil
        }
        guard !text.text.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F }) else {
            value.report("the name holds a control character")
            return nil
        }
        return text
    }

    /// What could be read of the sources, and every name, so that a join with a source that has a mistake of its own
    /// is not reported as well.
    private struct Sources {
        var read: [NamedSource] = []
        var names: [PlacedText] = []
    }

    private func sources(_ fields: FieldReader) -> Sources {
        let single = fields.value("source")
        let several = fields.value("sources")
        var sources = Sources()
        switch (single, several) {
        case (nil, nil):
            context.report(
                "a pipeline needs \"source\" or \"sources\"; write source: {type: file, path: data.csv}",
                at: fields.place)
        case (.some(let value), nil):
            sources.names = [PlacedText("source", value.place)]
            sources.read =
                SourceReading.source(value).map { [NamedSource(name: "source", source: $0, place: value.place)] } ?? []
        case (let single, .some(let several)):
            single?.report("give either source or sources, not both")
            for pair in several.pairs(of: "names to sources") ?? [] {
                sources.names.append(pair.key)
                guard pair.key.text.unicodeScalars.count <= 200 else {
                    context.report("the name of the source is longer than 200 characters", at: pair.key.place)
                    continue
                }
                if let source = SourceReading.source(pair.value) {
                    sources.read.append(NamedSource(name: pair.key.text, source: source, place: pair.key.place))
                }
            }
        }
        return sources
    }
}
