/// An expression whose names are columns of a plan and whose types are known. Conversions that the language makes
/// by itself are casts here, so that an engine has none left to decide.
public struct TypedExpression: Hashable, Sendable {
    public indirect enum Kind: Hashable, Sendable {
        case literal(Literal)
        /// By the column's id.
        case column(Int)
        case unary(UnaryOperator, TypedExpression)
        case binary(BinaryOperator, TypedExpression, TypedExpression)
        case isNull(TypedExpression, negated: Bool)
        case isDistinctFrom(TypedExpression, TypedExpression, negated: Bool)
        case between(TypedExpression, low: TypedExpression, high: TypedExpression, negated: Bool)
        case inList(TypedExpression, [TypedExpression], negated: Bool)
        case like(TypedExpression, pattern: TypedExpression, caseSensitive: Bool, negated: Bool)
        /// The form with an operand has become comparisons.
        case caseWhen([Branch], otherwise: TypedExpression?)
        /// To `type`; `isTry`: null instead of an error.
        case cast(TypedExpression, isTry: Bool)
        case extract(part: String, TypedExpression)
        case function(FunctionID, [TypedExpression])
        case aggregate(AggregateCall)
    }

    public struct Branch: Hashable, Sendable {
        public var when: TypedExpression
        public var then: TypedExpression
    }

    public struct AggregateCall: Hashable, Sendable {
        public var function: FunctionID
        public var arguments: [TypedExpression]
        public var isDistinct: Bool
        public var filter: TypedExpression?
        /// Not empty for what depends on the order of rows.
        public var order: [Ordering]
    }

    public var kind: Kind
    public var type: DataType

    public init(_ kind: Kind, _ type: DataType) {
        self.kind = kind
        self.type = type
    }

    /// The expressions that this one is made of.
    public var children: [TypedExpression] {
        switch kind {
        case .literal, .column: []
        case .unary(_, let operand), .isNull(let operand, _), .cast(let operand, _), .extract(_, let operand): [operand]
        case .binary(_, let left, let right), .isDistinctFrom(let left, let right, _): [left, right]
        case .between(let operand, let low, let high, _): [operand, low, high]
        case .inList(let operand, let items, _): [operand] + items
        case .like(let operand, let pattern, _, _): [operand, pattern]
        case .caseWhen(let branches, let otherwise):
            branches.flatMap { [$0.when, $0.then] } + [otherwise].compactMap(\.self)
        case .function(_, let arguments): arguments
        case .aggregate(let call): call.arguments + [call.filter].compactMap(\.self)
        }
    }

    /// This value as another type; itself when it has it already.
    func cast(to type: DataType) -> TypedExpression {
        self.type == type ? self : TypedExpression(.cast(self, isTry: false), type)
    }
}

/// One key of an order. Nulls are last either way.
public struct Ordering: Hashable, Sendable {
    /// The column's id.
    public var column: Int
    public var descending: Bool

    public init(column: Int, descending: Bool = false) {
        self.column = column
        self.descending = descending
    }
}
