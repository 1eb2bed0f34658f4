/// A contract over the final table: what is wrong with its form, and what its rows must satisfy.
public struct PlannedContract: Sendable {
    public struct Rule: Sendable {
        public enum Kind: Sendable {
            case notNull
            /// Nulls equal each other.
            case unique
            /// True or null in a row that passes.
            case value(TypedExpression)
        }

        public var column: PlanColumn
        public var kind: Kind
        /// As its author wrote it: `ge(0)`, `nullable: false`.
        public var text: String
    }

    /// Such as a missing column: the contract is broken whatever the rows hold.
    public var faults: [String]
    public var rules: [Rule]
}

/// Resolves a contract. A column that is missing or has another type breaks it when the pipeline runs; a check that
/// can never be right is a problem now.
struct ContractPlanner {
    let columns: [PlanColumn]
    /// Columns without any value, by id: they have whatever type is asked for, and nothing to check.
    let untyped: Set<Int>
    let file: String?

    private(set) var problems: [Problem] = []
    private var contract = PlannedContract(faults: [], rules: [])

    init(columns: [PlanColumn], untyped: Set<Int>, file: String?) {
        self.columns = columns
        self.untyped = untyped
        self.file = file
    }

    mutating func plan(_ spec: ContractSpec) -> PlannedContract {
        for wanted in spec.columns {
            guard let column = columns.first(where: { ColumnName($0.name) == ColumnName(wanted.name.text) }) else {
                contract.faults.append(ExpressionTyper.unknownColumn(wanted.name.text, columns))
                continue
            }
            plan(wanted, column)
        }
        if spec.isStrict {
            let promised = Set(spec.columns.map { ColumnName($0.name.text) })
            for column in columns where !promised.contains(ColumnName(column.name)) {
                contract.faults.append("column \"\(column.name)\" is not in the contract")
            }
        }
        return contract
    }

    private mutating func plan(_ wanted: ContractSpec.Column, _ column: PlanColumn) {
        if !wanted.isNullable { add(.notNull, column, "nullable: false") }
        if wanted.isUnique { add(.unique, column, "unique: true") }
        guard !untyped.contains(column.id) else { return }
        if let type = wanted.type, type != column.type {
            contract.faults.append("column \"\(column.name)\" is \(column.type), the contract wants \(type)")
            return
        }
        for check in wanted.checks {
            switch value(check.check, column) {
            case .success(let condition):
                add(.value(condition), column, check.source.isEmpty ? "a check" : check.source)
            case .failure(let refusal):
                problems.append(
                    Problem(refusal.message, file: file, position: check.place.position, path: check.place.path))
            }
        }
    }

    private mutating func add(_ kind: PlannedContract.Rule.Kind, _ column: PlanColumn, _ text: String) {
        contract.rules.append(PlannedContract.Rule(column: column, kind: kind, text: text))
    }

    // MARK: Values

    private struct Refusal: Error {
        let message: String
    }

    private func value(_ check: ContractCheck, _ column: PlanColumn) -> Result<TypedExpression, Refusal> {
        switch check {
        case .ge(let value): compare(.greaterOrEqual, value, column)
        case .gt(let value): compare(.greater, value, column)
        case .le(let value): compare(.lessOrEqual, value, column)
        case .lt(let value): compare(.less, value, column)
        case .eq(let value): compare(.equal, value, column)
        case .ne(let value): compare(.notEqual, value, column)
        case .between(let low, let high):
            compare(.greaterOrEqual, low, column).flatMap { atLeast in
                compare(.lessOrEqual, high, column).map { TypedExpression(.binary(.and, atLeast, $0), .boolean) }
            }
        case .isIn(let values): isIn(values, column)
        case .strMatches(let pattern): matches(pattern, column)
        case .strLength(let min, let max): length(min, max, column)
        }
    }

    private func compare(_ op: BinaryOperator, _ value: PlacedLiteral, _ column: PlanColumn)
        -> Result<TypedExpression, Refusal>
    {
        guard let pair = ComparedLiteral(value.literal, with: column) else {
            return .failure(Refusal(message: unfit(value, column)))
        }
        return .success(TypedExpression(.binary(op, pair.column, pair.value), .boolean))
    }

    /// One comparison per value: each has the type that it and the column have together.
    private func isIn(_ values: [PlacedLiteral], _ column: PlanColumn) -> Result<TypedExpression, Refusal> {
        var lists: [(column: TypedExpression, values: [TypedExpression])] = []
        for value in values where value.literal != .null {
            guard let pair = ComparedLiteral(value.literal, with: column) else {
                return .failure(Refusal(message: unfit(value, column)))
            }
            if let position = lists.firstIndex(where: { $0.column.type == pair.column.type }) {
                lists[position].values.append(pair.value)
            } else {
                lists.append((pair.column, [pair.value]))
            }
        }
        let parts = lists.map { TypedExpression(.inList($0.column, $0.values, negated: false), .boolean) }
        guard let first = parts.first else {
            return .success(TypedExpression(.isNull(ComparedLiteral.expression(column), negated: false), .boolean))
        }
        return .success(parts.dropFirst().reduce(first) { TypedExpression(.binary(.or, $0, $1), .boolean) })
    }

    private func matches(_ pattern: PlacedText, _ column: PlanColumn) -> Result<TypedExpression, Refusal> {
        guard column.type == .text else {
            return .failure(Refusal(message: "str_matches needs a text, column \"\(column.name)\" is \(column.type)"))
        }
        if let problem = RegexSubset.problem(pattern.text) {
            return .failure(Refusal(message: "the pattern \(problem)"))
        }
        let anchored = TypedLiteral.make(.text("^(?:\(pattern.text))"))
        return .success(
            TypedExpression(.function(.regexpMatches, [ComparedLiteral.expression(column), anchored]), .boolean))
    }

    private func length(_ min: Int64?, _ max: Int64?, _ column: PlanColumn) -> Result<TypedExpression, Refusal> {
        guard column.type == .text else {
            return .failure(Refusal(message: "str_length needs a text, column \"\(column.name)\" is \(column.type)"))
        }
        let length = TypedExpression(.function(.length, [ComparedLiteral.expression(column)]), .int64)
        return .success(
            TypedExpression(
                .between(
                    length, low: TypedLiteral.make(.integer(min ?? 0)), high: TypedLiteral.make(.integer(max ?? .max)),
                    negated: false), .boolean))
    }

    private func unfit(_ value: PlacedLiteral, _ column: PlanColumn) -> String {
        let text = value.isFromVariable ? "of the variable" : String(ExpressionText.text(value.literal).prefix(60))
        return "the value \(text) is no \(column.type), which column \"\(column.name)\" is"
    }
}
