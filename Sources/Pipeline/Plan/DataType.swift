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
