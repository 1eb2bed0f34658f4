/// One transform: what it does and where it stands.
public struct TransformSpec: Hashable, Sendable {
    public enum Kind: Hashable, Sendable {
        case select(columns: [PlacedText])
        case rename(mapping: [Renaming])
        case filter(predicate: PlacedExpression)
        case deriveColumn(name: PlacedText, expression: PlacedExpression)
        case cast(columns: [TypedName])
        case sort(by: [SortKey])
        case join(JoinSpec)
        case aggregate(groupBy: [PlacedText], aggregates: [NamedExpression])
        case limit(count: Int64, offset: Int64)
    }

    public var kind: Kind
    /// `transforms[2]`.
    public var place: FieldPlace

    public init(_ kind: Kind, _ place: FieldPlace = FieldPlace(path: "")) {
        self.kind = kind
        self.place = place
    }

    /// The name of the operation as written in `op`.
    public var operation: String {
        switch kind {
        case .select: "select"
        case .rename: "rename"
        case .filter: "filter"
        case .deriveColumn: "derive_column"
        case .cast: "cast"
        case .sort: "sort"
        case .join: "join"
        case .aggregate: "aggregate"
        case .limit: "limit"
        }
    }
}

public struct Renaming: Hashable, Sendable {
    public var old: PlacedText
    public var new: PlacedText

    public init(old: PlacedText, new: PlacedText) {
        self.old = old
        self.new = new
    }
}

public struct NamedExpression: Hashable, Sendable {
    public var name: PlacedText
    public var expression: PlacedExpression

    public init(name: PlacedText, expression: PlacedExpression) {
        self.name = name
        self.expression = expression
    }
}

/// Nulls sort last either way.
public struct SortKey: Hashable, Sendable {
    public var column: PlacedText
    public var descending: Bool

    public init(column: PlacedText, descending: Bool = false) {
        self.column = column
        self.descending = descending
    }
}

public struct JoinSpec: Hashable, Sendable {
    public enum Right: Hashable, Sendable {
        /// One of the pipeline's `sources`, raw.
        case named(PlacedText)
        case inline(SourceSpec)
    }

    public enum Kind: String, Hashable, Sendable, CaseIterable { case inner, left, right, outer }

    public var right: Right
    /// Pairs of equal columns; `on: [k]` is the pair (k, k).
    public var keys: [Key]
    public var how: Kind
    public var mergeKeys: Bool

    public struct Key: Hashable, Sendable {
        public var left: PlacedText
        public var right: PlacedText

        public init(left: PlacedText, right: PlacedText) {
            self.left = left
            self.right = right
        }
    }

    public init(right: Right, keys: [Key], how: Kind = .inner, mergeKeys: Bool = false) {
        self.right = right
        self.keys = keys
        self.how = how
        self.mergeKeys = mergeKeys
    }
}
