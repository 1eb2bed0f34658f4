/// One edge of column lineage: an output column depends on an input column.
///
/// Types and subtypes are those of the OpenLineage column lineage facet.
public struct ColumnLineageEdge: Hashable, Sendable, Codable {
    public enum Kind: String, Sendable, Codable {
        case direct = "DIRECT"
        case indirect = "INDIRECT"
    }

    public enum Subtype: String, Sendable, Codable {
        case identity = "IDENTITY"
        case transformation = "TRANSFORMATION"
        case aggregation = "AGGREGATION"
        case join = "JOIN"
        case groupBy = "GROUP_BY"
        case filter = "FILTER"
        case sort = "SORT"
        case window = "WINDOW"
        case conditional = "CONDITIONAL"
    }

    /// nil for an indirect dependency of the dataset as a whole (a filter, a join key, a sort).
    public var outputColumn: String?
    /// The name of the source in the plan (`source` for a single one); the engine maps it to a dataset.
    public var inputSource: String
    public var inputColumn: String
    public var kind: Kind
    public var subtype: Subtype

    public init(outputColumn: String?, inputSource: String, inputColumn: String, kind: Kind, subtype: Subtype) {
        self.outputColumn = outputColumn
        self.inputSource = inputSource
        self.inputColumn = inputColumn
        self.kind = kind
        self.subtype = subtype
    }
}
