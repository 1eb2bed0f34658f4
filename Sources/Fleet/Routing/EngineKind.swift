/// An engine, as decisions and history name it.
public enum EngineKind: String, Sendable, Hashable, Codable, CaseIterable {
    case duckdb, spark

    /// As people know it.
    public var title: String {
        switch self {
        case .duckdb: "DuckDB"
        case .spark: "Spark"
        }
    }
}

/// A figure for each engine; nil where it cannot be told or the engine does not come into question.
public struct PerEngine<Value: Sendable & Hashable & Codable>: Sendable, Hashable, Codable {
    public var duckdb: Value?
    public var spark: Value?

    public init(duckdb: Value? = nil, spark: Value? = nil) { (self.duckdb, self.spark) = (duckdb, spark) }

    public subscript(_ engine: EngineKind) -> Value? {
        get {
            switch engine {
            case .duckdb: duckdb
            case .spark: spark
            }
        }
        set {
            switch engine {
            case .duckdb: duckdb = newValue
            case .spark: spark = newValue
            }
        }
    }

    private enum CodingKeys: String, CodingKey { case duckdb, spark }

    /// Both keys are always there: what is not known is null.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(duckdb, forKey: .duckdb)
        try container.encode(spark, forKey: .spark)
    }
}
