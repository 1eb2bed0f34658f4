import Fleet
import Pipeline

/// What the sources hold, before anything is read.
extension DuckDBExecution {
    /// Asks for the columns and sizes of all sources in one round, and plans.
    mutating func describe() async throws -> Plan {
        progress(AttemptProgress(phase: "describe"))
        let start = ContinuousClock.now
        let sources = attempt.pipeline.usedSources
        let files = sources.map(files)
        let steps = sources.map { stepName($0.name) }
        let counted = files.indices.filter { files[$0] != nil }
        let answers = try await execute(
            sources.map { compiler.describe($0.source) } + counted.compactMap { files[$0]?.countStatement },
            steps: steps + counted.map { steps[$0] }, reading: sources)
        var counts: [[String: String?]] = sources.map { _ in [:] }
        for (index, source) in counted.enumerated() {
            counts[source] = try answers[sources.count + index].rows().first ?? [:]
        }
        var schemas: [String: Schema] = [:]
        try await listORCFiles(sources)
        for (index, named) in sources.enumerated() {
            var columns = try answers[index].rows().map { row in
                let type = (row["column_type"] ?? nil) ?? ""
                return Schema.Column(
                    (row["column_name"] ?? nil) ?? "",
                    files[index] == nil ? DatabaseScan.dataType(type) : DuckDBCompiler.dataType(type))
            }
            if case .database(let source) = named.source {
                try compiler.databases?.check(source, columns: columns.map(\.name))
            }
            if let found = orcSources[Array(named.name.utf8)] {
                columns = try await orcColumns(found, hive: columns, of: named)
            }
            schemas[named.name] = Schema(columns)
            let count = counts[index]
            let dataset = files[index]?.dataset ?? databaseName(named)
            inputs.append(
                DatasetUse(
                    namespace: dataset.namespace, name: dataset.name, sourceName: named.name,
                    rows: Self.number(count["rows"]), bytes: Self.number(count["bytes"]),
                    files: Self.number(count["files"]).map { Int($0) }, columns: columns.map { .init($0) }))
        }
        do {
            let values = try await pivotValues(schemas)
            let plan = try Plan.make(attempt.pipeline, file: attempt.file, schemas: schemas, pivotValues: values)
            metrics.phaseSeconds["describe"] = seconds(since: start)
            return plan
        } catch let error as InvalidPipeline {
            throw Failure(.invalidPipeline, error.description)
        }
    }

    /// Reads the values that pivots make columns of: one after the other, for one may read what another has made.
    func pivotValues(_ schemas: [String: Schema]) async throws -> [Int: [String?]] {
        var values: [Int: [String?]] = [:]
        while let probe = try Plan.pivotProbe(
            attempt.pipeline, file: attempt.file, schemas: schemas, pivotValues: values)
        {
            if probe.plan.sources.contains(where: { orcSources[Array($0.name.utf8)] != nil }) {
                values[probe.transform] = try await pivotValuesElsewhere(probe)
                continue
            }
            let answers = try await execute(
                [compiler.pivotValues(probe)], steps: [probe.stepName], phase: "describe")
            values[probe.transform] = try answers[0].rows().map { $0["pivot_value"] ?? nil }
        }
        return values
    }

    /// nil: a database.
    func files(_ named: NamedSource) -> SourceFiles? {
        guard case .file(let file) = named.source else { return nil }
        return SourceFiles(pattern: compiler.pattern(named.source), format: file.format)
    }

    func databaseName(_ named: NamedSource) -> (namespace: String, name: String) {
        guard case .database(let source) = named.source else { return ("", "") }
        return compiler.databases?.dataset(source, named: named.name) ?? ("", "")
    }
}
