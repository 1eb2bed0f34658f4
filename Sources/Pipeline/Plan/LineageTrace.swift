/// Follows columns back to the sources while a plan is made.
struct LineageTrace {
    struct Base: Hashable {
        var source: ColumnName
        var column: ColumnName
    }

    struct Choice: Hashable {
        var base: Base
        var subtype: ColumnLineageEdge.Subtype
    }

    /// What one column depends on.
    struct Trace {
        var direct: [Base: ColumnLineageEdge.Subtype] = [:]
        /// What chose its value: conditions, and the places of rows in a window.
        var choices: Set<Choice> = []

        /// The strongest way in which a base was used wins.
        mutating func add(_ base: Base, _ subtype: ColumnLineageEdge.Subtype) {
            let known = direct[base] ?? .identity
            direct[base] = LineageTrace.rank(known) >= LineageTrace.rank(subtype) ? known : subtype
        }
    }

    private var traces: [Int: Trace] = [:]
    /// What the table as a whole depends on, in the order of the steps.
    private var indirect: [(base: Base, subtype: ColumnLineageEdge.Subtype)] = []

    mutating func source(_ name: String, _ columns: [PlanColumn]) {
        for column in columns {
            let base = Base(source: ColumnName(name), column: ColumnName(column.name))
            traces[column.id] = Trace(direct: [base: .identity])
        }
    }

    mutating func compute(_ id: Int, from value: TypedExpression) {
        var trace = Trace()
        follow(value, as: .identity, isCondition: false, into: &trace)
        traces[id] = trace
    }

    mutating func merge(_ id: Int, from columns: [Int], as subtype: ColumnLineageEdge.Subtype) {
        var trace = Trace()
        for column in columns { inherit(column, as: subtype, isCondition: false, into: &trace) }
        traces[id] = trace
    }

    /// The value of `id` also depends on what `chooser` holds.
    mutating func choose(_ id: Int, by chooser: Int, as subtype: ColumnLineageEdge.Subtype) {
        guard let source = traces[chooser] else { return }
        for base in source.direct.keys { traces[id]?.choices.insert(Choice(base: base, subtype: subtype)) }
        for choice in source.choices { traces[id]?.choices.insert(Choice(base: choice.base, subtype: subtype)) }
    }

    /// The whole table depends on what `value` is made of.
    mutating func depend(on value: TypedExpression, as subtype: ColumnLineageEdge.Subtype) {
        var trace = Trace()
        follow(value, as: .identity, isCondition: false, into: &trace)
        for base in Self.sorted(Set(trace.direct.keys).union(trace.choices.map(\.base))) {
            indirect.append((base, subtype))
        }
    }

    mutating func depend(on column: PlanColumn, as subtype: ColumnLineageEdge.Subtype) {
        depend(on: TypedExpression(.column(column.id), column.type), as: subtype)
    }

    /// Edges of the final table: column by column, then those of the table as a whole.
    func edges(of columns: [PlanColumn]) -> [ColumnLineageEdge] {
        var edges: [ColumnLineageEdge] = []
        for column in columns {
            guard let trace = traces[column.id] else { continue }
            for base in Self.sorted(Set(trace.direct.keys)) {
                edges.append(edge(column.name, base, .direct, trace.direct[base] ?? .identity))
            }
            for subtype in [ColumnLineageEdge.Subtype.conditional, .window] {
                let bases = Set(trace.choices.filter { $0.subtype == subtype }.map(\.base))
                for base in Self.sorted(bases) { edges.append(edge(column.name, base, .indirect, subtype)) }
            }
        }
        var known: Set<ColumnLineageEdge> = []
        for (base, subtype) in indirect {
            let next = edge(nil, base, .indirect, subtype)
            if known.insert(next).inserted { edges.append(next) }
        }
        return edges
    }

    private func edge(
        _ output: String?, _ base: Base, _ kind: ColumnLineageEdge.Kind, _ subtype: ColumnLineageEdge.Subtype
    ) -> ColumnLineageEdge {
        ColumnLineageEdge(
            outputColumn: output, inputSource: base.source.text, inputColumn: base.column.text, kind: kind,
            subtype: subtype)
    }

    private func follow(
        _ value: TypedExpression, as subtype: ColumnLineageEdge.Subtype, isCondition: Bool, into trace: inout Trace
    ) {
        switch value.kind {
        case .column(let id): inherit(id, as: subtype, isCondition: isCondition, into: &trace)
        case .caseWhen(let branches, let otherwise):
            for branch in branches {
                follow(branch.when, as: .transformation, isCondition: true, into: &trace)
                follow(branch.then, as: Self.stronger(subtype, .transformation), isCondition: isCondition, into: &trace)
            }
            if let otherwise {
                follow(otherwise, as: Self.stronger(subtype, .transformation), isCondition: isCondition, into: &trace)
            }
        case .aggregate(let call):
            for argument in call.arguments {
                follow(argument, as: .aggregation, isCondition: isCondition, into: &trace)
            }
            if let filter = call.filter { follow(filter, as: .aggregation, isCondition: true, into: &trace) }
        default:
            for child in value.children {
                follow(child, as: Self.stronger(subtype, .transformation), isCondition: isCondition, into: &trace)
            }
        }
    }

    private func inherit(
        _ id: Int, as subtype: ColumnLineageEdge.Subtype, isCondition: Bool, into trace: inout Trace
    ) {
        guard let source = traces[id] else { return }
        for (base, own) in source.direct {
            if isCondition {
                trace.choices.insert(Choice(base: base, subtype: .conditional))
            } else {
                trace.add(base, Self.stronger(own, subtype))
            }
        }
        trace.choices.formUnion(source.choices)
    }

    private static func stronger(_ a: ColumnLineageEdge.Subtype, _ b: ColumnLineageEdge.Subtype)
        -> ColumnLineageEdge.Subtype
    {
        rank(a) >= rank(b) ? a : b
    }

    private static func rank(_ subtype: ColumnLineageEdge.Subtype) -> Int {
        switch subtype {
        case .identity: 0
        case .transformation: 1
        default: 2
        }
    }

    /// The same pipeline gives the same edges in the same order.
    private static func sorted(_ bases: Set<Base>) -> [Base] {
        bases.sorted { a, b in
            a.source == b.source
                ? a.column.text.utf8.lexicographicallyPrecedes(b.column.text.utf8)
                : a.source.text.utf8.lexicographicallyPrecedes(b.source.text.utf8)
        }
    }
}
