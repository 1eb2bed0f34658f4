/// Evaluates conditions over the values that are known from folders' names; anything else is open.
struct PartitionVerdicts {
    enum Verdict {
        case holds, fails, null
        /// Nobody can say without reading rows.
        case open

        /// Whether a filter drops every row.
        var excludes: Bool { self == .fails || self == .null }

        var negated: Verdict {
            switch self {
            case .holds: .fails
            case .fails: .holds
            case .null, .open: self
            }
        }

        func negated(_ isNegated: Bool) -> Verdict { isNegated ? negated : self }

        func and(_ other: Verdict) -> Verdict {
            if self == .fails || other == .fails { return .fails }
            if self == .open || other == .open { return .open }
            return self == .holds ? other : self
        }

        func or(_ other: Verdict) -> Verdict { negated.and(other.negated).negated }
    }

    /// By column id.
    let values: [Int: PartitionValue]

    func verdict(on condition: TypedExpression) -> Verdict {
        switch condition.kind {
        case .literal(.boolean(let flag)): return flag ? .holds : .fails
        case .literal(.null): return .null
        case .unary(.not, let operand): return verdict(on: operand).negated
        case .binary(.and, let left, let right): return verdict(on: left).and(verdict(on: right))
        case .binary(.or, let left, let right): return verdict(on: left).or(verdict(on: right))
        case .binary(let comparison, let left, let right): return compare(value(of: left), comparison, value(of: right))
        case .isNull(let operand, let negated):
            switch value(of: operand) {
            case .open: return .open
            case .null: return Verdict.holds.negated(negated)
            default: return Verdict.fails.negated(negated)
            }
        case .between(let operand, let low, let high, let negated):
            let value = value(of: operand)
            return compare(value, .greaterOrEqual, self.value(of: low))
                .and(compare(value, .lessOrEqual, self.value(of: high))).negated(negated)
        case .inList(let operand, let items, let negated):
            let value = value(of: operand)
            return items.reduce(Verdict.fails) { $0.or(compare(value, .equal, self.value(of: $1))) }.negated(negated)
        default: return .open
        }
    }

    private func compare(_ left: PartitionValue, _ comparison: BinaryOperator, _ right: PartitionValue) -> Verdict {
        if case .null = left { return .null }
        if case .null = right { return .null }
        guard let order = left.order(against: right) else { return .open }
        let holds: Bool
        switch comparison {
        case .equal: holds = order == 0
        case .notEqual: holds = order != 0
        case .less: holds = order < 0
        case .lessOrEqual: holds = order <= 0
        case .greater: holds = order > 0
        case .greaterOrEqual: holds = order >= 0
        default: return .open
        }
        return holds ? .holds : .fails
    }

    private func value(of expression: TypedExpression) -> PartitionValue {
        switch expression.kind {
        case .literal(let literal): PartitionValue(literal)
        case .column(let id): values[id] ?? .open
        case .unary(.minus, let operand): value(of: operand).negated
        case .cast(let operand, _): value(of: operand).cast(from: operand.type, to: expression.type)
        default: .open
        }
    }
}
