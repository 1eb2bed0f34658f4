import Fleet
import Foundation
import Pipeline
import SparkConnect

/// Computes tables on Spark.
struct SparkTables: TableMaker {
    let keeper: SparkKeeper
    var engine: String { "spark" }

    func prepare(_ plan: Plan, acceptedAt: Date) throws(Failure) -> any PreparedTable {
        for source in plan.sources {
            if case .database = source.source { throw Self.refusal("a database as a source") }
        }
        if case .database? = plan.sink { throw Self.refusal("a database as the sink") }
        let unique = UUID().uuidString.lowercased().replacing("-", with: "")
        let compiler = SparkCompiler(acceptedAt: acceptedAt, sourcePrefix: "s\(unique)_")
        do {
            var sources: [SparkTable.Source] = []
            for (index, source) in plan.sources.enumerated() {
                sources.append(
                    SparkTable.Source(name: compiler.sourceTable(index), schema: try compiler.schema(source)))
            }
            return SparkTable(keeper: keeper, sql: try compiler.query(plan), sources: sources)
        } catch {
            throw Self.refusal(error.reason)
        }
    }

    /// How a refusal begins.
    static let pinned = "the pipeline runs on DuckDB only:"

    private static func refusal(_ reason: String) -> Failure {
        Failure(.invalidPipeline, "\(pinned) \(reason); choose the engine duckdb or auto")
    }
}

/// One operation: a SELECT over Parquet files, written to Parquet files. It needs nothing that a session remembers.
struct SparkTable: PreparedTable {
    let keeper: SparkKeeper
    let sql: String
    let sources: [Source]

    struct Source: Sendable {
        var name: String
        var schema: String
    }

    func make(
        reading inputs: [String], into folder: String, progress: @escaping @Sendable (Double) -> Void
    ) async throws {
        let session = try await keeper.session()
        do {
            _ = try await session.execute(plan(inputs, folder), operation: UUID(), progress: progress)
        } catch let failure as Failure where failure.kind == .engineLost {
            await keeper.forget(session)
            throw failure
        }
    }

    private func plan(_ inputs: [String], _ folder: String) -> Spark_Connect_Plan {
        var query = Spark_Connect_Relation()
        query.sql.query = sql
        var all = Spark_Connect_Relation()
        all.withRelations.root = query
        all.withRelations.references = zip(sources, inputs).map { source, path in
            var read = Spark_Connect_Relation()
            read.read.dataSource.format = "parquet"
            read.read.dataSource.schema = source.schema
            read.read.dataSource.paths = [Self.path(path)]
            var named = Spark_Connect_Relation()
            named.subqueryAlias.input = read
            named.subqueryAlias.alias = source.name
            return named
        }
        var write = Spark_Connect_WriteOperation()
        write.input = all
        write.source = "parquet"
        write.mode = .errorIfExists
        write.path = "file://" + folder
        var plan = Spark_Connect_Plan()
        plan.command.writeOperation = write
        return plan
    }

    /// Hadoop reads a path as a pattern.
    static func path(_ path: String) -> String {
        var result = String.UnicodeScalarView("file://".unicodeScalars)
        for scalar in path.unicodeScalars {
            if "*?[]{}\\".unicodeScalars.contains(scalar) { result.append("\\") }
            result.append(scalar)
        }
        return String(result)
    }
}
