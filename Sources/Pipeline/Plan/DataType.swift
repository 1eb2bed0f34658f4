/// The type of a column. Names follow the language reference (section 6), not one engine.
public indirect enum DataType: Hashable, Sendable {
    case boolean
    case int8, int16, int32, int64
    case uint8, uint16, uint32, uint64
    /// 128 bits: DuckDB's HUGEINT; a plan casts it away before a sink.
    case hugeint
    case float32, float64
    case decimal(precision: Int, scale: Int)
    case text
    case binary
    case date
    case time
    /// Without time zone, microseconds.
    case timestamp
    /// An instant; sessions run in UTC.
    case timestamptz
    case interval
    case json
    case uuid
    case list(DataType)
    case structure([StructureField])
    /// A column without any value, or NULL itself: takes the type that its surroundings need.
    case unknown
    /// A type that passes through unread, by its name on the engine.
    case other(String)

    public struct StructureField: Hashable, Sendable {
        public var name: String
        public var type: DataType

        public init(name: String, type: DataType) {
            self.name = name
            self.type = type
        }
    }
}

extension DataType: CustomStringConvertible {
    /// The name by which the language calls a type; what can be written after `::` reads back as the same type.
    public var description: String {
        switch self {
        case .boolean: "boolean"
        case .int8: "int8"
        case .int16: "int16"
        case .int32: "int32"
        case .int64: "int64"
        case .uint8: "uint8"
        case .uint16: "uint16"
        case .uint32: "uint32"
        case .uint64: "uint64"
        case .hugeint: "hugeint"
        case .float32: "float32"
        case .float64: "double"
        case .decimal(let precision, let scale): "decimal(\(precision), \(scale))"
        case .text: "text"
        case .binary: "binary"
        case .date: "date"
        case .time: "time"
        case .timestamp: "timestamp"
        case .timestamptz: "timestamptz"
        case .interval: "interval"
        case .json: "json"
        case .uuid: "uuid"
        case .list(let element): "list of \(element)"
        case .structure(let fields): "struct(\(fields.map { "\($0.name) \($0.type)" }.joined(separator: ", ")))"
        case .unknown: "unknown"
        case .other(let name): name.lowercased()
        }
    }
}

/// The columns of a table, in order.
public struct Schema: Hashable, Sendable {
    public struct Column: Hashable, Sendable {
        public var name: String
        public var type: DataType

        public init(_ name: String, _ type: DataType) {
            self.name = name
            self.type = type
        }
    }

    public var columns: [Column]

    public init(_ columns: [Column]) { self.columns = columns }
}
