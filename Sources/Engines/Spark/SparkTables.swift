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
        do {
            return SparkTable(
                keeper: keeper, sql: try SparkCompiler(acceptedAt: acceptedAt).query(plan), sources: plan.sources.count)
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
    let sources: Int

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
        all.withRelations.references = inputs.enumerated().map { index, path in
            var read = Spark_Connect_Relation()
            read.read.dataSource.format = "parquet"
            read.read.dataSource.paths = [Self.path(path)]
            var named = Spark_Connect_Relation()
            named.subqueryAlias.input = read
            named.subqueryAlias.alias = SparkCompiler.sourceTable(index)
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
