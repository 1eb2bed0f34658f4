/// Resolves a check over the final table. A column that is not there fails the check when the pipeline runs; what
/// can never be right (an aggregate, a type error) is a problem now.
struct CheckPlanner {
    struct Outcome {
        var kind: PlannedCheck.Kind
        var problems: [Problem] = []
        var warnings: [Problem] = []
    }

    let columns: [PlanColumn]
    /// Columns without any value, by id; `columns` has the type in which a file keeps them.
    let untyped: Set<Int>
    let file: String?

    func plan(_ check: CheckSpec) -> Outcome {
        switch check.kind {
        case .notNull(let names): return over(names) { .notNull($0) }
        case .unique(let names): return over(names) { .unique($0) }
        case .rowCount(let min, let max): return Outcome(kind: .rowCount(min: min, max: max))
        case .acceptedValues(let name, let values, let allowNull): return accepted(name, values, allowNull)
        case .expression(let expression, _): return self.expression(expression)
        case .contract(let contract):
            var planner = ContractPlanner(columns: columns, untyped: untyped, file: file)
            let planned = planner.plan(contract)
            return Outcome(kind: .contract(planned), problems: planner.problems)
        }
    }

    private func over(_ names: [PlacedText], _ kind: ([PlanColumn]) -> PlannedCheck.Kind) -> Outcome {
        let found = names.map { name in columns.first { ColumnName($0.name) == ColumnName(name.text) } }
        let missing = zip(names, found).filter { $0.1 == nil }.map(\.0.text)
        guard missing.isEmpty else { return Outcome(kind: .impossible(absent(missing))) }
        return Outcome(kind: kind(found.compactMap(\.self)))
    }

    private func accepted(_ name: PlacedText, _ values: [Literal], _ allowNull: Bool) -> Outcome {
        guard let column = columns.first(where: { ColumnName($0.name) == ColumnName(name.text) }) else {
            return Outcome(kind: .impossible(absent([name.text])))
        }
        var typed: [TypedExpression] = []
        var problems: [Problem] = []
        for value in values where value != .null {
            if let fitting = ComparedLiteral(value, with: column) {
                typed.append(fitting.value)
            } else {
                problems.append(
                    Problem(
                        "the value \(ExpressionText.text(value)) is no \(column.type), which column \"\(name.text)\" is",
                        file: file, position: name.place.position, path: name.place.path))
            }
        }
        return Outcome(kind: .acceptedValues(column, typed, allowNull: allowNull), problems: problems)
    }

    private func expression(_ expression: PlacedExpression) -> Outcome {
        // What holds no value has the type that the expression needs, as in every other step.
        let readable = columns.map {
            untyped.contains($0.id) ? PlanColumn(id: $0.id, name: $0.name, type: .unknown) : $0
        }
        var typer = ExpressionTyper(
            columns: readable, setting: .rows, order: .lost, file: file, place: expression.place)
        let typed = typer.condition(expression.expression)
        if let typed { return Outcome(kind: .expression(typed), warnings: typer.warnings) }
        if typer.missing.count == typer.problems.count { return Outcome(kind: .impossible(absent(typer.missing))) }
        return Outcome(kind: .impossible(""), problems: typer.problems)
    }

    private func absent(_ names: [String]) -> String {
        if names.count == 1 { return ExpressionTyper.unknownColumn(names[0], columns) }
        return "unknown columns " + names.map { "\"\($0)\"" }.joined(separator: ", ")
    }
}
