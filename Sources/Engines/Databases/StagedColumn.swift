import Pipeline

/// A column of the staged file on its way into a database.
struct StagedColumn: Sendable, Hashable {
    var name: String
    var type: DataType

    /// Its value as DuckDB computes it, in a type that the database has.
    func value(for kind: DatabaseAddress.Kind) -> String {
        let name = DuckDBText.identifier(name)
        switch type {
        // As JSON, which every database can keep and read.
        case .list, .structure:
            return kind == .postgresql ? "CAST(to_json(\(name)) AS JSON)" : "CAST(to_json(\(name)) AS VARCHAR)"
        case .json: return kind == .postgresql ? "CAST(\(name) AS JSON)" : "CAST(\(name) AS VARCHAR)"
        case .other, .unknown: return "CAST(\(name) AS VARCHAR)"
        case .interval: return kind == .postgresql ? name : "CAST(\(name) AS VARCHAR)"
        default: break
        }
        switch kind {
        case .postgresql:
            switch type {
            case .int8: return "CAST(\(name) AS SMALLINT)"
            case .uint8: return "CAST(\(name) AS SMALLINT)"
            case .uint16: return "CAST(\(name) AS INTEGER)"
            case .uint32: return "CAST(\(name) AS BIGINT)"
            case .uint64: return "CAST(\(name) AS DECIMAL(20, 0))"
            default: return name
            }
        case .mysql:
            switch type {
            // It has no NaN and no infinities.
            case .float32, .float64: return "CASE WHEN isfinite(\(name)) THEN \(name) END"
            // Without a zone: sessions run in UTC.
            case .timestamptz: return "CAST(\(name) AS TIMESTAMP)"
            case .time, .uuid: return "CAST(\(name) AS VARCHAR)"
            default: return name
            }
        case .sqlite, .duckdb: return name
        }
    }

    /// The type of a MySQL column that holds `value`; the scanner's own choice would cut microseconds.
    var mysqlType: String {
        switch type {
        case .boolean: "TINYINT(1)"
        case .int8: "TINYINT"
        case .int16: "SMALLINT"
        case .int32: "INT"
        case .int64: "BIGINT"
        case .uint8: "TINYINT UNSIGNED"
        case .uint16: "SMALLINT UNSIGNED"
        case .uint32: "INT UNSIGNED"
        case .uint64: "BIGINT UNSIGNED"
        case .float32: "FLOAT"
        case .float64: "DOUBLE"
        case .decimal(let precision, let scale) where scale <= 30: "DECIMAL(\(precision), \(scale))"
        case .date: "DATE"
        case .time: "TIME(6)"
        case .timestamp, .timestamptz: "DATETIME(6)"
        case .uuid: "CHAR(36)"
        case .binary: "LONGBLOB"
        default: "LONGTEXT CHARACTER SET utf8mb4"
        }
    }
}
