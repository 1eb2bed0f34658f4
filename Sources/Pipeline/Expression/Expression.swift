/// An expression of the pipeline language, as parsed: no names resolved, no types.
///
/// Values of variables have already become literals (or parts of a text literal), so that nothing a variable
/// holds can change the shape of this tree.
public struct Expression: Hashable, Sendable {
    public indirect enum Kind: Hashable, Sendable {
        case literal(Literal)
        /// A column by its name, code point for code point. How it was quoted decides what else it may mean where
        /// no such column exists (`city = Oslo`, `city = "Oslo"`).
        case column(String, Quoting = .none)
        case unary(UnaryOperator, Expression)
        case binary(BinaryOperator, Expression, Expression)
        case isNull(Expression, negated: Bool)
        case isDistinctFrom(Expression, Expression, negated: Bool)
        case between(Expression, low: Expression, high: Expression, negated: Bool)
        case inList(Expression, [Expression], negated: Bool)
        case like(Expression, pattern: Expression, caseSensitive: Bool, negated: Bool)
        /// `operand` nil: the searched form.
        case caseWhen(operand: Expression?, branches: [Branch], otherwise: Expression?)
        /// `isTry`: TRY_CAST, null instead of an error.
        case cast(Expression, DataType, isTry: Bool)
        case extract(part: String, Expression)
        case call(FunctionCall)
    }

    public enum Quoting: Hashable, Sendable { case none, double, backtick }

    public struct Branch: Hashable, Sendable {
        public var when: Expression
        public var then: Expression

        public init(when: Expression, then: Expression) {
            self.when = when
            self.then = then
        }
    }

    public var kind: Kind
    /// Where it begins in the pipeline file; nil when the file's place is not known.
    public var position: SourcePosition?

    public init(_ kind: Kind, at position: SourcePosition? = nil) {
        self.kind = kind
        self.position = position
    }
}

public enum Literal: Hashable, Sendable {
    case null
    case boolean(Bool)
    case integer(Int64)
    /// As written, without underscores: exact (`1.5`).
    case decimal(String)
    /// Written with an exponent (`1e0`).
    case double(Double)
    case text(String)
    /// `YYYY-MM-DD`, checked.
    case date(String)
    /// `YYYY-MM-DD HH:MM:SS[.ffffff]`, checked.
    case timestamp(String)
    case interval(months: Int, days: Int, microseconds: Int64)
}

public enum UnaryOperator: String, Hashable, Sendable {
    case not = "NOT"
    case minus = "-"
}

public enum BinaryOperator: String, Hashable, Sendable {
    case or = "OR"
    case and = "AND"
    case equal = "="
    case notEqual = "<>"
    case less = "<"
    case lessOrEqual = "<="
    case greater = ">"
    case greaterOrEqual = ">="
    case concatenate = "||"
    case add = "+"
    case subtract = "-"
    case multiply = "*"
    case divide = "/"
    case modulo = "%"
}

public struct FunctionCall: Hashable, Sendable {
    /// Lower case.
    public var name: String
    public var arguments: [Expression]
    public var isDistinct: Bool
    /// `count(*)`.
    public var isStar: Bool
    public var filter: Expression?

    public init(
        _ name: String, _ arguments: [Expression], isDistinct: Bool = false, isStar: Bool = false,
        filter: Expression? = nil
    ) {
        self.name = name
        self.arguments = arguments
        self.isDistinct = isDistinct
        self.isStar = isStar
        self.filter = filter
    }
}

extension Literal {
    /// The number with the opposite sign; anything else as it is.
    var negated: Literal {
        switch self {
        case .integer(let value) where value != .min: .integer(-value)
        case .decimal(let digits): .decimal(digits.hasPrefix("-") ? String(digits.dropFirst()) : "-" + digits)
        case .double(let value): .double(-value)
        default: self
        }
    }
}
