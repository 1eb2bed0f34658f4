import Fleet
import Foundation
import Pipeline

/// Computes tables on Spark.
struct SparkTables: TableMaker {
    let keeper: SparkKeeper
    var engine: String { "spark" }
    var orcFiles: (any ORCFiles)? { SparkORC(keeper: keeper) }

    func version() async -> String? { await keeper.version }

    func prepare(_ request: TableRequest) throws(Failure) -> any PreparedTable {
        for source in request.plan.sources {
            if case .database = source.source { throw Self.refusal("a database as a source") }
        }
        if case .database? = request.plan.sink { throw Self.refusal("a database as the sink") }
        let unique = request.id.uuidString.lowercased().replacing("-", with: "")
        var compiler = SparkCompiler(acceptedAt: request.acceptedAt, sourcePrefix: "s\(unique)_")
        for (index, input) in request.inputs.enumerated() {
            if case .direct = input { compiler.directSources.insert(index) }
        }
        do {
            var sources: [SparkTable.Source] = []
            for (index, (source, input)) in zip(request.plan.sources, request.inputs).enumerated() {
                sources.append(
                    SparkTable.Source(
                        name: compiler.sourceTable(index), schema: try compiler.schema(source, at: index), input: input)
                )
            }
            return SparkTable(
                keeper: keeper, prefix: compiler.sourcePrefix,
                sql: try compiler.query(request.plan, for: request.result),
                sources: sources, request: request)
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
