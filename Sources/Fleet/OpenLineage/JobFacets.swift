import Foundation
import Pipeline

/// What an event says of the job of a run: its pipeline.
struct JobFacets {
    let facts: RunFacts
    /// nil: its definition can't be read by this version.
    let pipeline: PipelineSpec?

    var all: [Facet?] {
        [
            Self.jobType("PIPELINE"),
            pipeline.flatMap { $0.description.isEmpty ? nil : $0.description }.map {
                Facet("documentation", "1-1-0/DocumentationJobFacet", ["description": .text($0)])
            },
            pipeline.flatMap(sql),
            pipeline.flatMap { spec in
                spec.options.tags.isEmpty
                    ? nil
                    : Facet(
                        "tags", "1-0-0/TagsJobFacet",
                        ["tags": .array(spec.options.tags.map { Facet.tag($0, "true", source: "USER") })])
            },
            facts.request.sourceCode.map(place) ?? Self.text("pipeline", facts.request.pipelineYAML),
        ]
    }

    static func jobType(_ job: String) -> Facet {
        Facet(
            "jobType", "2-0-4/JobTypeJobFacet",
            ["processingType": .text("BATCH"), "integration": .text("QUICKETL"), "jobType": .text(job)])
    }

    /// Which text it was: definitions are kept by their digests.
    static func text(_ noun: String, _ yaml: String) -> Facet {
        let digest = ContentDigest(of: yaml).description
        return Facet(
            "sourceCodeLocation", "1-1-0/SourceCodeLocationJobFacet",
            ["type": .text("quicketl"), "url": .text("urn:quicketl:\(noun):\(digest)"), "version": .text(digest)])
    }

    private func place(_ code: SourceCode) -> Facet {
        Facet(
            "sourceCodeLocation", "1-1-0/SourceCodeLocationJobFacet",
            [
                "type": .text("git"),
                "url": .text(url(code) ?? "urn:quicketl:pipeline:\(ContentDigest(of: facts.request.pipelineYAML))"),
                "repoUrl": .maybe(code.repository), "path": .text(code.path), "version": .maybe(code.commit),
            ])
    }

    /// Of the file where it is known how its host calls it, of the repository otherwise; nil: it has no page.
    private func url(_ code: SourceCode) -> String? {
        guard let page = code.page, let host = URL(string: page)?.host?.lowercased() else { return nil }
        guard let commit = code.commit,
            let path = code.path.addingPercentEncoding(withAllowedCharacters: .urlPathAllowed)
        else { return page }
        if host.contains("github") { return "\(page)/blob/\(commit)/\(path)" }
        if host.contains("gitlab") { return "\(page)/-/blob/\(commit)/\(path)" }
        return page
    }

    /// The query that is sent to a database, where there is one and only one.
    private func sql(_ pipeline: PipelineSpec) -> Facet? {
        let queries = pipeline.everySource.compactMap { named -> String? in
            guard case .database(let source) = named.source, case .query(let query) = source.rows else { return nil }
            return query.sql(backslashEscapes: false)
        }
        guard queries.count == 1 else { return nil }
        return Facet("sql", "1-1-0/SQLJobFacet", ["query": .text(queries[0])])
    }
}
