/// One column that a window step adds. All of them read the table before the step.
public struct WindowColumnSpec: Hashable, Sendable {
    public enum Function: String, Hashable, Sendable, CaseIterable {
        case rowNumber = "row_number"
        case rank
        case denseRank = "dense_rank"
        case lag, lead, sum, avg, min, max, count, first, last

        /// Counts places in the order, and takes no column.
        public var ranks: Bool { self == .rowNumber || self == .rank || self == .denseRank }
        /// Takes `offset` and `default`.
        public var shifts: Bool { self == .lag || self == .lead }
    }

    public var name: PlacedText
    public var function: Function
    /// nil for ranks, and for a `count` of rows.
    public var column: PlacedText?
    /// Rows back (lag) or ahead (lead); 0 is the row itself.
    public var offset: Int64
    public var partitionBy: [PlacedText]
    public var orderBy: [SortKey]
    /// Where lag or lead leave the partition; nil: null.
    public var fallback: PlacedLiteral?
    /// `transforms[2].columns[0]`.
    public var place: FieldPlace

    public init(
        name: PlacedText, function: Function, column: PlacedText? = nil, offset: Int64 = 1,
        partitionBy: [PlacedText] = [], orderBy: [SortKey] = [], fallback: PlacedLiteral? = nil,
        place: FieldPlace = FieldPlace(path: "")
    ) {
        self.name = name
        self.function = function
        self.column = column
        self.offset = offset
        self.partitionBy = partitionBy
        self.orderBy = orderBy
        self.fallback = fallback
        self.place = place
    }
}
