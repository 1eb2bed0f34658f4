import Fleet
import Foundation
import Pipeline

@testable import Engines

/// The statements of a pipeline on either engine, without the run around them: what a run would have computed, many
/// times faster. Sources are files of which the schemas are known.
struct BareRun: Sendable {
    let plan: Plan
    private let table: ExchangedTable
    private let child: RenewedChild
    private let acceptedAt: Date

    static let acceptedAt = Date(timeIntervalSince1970: 1_700_000_000.25)

    /// Plans; asks the child for the values of pivots. Files of the run are made in `folder`, where its paths begin.
    init(
        yaml: String, schemas: [String: Schema], folder: String, child: RenewedChild, acceptedAt: Date = acceptedAt
    ) async throws {
        self.child = child
        self.acceptedAt = acceptedAt
        let compiler = DuckDBCompiler(baseDirectory: folder, acceptedAt: acceptedAt)
        let plan: Plan
        do {
            let spec = try PipelineLoader.load(yaml: yaml, file: nil, variables: VariableScope()).spec
            var values: [Int: [String?]] = [:]
            while let probe = try Plan.pivotProbe(spec, file: nil, schemas: schemas, pivotValues: values) {
                let answers = try await child.execute([compiler.pivotValues(probe)])
                values[probe.transform] = try answers[0].rows().map { $0["pivot_value"] ?? nil }
            }
            plan = try Plan.make(spec, file: nil, schemas: schemas, pivotValues: values)
        } catch let error as InvalidPipeline {
            throw Failure(.invalidPipeline, error.description)
        }
        self.plan = plan
        table = ExchangedTable(
            place: StagingPlace(in: folder, lease: lease(.random(), token: 1)), plan: plan, compiler: compiler)
    }

    typealias Rows = [[String: String?]]

    /// The values of the columns as texts in `v0`, `v1`, …, their types in `type0`, `type1`, …
    func onDuckDB() async throws -> Rows { try await read(table.compiler.query(plan)) }

    /// As on DuckDB. Throws the reason when the plan is pinned.
    func onSpark(_ tables: SparkTables) async throws -> Rows {
        let request = TableRequest(
            plan: plan, acceptedAt: acceptedAt, id: UUID(),
            inputs: plan.sources.indices.map { .copied(table.input($0)) }, folder: table.folder, result: .handedBack)
        let prepared = try tables.prepare(request)
        try FileManager.default.createDirectory(atPath: table.place.directory, withIntermediateDirectories: true)
        defer {
            // It lies in a folder that is removed in the end.
            try? FileManager.default.removeItem(atPath: table.place.directory)
        }
        _ = try await child.execute(plan.sources.indices.map(table.inputStatement))
        _ = try await prepared.make { _ in }
        return try await read(table.query)
    }

    private func read(_ query: String) async throws -> Rows {
        let columns = plan.output.columns.enumerated().map { index, column in
            let name = DuckDBText.identifier(column.name)
            return "CAST(\(name) AS VARCHAR) AS v\(index), typeof(\(name)) AS type\(index)"
        }
        return try await child.execute(["SELECT \(columns.joined(separator: ", ")) FROM (\(query))"])[0].rows()
    }
}

/// A DuckDB child that is started anew after a refused statement has ended it.
actor RenewedChild {
    private let folder: String
    private var process: DuckDBProcess?

    init(in folder: String) { self.folder = folder }

    /// Throws what may be told of a refusal.
    func execute(_ statements: [String]) async throws -> [DuckDBResult] {
        let used = try await running()
        do {
            return try await used.execute(statements)
        } catch let error as DuckDBError {
            await close()
            throw error.failure
        }
    }

    private func running() async throws -> DuckDBProcess {
        if let process { return process }
        var settings = try duckDBSettings(in: folder)
        settings.threads = 1
        let made = try await DuckDBProcess.start(settings)
        process = made
        return made
    }

    func close() async {
        let ended = process
        process = nil
        await ended?.close()
    }
}
