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
    /// The input's values cannot be had back from what depends on them: only hashes or counts of them come through.
    public var isMasking: Bool

    public init(
        outputColumn: String?, inputSource: String, inputColumn: String, kind: Kind, subtype: Subtype,
        isMasking: Bool = false
    ) {
        self.outputColumn = outputColumn
        self.inputSource = inputSource
        self.inputColumn = inputColumn
        self.kind = kind
        self.subtype = subtype
        self.isMasking = isMasking
    }

    /// Edges that an older version stored say nothing of masking.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        outputColumn = try values.decodeIfPresent(String.self, forKey: .outputColumn)
        inputSource = try values.decode(String.self, forKey: .inputSource)
        inputColumn = try values.decode(String.self, forKey: .inputColumn)
        kind = try values.decode(Kind.self, forKey: .kind)
        subtype = try values.decode(Subtype.self, forKey: .subtype)
        isMasking = try values.decodeIfPresent(Bool.self, forKey: .isMasking) ?? false
    }
}
