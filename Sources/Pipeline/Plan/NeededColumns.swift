extension Plan {
    /// The ids of all columns that the final table depends on. An engine need not compute any other, so that a value
    /// that cannot be computed in one of those fails nothing; of a source's columns the others need not be read.
    public var neededColumns: Set<Int> {
        var needed = Set((steps.last?.columns ?? []).map(\.id) + (steps.last?.order ?? []).map(\.column))
        // Backwards: who needs a column stands behind who makes it.
        for step in steps.reversed() { step.addNeeded(to: &needed) }
        return needed
    }

    /// The places, in its schema, of the columns of a source that the final table depends on.
    public func neededPlaces(ofSource source: Int) -> Set<Int> {
        let needed = neededColumns
        var places: Set<Int> = []
        for step in steps {
            guard case .source(source, _) = step.relation else { continue }
            places.formUnion(step.columns.indices.filter { needed.contains(step.columns[$0].id) })
        }
        return places
    }
}

extension PlanStep {
    fileprivate func addNeeded(to needed: inout Set<Int>) {
        func add(_ value: TypedExpression) { needed.formUnion(value.allColumns) }
        switch relation {
        case .source, .select, .sort: break
        case .compute(_, let computed): for column in computed where needed.contains(column.id) { add(column.value) }
        case .filter(_, let condition): add(condition)
        case .limit(_, _, _, let order): needed.formUnion(order.map(\.column))
        case .join(let join):
            for key in join.keys {
                add(key.left)
                add(key.right)
            }
            for (column, origin) in zip(columns, join.origins) where needed.contains(column.id) {
                switch origin {
                case .column(_, let id): needed.insert(id)
                case .merged(let left, let right):
                    add(left)
                    add(right)
                }
            }
        case .aggregate(_, let groups, let computed):
            needed.formUnion(groups)
            for column in computed where needed.contains(column.id) { add(column.value) }
        case .dedup(_, let keys, let order, _):
            needed.formUnion(keys + order.map(\.column))
            // Whole rows are compared.
            if keys.isEmpty { needed.formUnion((columns + hidden).map(\.id)) }
        case .union(let parts):
            for part in parts {
                for (column, value) in zip(columns + hidden, part.values) where needed.contains(column.id) {
                    add(value)
                }
            }
        case .window(_, let computed):
            for column in computed where needed.contains(column.id) {
                needed.formUnion(column.partitions + column.order.map(\.column))
                [column.argument, column.fallback].compactMap(\.self).forEach(add)
            }
        case .pivot(let pivot):
            needed.formUnion(pivot.index + [pivot.column])
            pivot.aggregates.map(\.value).forEach(add)
        case .unpivot(let unpivot): unpivot.parts.map(\.value).forEach(add)
        }
    }
}

extension TypedExpression {
    /// Those that its aggregates are ordered by, too.
    fileprivate var allColumns: Set<Int> {
        var found = Set(columnIDs)
        func collect(_ expression: TypedExpression) {
            if case .aggregate(let call) = expression.kind { found.formUnion(call.order.map(\.column)) }
            expression.children.forEach(collect)
        }
        collect(self)
        return found
    }
}

extension Relation {
    /// The step whose table this one carries on.
    public var input: Int? {
        switch self {
        case .source: nil
        case .select(let from), .compute(let from, _), .filter(let from, _), .sort(let from), .limit(let from, _, _, _),
            .aggregate(let from, _, _), .dedup(let from, _, _, _), .window(let from, _):
            from
        case .join(let join): join.left
        case .union(let parts): parts.first?.from
        case .pivot(let pivot): pivot.from
        case .unpivot(let unpivot): unpivot.from
        }
    }

    /// The other steps whose tables it reads.
    public var otherInputs: [Int] {
        switch self {
        case .join(let join): [join.right]
        case .union(let parts): parts.dropFirst().map(\.from)
        default: []
        }
    }

    /// The ids of the columns that the step computes, in order.
    public var computedColumns: [Int] {
        switch self {
        case .compute(_, let computed), .aggregate(_, _, let computed): computed.map(\.id)
        case .window(_, let computed): computed.map(\.id)
        default: []
        }
    }
}
