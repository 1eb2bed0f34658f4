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
        case fillNull(columns: [FilledColumn])
        case dedup(DedupSpec)
        case union(UnionSpec)
        case window(columns: [WindowColumnSpec])
        case pivot(PivotSpec)
        case unpivot(UnpivotSpec)
        case hashKey(HashKeySpec)
        case coalesce(name: PlacedText, columns: [PlacedText], default: PlacedLiteral?)
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
        case .fillNull: "fill_null"
        case .dedup: "dedup"
        case .union: "union"
        case .window: "window"
        case .pivot: "pivot"
        case .unpivot: "unpivot"
        case .hashKey: "hash_key"
        case .coalesce: "coalesce"
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

/// `column: value` of a fill_null.
public struct FilledColumn: Hashable, Sendable {
    public var column: PlacedText
    public var value: PlacedLiteral

    public init(column: PlacedText, value: PlacedLiteral) {
        self.column = column
        self.value = value
    }
}

/// One whole row per key.
public struct DedupSpec: Hashable, Sendable {
    public enum Keep: String, Hashable, Sendable, CaseIterable { case first, last }

    /// Empty: the whole row is the key; then the other fields say nothing.
    public var columns: [PlacedText]
    /// Empty: the order of a sort before it, else input order.
    public var orderBy: [SortKey]
    public var keep: Keep

    public init(columns: [PlacedText] = [], orderBy: [SortKey] = [], keep: Keep = .first) {
        self.columns = columns
        self.orderBy = orderBy
        self.keep = keep
    }
}

/// The table with the rows of raw named sources below it, by column name.
public struct UnionSpec: Hashable, Sendable {
    /// What a column means that one side lacks.
    public enum Missing: String, Hashable, Sendable, CaseIterable { case error, null }

    /// Names of `sources`, in order; the same may stand twice.
    public var sources: [PlacedText]
    public var missing: Missing

    public init(sources: [PlacedText], missing: Missing = .error) {
        self.sources = sources
        self.missing = missing
    }
}

/// The hexadecimal hash of the texts of some columns; null when one of them is.
public struct HashKeySpec: Hashable, Sendable {
    public enum Algorithm: String, Hashable, Sendable, CaseIterable { case md5, sha1, sha256 }

    public var name: PlacedText
    public var columns: [PlacedText]
    public var algorithm: Algorithm
    /// Between the texts; may be empty.
    public var separator: String

    public init(name: PlacedText, columns: [PlacedText], algorithm: Algorithm = .md5, separator: String = "|") {
        self.name = name
        self.columns = columns
        self.algorithm = algorithm
        self.separator = separator
    }
}

public struct JoinSpec: Hashable, Sendable {
    public enum Right: Hashable, Sendable {
        /// One of the pipeline's `sources`, raw.
        case named(PlacedText)
        case inline(SourceSpec)
    }

    /// `semi` and `anti` keep rows of the left with, and without, a partner; `cross` pairs every row with every row.
    public enum Kind: String, Hashable, Sendable, CaseIterable { case inner, left, right, outer, semi, anti, cross }

    public var right: Right
    /// Pairs of equal columns; `on: [k]` is the pair (k, k). Empty for `cross` alone.
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
