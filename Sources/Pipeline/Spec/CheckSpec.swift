/// One check on the final table, made before anything is published.
public struct CheckSpec: Hashable, Sendable {
    public enum Kind: Hashable, Sendable {
        case notNull(columns: [PlacedText])
        case unique(columns: [PlacedText])
        case rowCount(min: Int64?, max: Int64?)
        /// `values` are the literals as written; `allowNull`: a null row passes.
        case acceptedValues(column: PlacedText, values: [Literal], allowNull: Bool)
        case expression(PlacedExpression, threshold: PassThreshold = .all)
        case contract(ContractSpec)
    }

    public enum Severity: String, Hashable, Sendable, Codable, CaseIterable { case warn, error }

    public var kind: Kind
    public var severity: Severity
    /// `checks[0]`.
    public var place: FieldPlace

    public init(_ kind: Kind, severity: Severity = .error, _ place: FieldPlace = FieldPlace(path: "")) {
        self.kind = kind
        self.severity = severity
        self.place = place
    }

    /// The type as written in `type`.
    public var type: String {
        switch kind {
        case .notNull: "not_null"
        case .unique: "unique"
        case .rowCount: "row_count"
        case .acceptedValues: "accepted_values"
        case .expression: "expression"
        case .contract: "contract"
        }
    }
}
