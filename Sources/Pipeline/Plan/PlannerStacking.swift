/// The steps that put values below each other: union and unpivot.
extension Planner {
    mutating func union(_ union: UnionSpec, _ name: String, _ place: FieldPlace) {
        var parts: [StackedTable] = [StackedTable(step: current, columns: columns, ordinals: order.ordinals, name: nil)]
        for source in union.sources {
            guard let step = step(reading: source) else { continue }
            parts.append(
                StackedTable(
                    step: step, columns: steps[step].columns, ordinals: steps[step].hidden.map(\.id), name: source))
        }
        let stacked = stackedColumns(parts, union, place)
        refuseClashes(stacked.map(\.result), of: "the united table", place)
        for column in stacked {
            trace(column.result, to: column.origins.compactMap(\.self))
        }
        let ordinals = unitedOrdinals(parts)
        let relation = parts.enumerated().map { index, part in
            UnionPart(
                from: part.step,
                values: stacked.map { column in
                    column.origins[index].map { Self.key($0, column.result.type) }
                        ?? TypedLiteral.make(.null).cast(to: column.result.type)
                } + part.numbers(index, count: ordinals.count))
        }
        if case .input = order { order = .input(ordinals: ordinals, stands: false) } else { order = .lost }
        uniqueKey = nil
        add(.union(relation), name, "union", stacked.map(\.result))
    }

    private struct StackedTable {
        let step: Int
        let columns: [PlanColumn]
        let ordinals: [Int]
        /// nil: the table so far.
        let name: PlacedText?

        /// The number of the part, then those of its rows.
        func numbers(_ part: Int, count: Int) -> [TypedExpression] {
            guard count > 0 else { return [] }
            var numbers = [TypedLiteral.make(.integer(Int64(part)))]
            numbers += ordinals.map { TypedExpression(.column($0), .int64) }
            while numbers.count < count { numbers.append(TypedLiteral.make(.integer(0))) }
            return numbers
        }
    }

    private struct StackedColumn {
        var result: PlanColumn
        /// By part; nil where it has no such column.
        var origins: [PlanColumn?]
    }

    /// Hidden columns that number the rows of all parts, when the rows of each have numbers.
    private mutating func unitedOrdinals(_ parts: [StackedTable]) -> [Int] {
        guard case .input(let first, _) = order, !first.isEmpty else { return [] }
        let count = 1 + (parts.map(\.ordinals.count).max() ?? 0)
        return (0..<count).map { _ in column("", .int64).id }
    }

    /// By name, in the order in which the names come up.
    private mutating func stackedColumns(_ parts: [StackedTable], _ union: UnionSpec, _ place: FieldPlace)
        -> [StackedColumn]
    {
        var names: [String] = []
        var known: Set<ColumnName> = []
        for column in parts.flatMap(\.columns) where known.insert(ColumnName(column.name)).inserted {
            names.append(column.name)
        }
        if union.missing == .error { reportMissing(parts, names, place) }
        return names.map { name in
            let origins = parts.map { part in part.columns.first { ColumnName($0.name) == ColumnName(name) } }
            var type = DataType.unknown
            for (part, origin) in zip(parts, origins) {
                guard let origin else { continue }
                if let wider = TypeRules.stacked(type, origin.type) {
                    type = wider
                } else {
                    report(
                        "column \"\(name)\" is \(type) above and \(origin.type) in source "
                            + "\"\(part.name?.text ?? "")\"; cast it before the union, or give it a type where the "
                            + "source is read",
                        part.name?.place ?? place)
                }
            }
            return StackedColumn(result: column(name, type), origins: origins)
        }
    }

    private mutating func reportMissing(_ parts: [StackedTable], _ names: [String], _ place: FieldPlace) {
        for part in parts {
            let own = Set(part.columns.map { ColumnName($0.name) })
            let missing = names.filter { !own.contains(ColumnName($0)) }
            guard !missing.isEmpty else { continue }
            let shown = missing.prefix(8).map { "\"\($0)\"" }.joined(separator: ", ")
            let more = missing.count > 8 ? " and \(missing.count - 8) more" : ""
            let table = part.name.map { "source \"\($0.text)\"" } ?? "the table above the union"
            report(
                "\(table) lacks \(missing.count == 1 ? "column" : "columns") \(shown)\(more); a union goes by name: "
                    + "rename or select before it, or write missing: null",
                part.name?.place ?? place)
        }
    }

    private mutating func trace(_ column: PlanColumn, to origins: [PlanColumn]) {
        let isSame = origins.allSatisfy { $0.type == column.type }
        lineage.merge(column.id, from: origins.map(\.id), as: isSame ? .identity : .transformation)
    }

    // MARK: Unpivot

    mutating func unpivot(_ unpivot: UnpivotSpec, _ name: String, _ place: FieldPlace) {
        let ids = unpivot.idVars.compactMap { find($0) }
        var type = DataType.unknown
        var values: [PlanColumn] = []
        for wanted in unpivot.valueVars {
            guard let column = find(wanted) else { continue }
            if let wider = TypeRules.stacked(type, column.type) {
                type = wider
            } else {
                report(
                    "unpivot puts \(type) and \(column.type) column \"\(column.name)\" into one column; cast one of "
                        + "them", wanted.place)
            }
            values.append(column)
        }
        let names = column(unpivot.varName.text, .text)
        let value = column(unpivot.valueName.text, type)
        lineage.merge(names.id, from: [], as: .identity)
        trace(value, to: values)
        let next = ids + [names, value]
        refuseClashes(next, of: "the unpivoted table", place)
        var ordinal: Int?
        if case .input(let ordinals, let stands) = order {
            if !ordinals.isEmpty { ordinal = column("", .int64).id }
            order = .input(ordinals: ordinals + [ordinal].compactMap(\.self), stands: stands)
        }
        uniqueKey = nil
        let relation = UnpivotRelation(
            from: current, parts: values.map { .init(name: $0.name, value: Self.key($0, type)) },
            nameColumn: names.id, valueColumn: value.id, ordinal: ordinal)
        add(.unpivot(relation), name, "unpivot", next)
    }
}
