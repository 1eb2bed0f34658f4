import Pipeline

/// The columns of a plan's sources that its result stands on, by id. The others need not be read, and what they hold
/// cannot fail the run: DuckDB does not read them either.
struct UsedColumns: Sendable {
    private var ids: Set<Int> = []

    init(_ plan: Plan) {
        guard let last = plan.steps.last else { return }
        ids = Set(last.columns.map(\.id))
        for step in plan.steps.reversed() { note(step) }
    }

    func contains(_ id: Int) -> Bool { ids.contains(id) }

    private mutating func note(_ step: PlanStep) {
        note(step.order)
        switch step.relation {
        case .source, .select, .sort: break
        case .compute(_, let computed): note(computed)
        case .filter(_, let condition): note(condition)
        case .limit(_, _, _, let order): note(order)
        case .join(let join):
            for key in join.keys {
                note(key.left)
                note(key.right)
            }
            for (column, origin) in zip(step.columns, join.origins) where ids.contains(column.id) {
                switch origin {
                case .column(_, let id): ids.insert(id)
                case .merged(let left, let right):
                    note(left)
                    note(right)
                }
            }
        case .aggregate(_, let groups, let computed):
            ids.formUnion(groups)
            note(computed)
        case .dedup(_, let keys, let order, _):
            ids.formUnion(keys)
            note(order)
            // Whole rows are compared.
            if keys.isEmpty { ids.formUnion((step.columns + step.hidden).map(\.id)) }
        case .union(let parts):
            for part in parts {
                for (column, value) in zip(step.columns + step.hidden, part.values) where ids.contains(column.id) {
                    note(value)
                }
            }
        case .window(_, let columns):
            for column in columns where ids.contains(column.id) {
                ids.formUnion(column.partitions)
                note(column.order)
                if let argument = column.argument { note(argument) }
                if let fallback = column.fallback { note(fallback) }
            }
        case .pivot(let pivot):
            ids.formUnion(pivot.index + [pivot.column])
            for aggregate in pivot.aggregates { note(aggregate.value) }
        case .unpivot(let unpivot):
            for part in unpivot.parts { note(part.value) }
        }
    }

    private mutating func note(_ computed: [Relation.ComputedColumn]) {
        for column in computed where ids.contains(column.id) { note(column.value) }
    }

    private mutating func note(_ value: TypedExpression) { ids.formUnion(value.columnIDs) }

    private mutating func note(_ order: [Ordering]) { ids.formUnion(order.map(\.column)) }
}
