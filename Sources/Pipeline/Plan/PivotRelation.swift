/// From long to wide: a row per `index`, a column per value of `column` and aggregate.
public struct PivotRelation: Sendable {
    /// A column of the result.
    public struct Cell: Sendable {
        public var id: Int
        /// The text of the value that it is for; nil: null.
        public var value: String?
        /// Into `aggregates`.
        public var aggregate: Int
        /// What stands where no row has the value: 0 for counts, else null.
        public var isZeroWhereAbsent: Bool
    }

    public var from: Int
    public var index: [Int]
    /// Whose values become columns, in their text form.
    public var column: Int
    /// Over columns of `from`, grouped by `index` and `column`. Their ids stand in no table.
    public var aggregates: [Relation.ComputedColumn]
    public var cells: [Cell]
}
