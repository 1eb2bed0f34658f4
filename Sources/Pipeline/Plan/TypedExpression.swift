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

    public let kind: Kind
    public let type: DataType
    /// How many nodes an engine may come to hold for it. Some functions repeat their argument when an engine expands
    /// them, so that nesting them grows by powers; parts that are shared here count every time they stand.
    public let weight: Int

    /// More than this is refused: it would cost the engine its memory before the first row.
    public static let weightLimit = 200_000

    public init(_ kind: Kind, _ type: DataType) {
        self.kind = kind
        self.type = type
        weight = TypedExpression.weight(of: kind)
    }

    private static func weight(of kind: Kind) -> Int {
        switch kind {
        case .literal, .column: 1
        case .unary(_, let operand), .isNull(let operand, _), .cast(let operand, _), .extract(_, let operand):
            sum([operand])
        case .binary(_, let left, let right), .isDistinctFrom(let left, let right, _): sum([left, right])
        case .between(let operand, let low, let high, _): sum([operand, operand, low, high])
        case .inList(let operand, let items, _): sum([operand] + items)
        case .like(let operand, let pattern, _, _): sum([operand, pattern])
        case .caseWhen(let branches, let otherwise):
            sum(branches.flatMap { [$0.when, $0.then] } + [otherwise].compactMap(\.self))
        case .function(.nullIf, let arguments), .function(.squareRoot, let arguments),
            .function(.naturalLogarithm, let arguments), .function(.logarithm10, let arguments):
            sum(arguments + arguments)
        case .function(_, let arguments): sum(arguments)
        case .aggregate(let call): sum(call.arguments + call.arguments + [call.filter].compactMap(\.self))
        }
    }

    private static func sum(_ parts: [TypedExpression]) -> Int {
        // Far above the limit there is nothing left to tell apart.
        min(parts.reduce(1) { $0 + $1.weight }, weightLimit * 4)
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
