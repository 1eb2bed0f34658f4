/// A check over the final table with its names and types resolved.
public struct PlannedCheck: Sendable {
    public enum Kind: Sendable {
        case notNull([PlanColumn])
        case unique([PlanColumn])
        case rowCount(min: Int64?, max: Int64?)
        case acceptedValues(PlanColumn, [TypedExpression], allowNull: Bool)
        case expression(TypedExpression)
        case contract(PlannedContract)
        /// Fails whatever the data: a column that it needs is not there.
        case impossible(String)
    }

    public var spec: CheckSpec
    public var kind: Kind

    /// What is checked, as its author wrote it.
    public var subject: String {
        switch spec.kind {
        case .notNull(let columns), .unique(let columns): columns.map(\.text).joined(separator: ", ")
        case .rowCount: "rows"
        case .acceptedValues(let column, _, _): column.text
        case .expression(let expression, _):
            expression.source.isEmpty ? ExpressionText.text(expression.expression) : expression.source
        case .contract(let contract): contract.columns.map(\.name.text).joined(separator: ", ")
        }
    }
}
