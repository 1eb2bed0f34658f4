/// What the final table promises, column by column.
public struct ContractSpec: Hashable, Sendable {
    public struct Column: Hashable, Sendable {
        public var name: PlacedText
        /// nil: any type will do.
        public var type: DataType?
        public var isNullable: Bool
        public var isUnique: Bool
        public var checks: [PlacedContractCheck]

        public init(
            name: PlacedText, type: DataType? = nil, isNullable: Bool = true, isUnique: Bool = false,
            checks: [PlacedContractCheck] = []
        ) {
            self.name = name
            self.type = type
            self.isNullable = isNullable
            self.isUnique = isUnique
            self.checks = checks
        }
    }

    public var columns: [Column]
    /// Columns outside the contract fail it.
    public var isStrict: Bool

    public init(columns: [Column], isStrict: Bool = false) {
        self.columns = columns
        self.isStrict = isStrict
    }
}

/// A check in call form, `ge(0)`, on the values of one column. Nulls pass.
public enum ContractCheck: Hashable, Sendable {
    case ge(PlacedLiteral)
    case gt(PlacedLiteral)
    case le(PlacedLiteral)
    case lt(PlacedLiteral)
    case eq(PlacedLiteral)
    case ne(PlacedLiteral)
    /// Both ends belong to it.
    case between(PlacedLiteral, PlacedLiteral)
    case isIn([PlacedLiteral])
    /// The expression must match from the start of the text, not to its end.
    case strMatches(PlacedText)
    /// Characters; nil: no such bound.
    case strLength(min: Int64?, max: Int64?)
}

public struct PlacedContractCheck: Hashable, Sendable {
    public var check: ContractCheck
    /// As written, variables not substituted: for messages.
    public var source: String
    public var place: FieldPlace

    public init(_ check: ContractCheck, source: String = "", _ place: FieldPlace = FieldPlace(path: "")) {
        self.check = check
        self.source = source
        self.place = place
    }
}
