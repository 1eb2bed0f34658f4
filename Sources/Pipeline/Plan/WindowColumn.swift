/// A column computed over other rows of the table before the step.
public struct WindowColumn: Sendable {
    /// The rows that a value is made from.
    public enum Frame: Sendable {
        /// All rows of the partition.
        case partition
        /// From the first row of the partition in the order to the row itself.
        case running
    }

    public var id: Int
    public var function: WindowColumnSpec.Function
    /// nil: ranks, and the count of rows.
    public var argument: TypedExpression?
    public var partitions: [Int]
    /// Total, but for `rank` and `dense_rank`: there ties share a place.
    public var order: [Ordering]
    public var frame: Frame
    /// Rows back or ahead, of lag and lead.
    public var offset: Int64
    /// Where lag and lead leave the partition; of `type`.
    public var fallback: TypedExpression?
    public var type: DataType
}
