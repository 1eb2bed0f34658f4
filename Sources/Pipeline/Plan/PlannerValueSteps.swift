/// The steps that compute columns from the row without an expression: fill_null, coalesce, hash_key.
extension Planner {
    mutating func fillNull(_ filled: [FilledColumn], _ name: String) {
        var computed: [Relation.ComputedColumn] = []
        var next = columns
        for fill in filled {
            guard let column = find(fill.column), let value = fitted(fill.value, besides: column.type, fill.column),
                let position = next.firstIndex(where: { $0.id == column.id })
            else { continue }
            let made = self.column(column.name, value.type)
            let old = TypedExpression(.column(column.id), column.type).cast(to: value.type)
            let whole = TypedExpression(.function(.coalesce, [old, value.value]), value.type)
            lineage.compute(made.id, from: whole)
            computed.append(Relation.ComputedColumn(id: made.id, value: whole))
            next[position] = made
        }
        add(.compute(from: current, computed), name, "fill_null", next)
    }

    mutating func coalesce(_ new: PlacedText, _ names: [PlacedText], _ fallback: PlacedLiteral?, _ name: String) {
        var type = DataType.unknown
        var parts: [TypedExpression] = []
        var first: PlanColumn?
        for wanted in names {
            guard let column = find(wanted) else { continue }
            guard let wider = TypeRules.common(type, column.type) else {
                report(
                    "coalesce mixes \(first?.type ?? type) column \"\(first?.name ?? "")\" with \(column.type) "
                        + "column \"\(column.name)\"; cast one of them", wanted.place)
                continue
            }
            if first == nil || first?.type == .unknown { first = column }
            type = wider
            parts.append(TypedExpression(.column(column.id), column.type))
        }
        if let fallback, let value = fitted(fallback, besides: type, new) {
            type = value.type
            parts.append(value.value)
        }
        compute(
            TypedExpression(.function(.coalesce, parts.map { $0.cast(to: type) }), type), as: new, name, "coalesce")
    }

    /// The texts joined by the separator, hashed; any null makes it null.
    mutating func hashKey(_ hash: HashKeySpec, _ name: String) {
        let separator = TypedLiteral.make(.text(hash.separator))
        var parts: [TypedExpression] = []
        for wanted in hash.columns {
            guard let column = find(wanted) else { continue }
            if !parts.isEmpty { parts.append(separator) }
            parts.append(TypedExpression(.column(column.id), column.type).cast(to: .text))
        }
        let text = parts.isEmpty ? separator : joined(parts[...])
        compute(TypedExpression(.hash(hash.algorithm, text), .text), as: hash.name, name, "hash_key")
    }

    /// By halves: engines bound the depth of an expression.
    private func joined(_ parts: ArraySlice<TypedExpression>) -> TypedExpression {
        guard parts.count > 1 else { return parts[parts.startIndex] }
        let middle = parts.startIndex + parts.count / 2
        return TypedExpression(
            .binary(.concatenate, joined(parts[..<middle]), joined(parts[middle...])), .text)
    }

    private mutating func compute(
        _ value: TypedExpression, as new: PlacedText, _ name: String, _ operation: String
    ) {
        let made = column(new.text, value.type)
        lineage.compute(made.id, from: value)
        add(
            .compute(from: current, [Relation.ComputedColumn(id: made.id, value: value)]), name, operation,
            table(with: made, new.place))
    }

    /// A literal that meets a column, or a problem at the literal's place.
    mutating func fitted(_ literal: PlacedLiteral, besides type: DataType, _ column: PlacedText) -> FittedLiteral? {
        do {
            return try FittedLiteral(literal, besides: type)
        } catch {
            let place = literal.place.path.isEmpty ? column.place : literal.place
            report("\(error.message), the type of column \"\(column.text)\"", place)
            return nil
        }
    }
}
