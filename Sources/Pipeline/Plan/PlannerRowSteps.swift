/// The steps that look at one row at a time, and those that only order or cut.
extension Planner {
    mutating func select(_ names: [PlacedText], _ name: String, _ place: FieldPlace) {
        var kept: [PlanColumn] = []
        for wanted in names {
            guard let column = find(wanted) else { continue }
            if kept.contains(where: { $0.id == column.id }) {
                report("column \"\(wanted.text)\" is selected twice", wanted.place)
            } else {
                kept.append(column)
            }
        }
        add(.select(from: current), name, "select", kept)
    }

    mutating func rename(_ mapping: [Renaming], _ name: String, _ place: FieldPlace) {
        var names: [Int: PlacedText] = [:]
        for renaming in mapping {
            guard let column = find(renaming.old) else { continue }
            if names.updateValue(renaming.new, forKey: column.id) != nil {
                report("column \"\(renaming.old.text)\" is renamed twice", renaming.old.place)
            }
        }
        let renamed = columns.map { column in
            PlanColumn(id: column.id, name: names[column.id]?.text ?? column.name, type: column.type)
        }
        refuseClashes(renamed, of: "the renamed table", place)
        add(.select(from: current), name, "rename", renamed)
    }

    mutating func filter(_ predicate: PlacedExpression, _ name: String) {
        let condition = typed(predicate) { typer, expression in typer.condition(expression) }
        if let condition {
            lineage.depend(on: condition, as: .filter)
            add(.filter(from: current, condition), name, "filter", columns)
        }
    }

    mutating func derive(_ new: PlacedText, _ expression: PlacedExpression, _ name: String, _ place: FieldPlace) {
        let value = typed(expression)
        // Without a type further steps would only repeat the problem; an unknown one fits everywhere.
        let derived = column(new.text, value?.type ?? .unknown)
        let next = table(with: derived, new.place)
        let computed = value ?? TypedLiteral.make(.null)
        lineage.compute(derived.id, from: computed)
        add(
            .compute(from: current, [Relation.ComputedColumn(id: derived.id, value: computed)]), name, "derive_column",
            next)
    }

    /// The table with a column in the place of the one of its name, or at the end.
    mutating func table(with column: PlanColumn, _ place: FieldPlace) -> [PlanColumn] {
        var next = columns
        if let position = columns.firstIndex(where: { ColumnName($0.name) == ColumnName(column.name) }) {
            next[position] = column
        } else {
            next.append(column)
            refuseClashes(next, of: "the table", place)
        }
        return next
    }

    mutating func cast(_ types: [TypedName], _ name: String) {
        var computed: [Relation.ComputedColumn] = []
        var next = columns
        for wanted in types {
            guard let column = find(PlacedText(wanted.name, wanted.place)) else { continue }
            guard TypeRules.canCast(column.type, to: wanted.type) else {
                report(
                    "\(column.type) column \"\(wanted.name)\" cannot be cast to \(wanted.type)",
                    wanted.place)
                continue
            }
            guard column.type != wanted.type, let position = next.firstIndex(where: { $0.id == column.id }) else {
                continue
            }
            let made = self.column(column.name, wanted.type)
            let value = TypedExpression(.column(column.id), column.type).cast(to: wanted.type)
            lineage.compute(made.id, from: value)
            computed.append(Relation.ComputedColumn(id: made.id, value: value))
            next[position] = made
        }
        add(.compute(from: current, computed), name, "cast", next)
    }

    mutating func sort(_ keys: [SortKey], _ name: String) {
        order = .sorted(orderings(keys, as: .sort) ?? [])
        add(.sort(from: current), name, "sort", columns)
    }

    mutating func limit(_ count: Int64, _ offset: Int64, _ name: String, _ place: FieldPlace) {
        if case .lost = order {
            report("limit needs an order, and \(RowOrder.whyLost); sort before it", place)
        }
        add(
            .limit(from: current, count: count, offset: offset, order: wholeOrder(trustsInput: true)), name, "limit",
            columns)
    }

    /// The order as far as it is known, total. `trustsInput`: empty where rows come in input order by themselves;
    /// otherwise, and where they don't, the plan gets numbers for them.
    mutating func wholeOrder(trustsInput: Bool = false) -> [Ordering] {
        if case .input(let ordinals, let stands) = order {
            if trustsInput, stands { return [] }
            if ordinals.isEmpty { wantsOrdinal = true }
        }
        return order.total(over: columns)
    }
}
