import Fleet
import Pipeline

/// The files through which the child and a `TableMaker` hand rows to each other, and the child's statements for them.
/// They lie in the engine's own folder, or in the staging folder that all machines share.
struct ExchangedTable: Sendable {
    var place: StagingPlace
    var plan: Plan
    let compiler: DuckDBCompiler

    var folder: String { place.result }

    func input(_ index: Int) -> String { "\(place.directory)/input-\(index)" }

    /// Writes the rows of a source, with the names that the maker expects. What nothing reads is null.
    func inputStatement(_ index: Int) -> String {
        let source = plan.sources[index]
        let needed = plan.neededPlaces(ofSource: index)
        let columns = source.schema.columns.enumerated().map { column, one in
            let value =
                needed.contains(column)
                ? DuckDBText.identifier(one.name)
                : "CAST(NULL AS \(compiler.dialect.name(of: one.type)))"
            return "\(value) AS \(DuckDBText.identifier(SparkCompiler.sourceColumn(column)))"
        }
        return "COPY (SELECT \(columns.joined(separator: ", ")) FROM "
            + "\(compiler.scan(source.source, schema: source.schema))) "
            + "TO \(DuckDBText.literal(input(index))) (FORMAT parquet)"
    }

    /// One row: how many the source had.
    func countStatement(_ index: Int) -> String {
        "SELECT sum(num_rows) AS rows FROM parquet_file_metadata(\(DuckDBText.exactPath(input(index))))"
    }

    /// The rows that were made, in their order, under the names and with the types of the plan's output.
    var query: String {
        let columns = plan.output.columns.enumerated().map { index, column in
            let name = DuckDBText.identifier(SparkCompiler.resultColumn(index))
            let type = compiler.dialect.name(of: column.type)
            let value: String
            switch column.type {
            case .list, .structure, .binary: value = name
            // There is one NaN, without a sign, and one zero where it may have lost its own.
            case .float32, .float64:
                let zero = plan.mayHaveLostSigns(ofOutput: index) ? "WHEN \(name) = 0 THEN CAST(0 AS \(type)) " : ""
                value =
                    "CASE WHEN isnan(\(name)) THEN CAST('nan' AS \(type)) \(zero)ELSE CAST(\(name) AS \(type)) END"
            default: value = "CAST(\(name) AS \(type))"
            }
            return "\(value) AS \(DuckDBText.identifier(column.name))"
        }
        let files = DuckDBText.exactPath(folder).dropLast() + "/*.parquet'"
        return "SELECT \(columns.joined(separator: ", ")) FROM read_parquet(\(files), hive_partitioning = false)"
    }
}
