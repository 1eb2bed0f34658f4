import Pipeline

extension PipelineSpec {
    /// What a plan will read: the first source, and what joins and unions name.
    var usedSources: [NamedSource] {
        let every = everySource
        var names: [String] = [every.first?.name ?? ""]
        for (index, transform) in transforms.enumerated() {
            switch transform.kind {
            case .join(let join):
                switch join.right {
                case .named(let name): names.append(name.text)
                case .inline: names.append(PipelineSpec.inlineSourceName(ofTransform: index))
                }
            case .union(let union): names += union.sources.map(\.text)
            default: break
            }
        }
        return every.filter { source in names.contains { $0.utf8.elementsEqual(source.name.utf8) } }
    }

    /// Whether a run reads from one or writes to one.
    var usesDatabases: Bool {
        if case .database? = sink { return true }
        return usedSources.contains { if case .database = $0.source { true } else { false } }
    }

    /// Why only Spark can run it, to follow "the pipeline runs on Spark only:"; nil: DuckDB can as well.
    var needsSpark: String? {
        let reads = usedSources.contains { if case .file(let file) = $0.source { file.format == .orc } else { false } }
        if reads { return "it reads ORC, which DuckDB does not" }
        if case .file(let file)? = sink, file.format == .orc { return "it writes ORC, which DuckDB does not" }
        return nil
    }

    /// `read_source`, or with the source's name where there are several.
    func stepName(ofSource source: String) -> String {
        sources.count == 1 && sources[0].name.utf8.elementsEqual(source.utf8)
            ? "read_source" : "read_source_\(source)"
    }
}
