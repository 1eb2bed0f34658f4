/// What a plan demands of a source's rows before it does anything else with them, as far as the names of partition
/// folders (`date=2025-01-01`) can tell: files below a folder that cannot meet it need not be read.
public struct PartitionConditions: Sendable {
    /// One folder's name, taken apart.
    public struct Part: Hashable, Sendable {
        public var column: String
        /// nil: null.
        public var value: String?

        public init(column: String, value: String?) { (self.column, self.value) = (column, value) }
    }

    /// A step that reads the source, and what is demanded of its rows.
    private struct Use: Sendable {
        var columns: [PlanColumn]
        var conditions: [TypedExpression]
    }

    private let uses: [Use]

    public init(_ plan: Plan, source: Int) {
        uses = plan.steps.indices.compactMap { index in
            guard case .source(source, _) = plan.steps[index].relation else { return nil }
            return Use(columns: plan.steps[index].columns, conditions: Self.conditions(plan, above: index))
        }
    }

    /// None: every file is read.
    public var isEmpty: Bool { uses.isEmpty || uses.contains { $0.conditions.isEmpty } }

    /// False only where no row below folders of these names can meet the conditions.
    public func mayHold(_ parts: [Part]) -> Bool {
        guard !isEmpty, !parts.isEmpty else { return true }
        return uses.contains { use in
            var values: [Int: PartitionValue] = [:]
            for part in parts {
                for column in use.columns where column.name.utf8.elementsEqual(part.column.utf8) {
                    values[column.id] = part.value.map { PartitionValue($0, column.type) } ?? .null
                }
            }
            let verdicts = PartitionVerdicts(values: values)
            return !use.conditions.contains { verdicts.verdict(on: $0).excludes }
        }
    }

    /// The filters that stand on a step with nothing between but what leaves rows and values as they are. A column's
    /// id stays while its value does, so that renamed ones are still known.
    private static func conditions(_ plan: Plan, above start: Int) -> [TypedExpression] {
        var found: [TypedExpression] = []
        var current = start
        while true {
            let users = plan.steps.indices.filter {
                plan.steps[$0].relation.input == current || plan.steps[$0].relation.otherInputs.contains(current)
            }
            // Read by two steps, rows that one leaves out may be wanted by the other.
            guard users.count == 1, let next = users.first else { return found }
            switch plan.steps[next].relation {
            case .select, .compute, .sort: break
            case .filter(_, let condition): found += conjuncts(condition)
            default: return found
            }
            current = next
        }
    }

    private static func conjuncts(_ condition: TypedExpression) -> [TypedExpression] {
        var found: [TypedExpression] = []
        var pending = [condition]
        while let next = pending.popLast() {
            if case .binary(.and, let left, let right) = next.kind {
                pending += [right, left]
            } else {
                found.append(next)
            }
        }
        return found
    }
}
