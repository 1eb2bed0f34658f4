/// A step whose rows come to stand below others in a union.
public struct UnionPart: Sendable {
    public var from: Int
    /// Over the columns of `from`.
    public var values: [TypedExpression]
}

/// From wide to long: a row per value column for every row, nulls too, in the order of the columns.
public struct UnpivotRelation: Sendable {
    public struct Part: Sendable {
        /// Goes into the column of names.
        public var name: String
        /// Of the type of the column of values.
        public var value: TypedExpression
    }

    public var from: Int
    public var parts: [Part]
    /// Ids of the two new columns; the others are those of `from`.
    public var nameColumn: Int
    public var valueColumn: Int
    /// The id of a hidden column that numbers the parts of a row from 0.
    public var ordinal: Int?
}
