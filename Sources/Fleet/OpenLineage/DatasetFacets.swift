import Foundation
import Pipeline

/// What an event says of the datasets of a run.
struct DatasetFacets {
    let facts: RunFacts
    /// nil: its definition can't be read by this version.
    let pipeline: PipelineSpec?

    /// What was written; of a run that wrote nothing where its pipeline would have written to, so that readers know
    /// whose run it is that failed.
    func outputs(of kind: EventKind) -> [DatasetUse] {
        if kind == .complete { return facts.outputs }
        guard let declared else { return [] }
        return [DatasetUse(namespace: declared.namespace, name: declared.name)]
    }

    private var declared: (namespace: String, name: String)? {
        let base = facts.request.baseDirectory
        switch pipeline?.sink {
        case .file(let sink)?:
            let path = ResolvedPath.absolute(sink.path.text, in: base)
            return path.contains("://") ? Self.objectName(path) : ("file", path)
        case .database(let sink)?:
            // What cannot be read without its secrets has no name yet.
            let address = try? DatabaseAddress(sink.connection, baseDirectory: base) { _ in nil }
            return address.map { ($0.server, $0.dataset(sink.table)) }
        case nil: return nil
        }
    }

    /// `s3://bucket/a/b` is `a/b` in the namespace `s3://bucket`.
    private static func objectName(_ uri: String) -> (namespace: String, name: String) {
        guard let scheme = uri.range(of: "://"), let slash = uri[scheme.upperBound...].firstIndex(of: "/") else {
            return (uri, "/")
        }
        return (String(uri[..<slash]), String(uri[uri.index(after: slash)...]))
    }

    /// Of inputs and outputs alike.
    func common(of use: DatasetUse) -> [Facet?] {
        [
            use.columns.isEmpty
                ? nil
                : Facet(
                    "schema", "1-2-0/SchemaDatasetFacet",
                    [
                        "fields": .array(
                            use.columns.enumerated().map { position, column in
                                .record([
                                    "name": .text(column.name), "type": .text(column.type),
                                    "ordinal_position": .maybe(position + 1),
                                ])
                            })
                    ]),
            Facet(
                "dataSource", "1-0-1/DatasourceDatasetFacet",
                [
                    "name": .text(use.namespace),
                    "uri": .text(use.namespace == "file" ? "file:///" : use.namespace),
                ]),
        ]
    }

    func inputStatistics(of use: DatasetUse) -> Facet? {
        guard use.rows != nil || use.bytes != nil || use.files != nil else { return nil }
        return Facet(
            "inputStatistics", "1-0-0/InputStatisticsInputDatasetFacet",
            ["rowCount": .maybe(use.rows), "size": .maybe(use.bytes), "fileCount": .maybe(use.files)])
    }

    func outputStatistics(of use: DatasetUse) -> Facet? {
        Facet(
            "outputStatistics", "1-0-2/OutputStatisticsOutputDatasetFacet",
            ["rowCount": .maybe(use.rows), "size": .maybe(use.bytes), "fileCount": .maybe(use.files)])
    }

    /// Checks are made on what is about to be written, so that a failed run has results of them as well.
    func output(of use: DatasetUse, _ kind: EventKind) -> [Facet?] {
        guard kind.isFinal else { return [] }
        return [
            assertions(of: use), metrics(of: use),
            kind == .complete ? columnLineage(of: use) : nil,
            kind == .complete
                ? Facet(
                    "version", "1-0-1/DatasetVersionDatasetFacet",
                    ["datasetVersion": .text(facts.request.runID.description)])
                : nil,
        ]
    }

    // MARK: Checks

    private func assertions(of use: DatasetUse) -> Facet? {
        guard !facts.checks.isEmpty else { return nil }
        return Facet(
            "dataQualityAssertions", "1-1-0/DataQualityAssertionsDatasetFacet",
            [
                "assertions": .array(
                    facts.checks.map { check in
                        .record([
                            "assertion": .text(check.type), "success": .bool(check.passed),
                            "column": .maybe(column(of: check, in: use)),
                            "severity": .text(check.severity.rawValue),
                            "name": .text(check.subject.isEmpty ? check.type : "\(check.type) \(check.subject)"),
                        ])
                    })
            ])
    }

    private func column(of check: CheckReport, in use: DatasetUse) -> String? {
        use.columns.first { $0.name.unicodeScalars.elementsEqual(check.subject.unicodeScalars) }?.name
    }

    /// What was written, and what checks counted by the way.
    private func metrics(of use: DatasetUse) -> Facet? {
        let counted = use.columns.compactMap { column -> JSONMember? in
            func found(_ type: String) -> CheckReport? {
                facts.checks.first { check in
                    check.type == type && check.subject.unicodeScalars.elementsEqual(column.name.unicodeScalars)
                }
            }
            guard let nulls = found("not_null")?.failedRows else { return nil }
            // Without nulls and repetitions there are as many values as rows.
            let isDistinct = nulls == 0 && found("unique")?.failedRows == 0
            return JSONMember(
                name: column.name,
                value: .record(["nullCount": .maybe(nulls), "distinctCount": isDistinct ? .maybe(use.rows) : nil]))
        }
        guard !counted.isEmpty || use.rows != nil || use.bytes != nil else { return nil }
        return Facet(
            "dataQualityMetrics", "1-0-0/DataQualityMetricsDatasetFacet",
            [
                "rowCount": .maybe(use.rows), "bytes": .maybe(use.bytes), "fileCount": .maybe(use.files),
                "columnMetrics": .object(counted),
            ])
    }

    // MARK: Column lineage

    private func columnLineage(of use: DatasetUse) -> Facet? {
        guard !facts.lineage.isEmpty else { return nil }
        let fields = use.columns.compactMap { column -> JSONMember? in
            let edges = facts.lineage.filter { edge in
                edge.outputColumn?.unicodeScalars.elementsEqual(column.name.unicodeScalars) ?? false
            }
            guard !edges.isEmpty else { return nil }
            return JSONMember(name: column.name, value: .record(["inputFields": .array(inputFields(edges))]))
        }
        let whole = inputFields(facts.lineage.filter { $0.outputColumn == nil })
        return Facet(
            "columnLineage", "1-2-0/ColumnLineageDatasetFacet",
            ["fields": .object(fields), "dataset": whole.isEmpty ? nil : .array(whole)])
    }

    /// One for each input column, with all the ways in which it is used.
    private func inputFields(_ edges: [ColumnLineageEdge]) -> [JSONValue] {
        struct Field {
            var edge: ColumnLineageEdge
            var uses: [JSONValue]
        }
        var fields: [Field] = []
        for edge in edges {
            let use = JSONValue.record([
                "type": .text(edge.kind.rawValue), "subtype": .text(edge.subtype.rawValue),
                "masking": .bool(edge.isMasking),
            ])
            let known = fields.firstIndex { field in
                field.edge.inputSource.unicodeScalars.elementsEqual(edge.inputSource.unicodeScalars)
                    && field.edge.inputColumn.unicodeScalars.elementsEqual(edge.inputColumn.unicodeScalars)
            }
            if let known { fields[known].uses.append(use) } else { fields.append(Field(edge: edge, uses: [use])) }
        }
        return fields.compactMap { field in
            let input = facts.inputs.first {
                $0.sourceName?.unicodeScalars.elementsEqual(field.edge.inputSource.unicodeScalars) ?? false
            }
            guard let input else { return nil }
            return .record([
                "namespace": .text(input.namespace), "name": .text(input.name),
                "field": .text(field.edge.inputColumn), "transformations": .array(field.uses),
            ])
        }
    }
}
