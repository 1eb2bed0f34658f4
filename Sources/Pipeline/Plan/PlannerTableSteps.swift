/// The steps that make a new table: join and aggregate. The order of rows is lost in them.
extension Planner {
    mutating func join(_ join: JoinSpec, _ index: Int, _ name: String, _ place: FieldPlace) {
        guard let right = rightStep(join, index, place) else { return }
        let rightColumns = steps[right].columns
        var keys: [(left: PlanColumn, right: PlanColumn, type: DataType)] = []
        for key in join.keys {
            let left = find(key.left)
            let other = rightColumns.first { ColumnName($0.name) == ColumnName(key.right.text) }
            if other == nil {
                report(
                    ExpressionTyper.unknownColumn(key.right.text, rightColumns) + " on the right side", key.right.place)
            }
            guard let left, let other else { continue }
            guard let type = TypeRules.common(left.type, other.type) else {
                report(
                    "\(left.type) column \"\(left.name)\" cannot be joined with \(other.type) "
                        + "column \"\(other.name)\" of the right side; cast one of them", key.left.place)
                continue
            }
            keys.append((left, other, type == .unknown ? .text : type))
            lineage.depend(on: left, as: .join)
            lineage.depend(on: other, as: .join)
        }
        guard join.how != .semi, join.how != .anti else {
            // The left table without some of its rows: its order is still known.
            order = order.shuffled
            let relation = JoinRelation(
                left: current, right: right, how: join.how, keys: Self.keys(keys),
                origins: columns.map { .column(.left, $0.id) })
            return add(.join(relation), name, "join", columns)
        }
        var result = JoinedColumns(planner: self, keys: keys, how: join.how, mergesKeys: join.mergeKeys)
        result.make(left: columns, right: rightColumns)
        self = result.planner
        let relation = JoinRelation(
            left: current, right: right, how: join.how,
            keys: Self.keys(keys),
            origins: result.origins)
        refuseClashes(result.columns, of: "the joined table", place)
        order = .lost
        uniqueKey = nil
        add(.join(relation), name, "join", result.columns)
    }

    private static func keys(_ keys: [(left: PlanColumn, right: PlanColumn, type: DataType)]) -> [JoinRelation.Key] {
        keys.map { JoinRelation.Key(left: key($0.left, $0.type), right: key($0.right, $0.type)) }
    }

    static func key(_ column: PlanColumn, _ type: DataType) -> TypedExpression {
        TypedExpression(.column(column.id), column.type).cast(to: type)
    }

    private mutating func rightStep(_ join: JoinSpec, _ index: Int, _ place: FieldPlace) -> Int? {
        switch join.right {
        case .named(let name): return step(reading: name)
        case .inline(let source):
            return read(
                NamedSource(name: PipelineSpec.inlineSourceName(ofTransform: index), source: source, place: place))
        }
    }

    /// The step that reads one of the pipeline's sources as it is.
    mutating func step(reading name: PlacedText) -> Int? {
        guard let source = spec.sources.first(where: { ColumnName($0.name) == ColumnName(name.text) }) else {
            let advice = Suggestion.phrase(for: name.text, among: spec.sources.map(\.name))
            report("there is no source \"\(name.text)\"\(advice)", name.place)
            return nil
        }
        return read(source)
    }

    mutating func aggregate(
        _ groups: [PlacedText], _ aggregates: [NamedExpression], _ name: String, _ place: FieldPlace
    ) {
        var keys: [PlanColumn] = []
        for group in groups {
            guard let column = find(group) else { continue }
            if keys.contains(where: { $0.id == column.id }) {
                report("column \"\(group.text)\" is in group_by twice", group.place)
                continue
            }
            keys.append(column)
            lineage.depend(on: column, as: .groupBy)
        }
        if groups.isEmpty, aggregates.isEmpty { report("an aggregate needs group_by or aggs", place) }
        var computed: [Relation.ComputedColumn] = []
        var next = keys
        for aggregate in aggregates {
            let value =
                typed(aggregate.expression, setting: .groups(Set(keys.map(\.id)))) ?? TypedLiteral.make(.null)
            let column = column(aggregate.name.text, value.type)
            lineage.compute(column.id, from: value)
            computed.append(Relation.ComputedColumn(id: column.id, value: value))
            next.append(column)
        }
        refuseClashes(next, of: "the aggregated table", place)
        order = .lost
        add(.aggregate(from: current, groups: keys.map(\.id), computed), name, "aggregate", next)
        uniqueKey = Set(keys.map(\.id))
    }
}

/// The columns of a join: left, then right in their own order, with the names that clashes leave them.
private struct JoinedColumns {
    var planner: Planner
    let keys: [(left: PlanColumn, right: PlanColumn, type: DataType)]
    let how: JoinSpec.Kind
    let mergesKeys: Bool

    private(set) var columns: [PlanColumn] = []
    private(set) var origins: [JoinRelation.Origin] = []
    private var taken: Set<ColumnName> = []

    init(
        planner: Planner, keys: [(left: PlanColumn, right: PlanColumn, type: DataType)], how: JoinSpec.Kind,
        mergesKeys: Bool
    ) {
        self.planner = planner
        self.keys = keys
        self.how = how
        self.mergesKeys = mergesKeys
    }

    mutating func make(left: [PlanColumn], right: [PlanColumn]) {
        for column in left {
            if let key = keys.first(where: { $0.left.id == column.id }), mergesKeys, how == .right || how == .outer {
                let merged = planner.column(column.name, key.type)
                planner.lineage.merge(merged.id, from: [key.left.id, key.right.id], as: .transformation)
                append(merged, .merged(left: Planner.key(key.left, key.type), right: Planner.key(key.right, key.type)))
            } else {
                append(column, .column(.left, column.id))
            }
        }
        let drops = how == .inner || mergesKeys
        let kept = right.filter { column in !(drops && keys.contains { $0.right.id == column.id }) }
        let leftNames = taken
        taken.formUnion(kept.map { ColumnName(folding: $0.name) }.filter { !leftNames.contains($0) })
        for column in kept {
            let clashes = leftNames.contains(ColumnName(folding: column.name))
            let renamed = planner.column(clashes ? free(column.name) : column.name, column.type)
            planner.lineage.merge(renamed.id, from: [column.id], as: .identity)
            append(renamed, .column(.right, column.id))
        }
    }

    private mutating func append(_ column: PlanColumn, _ origin: JoinRelation.Origin) {
        columns.append(column)
        origins.append(origin)
        taken.insert(ColumnName(folding: column.name))
    }

    /// `v_right`, or `v_right2`, … where that is taken: several joins in a row work.
    private func free(_ name: String) -> String {
        let first = name + "_right"
        if !taken.contains(ColumnName(folding: first)) { return first }
        for number in 2... {
            let next = "\(first)\(number)"
            if !taken.contains(ColumnName(folding: next)) { return next }
        }
        return first
    }
}
