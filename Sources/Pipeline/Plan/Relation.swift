/// A column of a step. Engines see only its id, so that no user name can collide with another or with a word of SQL.
public struct PlanColumn: Hashable, Sendable {
    /// Unique in the plan; the same as long as the value is the same, whatever it is renamed to.
    public var id: Int
    public var name: String
    public var type: DataType

    public init(id: Int, name: String, type: DataType) {
        self.id = id
        self.name = name
        self.type = type
    }
}

/// What a step does with the table of an earlier step (its index in `Plan.steps`).
public enum Relation: Sendable {
    /// The columns of `Plan.sources[source]`, in their order. `ordinal`: the id of a hidden column that numbers the
    /// rows in input order.
    case source(Int, ordinal: Int?)
    /// Some of the columns, perhaps under other names.
    case select(from: Int)
    /// All columns that the step names, those listed here computed.
    case compute(from: Int, [ComputedColumn])
    case filter(from: Int, TypedExpression)
    /// Says in which order rows stand from here on. The order is applied where something depends on it.
    case sort(from: Int)
    /// `order` is total (ties broken by all columns) unless it is empty: then rows are taken in input order.
    case limit(from: Int, count: Int64, offset: Int64, order: [Ordering])
    case join(JoinRelation)
    case aggregate(from: Int, groups: [Int], [ComputedColumn])
    /// One row per key: the first, or the last, in a total order. Rows that are equal in every column, hidden ones
    /// too, need none.
    case dedup(from: Int, keys: [Int], order: [Ordering], keep: DedupSpec.Keep)
    /// The rows of several steps below each other. Beside the step's columns and then its hidden ones, in their order,
    /// the value that each part has for it.
    case union([UnionPart])
    /// All columns that the step names, those listed here computed over other rows.
    case window(from: Int, [WindowColumn])
    case pivot(PivotRelation)
    case unpivot(UnpivotRelation)

    public struct ComputedColumn: Sendable {
        public var id: Int
        public var value: TypedExpression
    }
}

public struct JoinRelation: Sendable {
    public enum Side: Sendable { case left, right }

    /// Where a column of the result comes from.
    public enum Origin: Sendable {
        case column(Side, Int)
        /// A key of both sides in one: the left value, else the right one.
        case merged(left: TypedExpression, right: TypedExpression)
    }

    public struct Key: Sendable {
        /// Over columns of the left, and of the right step; both of one type. Nulls never match.
        public var left: TypedExpression
        public var right: TypedExpression
    }

    public var left: Int
    public var right: Int
    public var how: JoinSpec.Kind
    public var keys: [Key]
    /// Beside the step's columns, in their order.
    public var origins: [Origin]
}

/// A step of a plan with the table that it makes.
public struct PlanStep: Sendable {
    /// `read_source`, `read_source_NAME`, `transform_I_OP`.
    public var name: String
    /// `read_source`, or the operation.
    public var operation: String
    public var relation: Relation
    public var columns: [PlanColumn]
    /// Columns that only an order needs: carried along, never shown.
    public var hidden: [PlanColumn]
    /// How rows stand after the step; empty: in input order, or in none.
    public var order: [Ordering]

    public var schema: Schema { Schema(columns.map { Schema.Column($0.name, $0.type) }) }
}
