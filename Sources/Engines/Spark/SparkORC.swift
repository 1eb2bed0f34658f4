import Fleet
import Foundation
import Pipeline
import SparkConnect

/// ORC files, as Spark reads and writes them.
struct SparkORC: ORCFiles {
    let keeper: SparkKeeper

    var tables: any TableMaker { SparkTables(keeper: keeper) }

    func schema(of files: DirectFiles) async throws -> Schema {
        var source = SparkTable.files(files)
        // Else those of any one file.
        source.options["mergeSchema"] = "true"
        var relation = Spark_Connect_Relation()
        relation.read.dataSource = source
        let asked = relation
        var isSecond = false
        while true {
            do {
                let type = try await keeper.use { session in
                    do {
                        return try await session.schema(asked)
                    } catch let error where Self.isLost(error) {
                        await keeper.forget(session)
                        throw error
                    }
                }
                return Schema(type.struct.fields.map { Schema.Column($0.name, Self.dataType($0.dataType)) })
            } catch let error where !isSecond && Self.isLost(error) {
                // The session had been closed while nobody used it, or the server has died.
                isSecond = true
            }
        }
    }

    private static func isLost(_ error: any Error) -> Bool {
        error is LostSession || (error as? Failure)?.kind == .engineLost
    }

    private static func dataType(_ type: Spark_Connect_DataType) -> DataType {
        switch type.kind {
        case .boolean: return .boolean
        case .byte: return .int8
        case .short: return .int16
        case .integer: return .int32
        case .long: return .int64
        case .float: return .float32
        case .double: return .float64
        case .decimal(let decimal): return .decimal(precision: Int(decimal.precision), scale: Int(decimal.scale))
        case .string: return .text
        case .binary: return .binary
        case .date: return .date
        case .timestamp: return .timestamptz
        case .timestampNtz: return .timestamp
        case .array(let array): return .list(dataType(array.elementType))
        case .struct(let structure):
            return .structure(
                structure.fields.map { DataType.StructureField(name: $0.name, type: dataType($0.dataType)) })
        case .map: return .other("map")
        case .null, .unparsed, .variant, nil: return .other("a type of Spark's own")
        }
    }

    // MARK: - Writing

    func write(_ request: ORCRequest, _ progress: @escaping @Sendable (TableProgress) -> Void) async throws -> Int64? {
        let id = UUID()
        let prefix = "o\(id.uuidString.lowercased().replacing("-", with: ""))_"
        let sql: String
        do {
            sql = try SparkORCQuery(request: request, prefix: prefix).sql
        } catch {
            throw Failure(.invalidPipeline, "Spark cannot write \(error.reason) as ORC", step: "write_sink")
        }
        let table = SparkTable(
            keeper: keeper, prefix: prefix, sql: sql, sources: [],
            request: TableRequest(
                plan: request.plan, acceptedAt: request.acceptedAt, id: id, inputs: [], folder: request.folder,
                result: .published(partitionBy: request.partitionBy, refusesEmpty: false), note: request.note),
            format: .orc)
        do {
            return try await table.make(progress)
        } catch let failure as Failure {
            throw failure.at("write_sink")
        }
    }
}

/// The SELECT whose rows become ORC files.
private struct SparkORCQuery {
    let request: ORCRequest
    /// Of names that no column has.
    let prefix: String
    private let dialect = SparkDialect()

    init(request: ORCRequest, prefix: String) { (self.request, self.prefix) = (request, prefix) }

    var sql: String {
        get throws(PinnedToDuckDB) {
            let keepsOrder = request.isSorted && !request.rows.isEmpty || request.older != nil
            var parts: [String] = []
            if let older = request.older {
                // A file is read in pieces, and each piece in its order.
                let place = ["0", "''", "_metadata.file_block_start", "monotonically_increasing_id()"]
                parts.append(try select(from: file("orc", older), place: keepsOrder ? place : []))
            }
            for path in request.rows {
                let place = ["1", "_metadata.file_path", "_metadata.row_index", "0L"]
                parts.append(try select(from: file("parquet", path), place: keepsOrder ? place : []))
            }
            if parts.isEmpty { parts = [try noRows] }
            var rows = parts.joined(separator: " UNION ALL ")
            let partitions = request.partitionBy.map(dialect.quoted)
            if request.isOneFile {
                rows = "SELECT /*+ COALESCE(1) */ * FROM (\(rows))"
            } else if !partitions.isEmpty, !keepsOrder {
                // A partition's rows together, so that each has few files.
                rows = "SELECT /*+ REBALANCE(\(partitions.joined(separator: ", "))) */ * FROM (\(rows))"
            }
            guard keepsOrder else { return rows }
            let columns = request.plan.output.columns.map { dialect.quoted($0.name) }.joined(separator: ", ")
            let order = partitions + (0..<4).map { dialect.quoted("\(prefix)\($0)") }
            return "SELECT \(columns) FROM (\(rows)) ORDER BY \(order.joined(separator: ", "))"
        }
    }

    private func select(from table: String, place: [String]) throws(PinnedToDuckDB) -> String {
        let partitions = Set(request.partitionBy.map { Array($0.utf8) })
        var columns: [String] = []
        for column in request.plan.output.columns {
            let name = dialect.quoted(column.name)
            var value = "CAST(\(name) AS \(try dialect.name(of: column.type)))"
            if [.text, .unknown].contains(column.type), partitions.contains(Array(column.name.utf8)) {
                value = "nullif(\(value), '')"
            }
            columns.append("\(value) AS \(name)")
        }
        columns += place.enumerated().map { "\($1) AS \(dialect.quoted("\(prefix)\($0)"))" }
        return "SELECT \(columns.joined(separator: ", ")) FROM \(table)"
    }

    private var noRows: String {
        get throws(PinnedToDuckDB) {
            var columns: [String] = []
            for column in request.plan.output.columns {
                columns.append(
                    "CAST(NULL AS \(try dialect.name(of: column.type))) AS \(dialect.quoted(column.name))")
            }
            return "SELECT \(columns.joined(separator: ", ")) WHERE FALSE"
        }
    }

    private func file(_ format: String, _ path: String) -> String {
        "\(format).\(dialect.quoted(SparkTable.path(path)))"
    }
}
