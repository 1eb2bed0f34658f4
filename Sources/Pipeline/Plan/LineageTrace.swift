/// Follows columns back to the sources while a plan is made.
struct LineageTrace {
    struct Base: Hashable {
        var source: ColumnName
        var column: ColumnName
    }

    /// How a value goes into another one.
    struct Use {
        var subtype: ColumnLineageEdge.Subtype
        /// Only through one-way functions.
        var isMasking = false

        static let identity = Use(subtype: .identity)

        func then(_ next: Use) -> Use {
            Use(subtype: stronger(next.subtype), isMasking: isMasking || next.isMasking)
        }

        /// Used in two ways, the stronger one names it, and one way that shows the value shows it.
        func beside(_ other: Use) -> Use {
            Use(subtype: stronger(other.subtype), isMasking: isMasking && other.isMasking)
        }

        private func stronger(_ other: ColumnLineageEdge.Subtype) -> ColumnLineageEdge.Subtype {
            Self.rank(subtype) >= Self.rank(other) ? subtype : other
        }

        private static func rank(_ subtype: ColumnLineageEdge.Subtype) -> Int {
            switch subtype {
            case .identity: 0
            case .transformation: 1
            default: 2
            }
        }
    }

    struct Choice: Hashable {
        var base: Base
        var subtype: ColumnLineageEdge.Subtype
    }

    /// What one column depends on.
    struct Trace {
        var direct: [Base: Use] = [:]
        /// What chose its value: conditions, and the places of rows in a window; with whether that is masking.
        var choices: [Choice: Bool] = [:]

        mutating func add(_ base: Base, _ use: Use) { direct[base] = direct[base]?.beside(use) ?? use }

        mutating func choose(_ base: Base, _ subtype: ColumnLineageEdge.Subtype, isMasking: Bool) {
            let choice = Choice(base: base, subtype: subtype)
            choices[choice] = (choices[choice] ?? true) && isMasking
        }

        mutating func choose(as other: Trace, isMasking: Bool = false) {
            for (choice, isMasked) in other.choices {
                choose(choice.base, choice.subtype, isMasking: isMasked || isMasking)
            }
        }
    }

    private var traces: [Int: Trace] = [:]
    /// What the table as a whole depends on, in the order of the steps.
    private var indirect: [(base: Base, subtype: ColumnLineageEdge.Subtype, isMasking: Bool)] = []

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

    mutating func merge(_ id: Int, from columns: [Int], as use: Use) {
        var trace = Trace()
        for column in columns { inherit(column, as: use, isCondition: false, into: &trace) }
        traces[id] = trace
    }

    /// The value of `id` also depends on what `chooser` holds.
    mutating func choose(_ id: Int, by chooser: Int, as subtype: ColumnLineageEdge.Subtype) {
        guard let source = traces[chooser], var trace = traces[id] else { return }
        for (base, use) in source.direct { trace.choose(base, subtype, isMasking: use.isMasking) }
        for (choice, isMasking) in source.choices { trace.choose(choice.base, subtype, isMasking: isMasking) }
        traces[id] = trace
    }

    /// The whole table depends on what `value` is made of.
    mutating func depend(on value: TypedExpression, as subtype: ColumnLineageEdge.Subtype) {
        var trace = Trace()
        follow(value, as: .identity, isCondition: false, into: &trace)
        var bases: [Base: Bool] = trace.direct.mapValues(\.isMasking)
        for (choice, isMasking) in trace.choices { bases[choice.base] = (bases[choice.base] ?? true) && isMasking }
        for base in Self.sorted(Set(bases.keys)) { indirect.append((base, subtype, bases[base] ?? false)) }
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
                let chosen = trace.choices.filter { $0.key.subtype == subtype }
                for base in Self.sorted(Set(chosen.keys.map(\.base))) {
                    let isMasking = chosen[Choice(base: base, subtype: subtype)] ?? false
                    edges.append(edge(column.name, base, .indirect, Use(subtype: subtype, isMasking: isMasking)))
                }
            }
        }
        var positions: [Choice: Int] = [:]
        for (base, subtype, isMasking) in indirect {
            if let known = positions[Choice(base: base, subtype: subtype)] {
                edges[known].isMasking = edges[known].isMasking && isMasking
            } else {
                positions[Choice(base: base, subtype: subtype)] = edges.count
                edges.append(edge(nil, base, .indirect, Use(subtype: subtype, isMasking: isMasking)))
            }
        }
        return edges
    }

    private func edge(
        _ output: String?, _ base: Base, _ kind: ColumnLineageEdge.Kind, _ use: Use
    ) -> ColumnLineageEdge {
        ColumnLineageEdge(
            outputColumn: output, inputSource: base.source.text, inputColumn: base.column.text, kind: kind,
            subtype: use.subtype, isMasking: use.isMasking)
    }

    private func follow(_ value: TypedExpression, as use: Use, isCondition: Bool, into trace: inout Trace) {
        let transformed = use.then(Use(subtype: .transformation))
        switch value.kind {
        case .column(let id): inherit(id, as: use, isCondition: isCondition, into: &trace)
        case .caseWhen(let branches, let otherwise):
            for branch in branches {
                follow(branch.when, as: transformed, isCondition: true, into: &trace)
                follow(branch.then, as: transformed, isCondition: isCondition, into: &trace)
            }
            if let otherwise { follow(otherwise, as: transformed, isCondition: isCondition, into: &trace) }
        case .aggregate(let call):
            let aggregated = use.then(call.function.lineage)
            for (position, argument) in call.arguments.enumerated() {
                // What a row is chosen by is no part of the value that it gives.
                let chooses = position > 0 && call.function.choosesBySecondArgument
                follow(argument, as: aggregated, isCondition: isCondition || chooses, into: &trace)
            }
            if let filter = call.filter { follow(filter, as: aggregated, isCondition: true, into: &trace) }
        case .hash(_, let text):
            let hashed = use.then(Use(subtype: .transformation, isMasking: true))
            follow(text, as: hashed, isCondition: isCondition, into: &trace)
        case .function(.nullIf, let arguments):
            for (position, argument) in arguments.enumerated() {
                follow(argument, as: transformed, isCondition: isCondition || position > 0, into: &trace)
            }
        default:
            for child in value.children { follow(child, as: transformed, isCondition: isCondition, into: &trace) }
        }
    }

    private func inherit(_ id: Int, as use: Use, isCondition: Bool, into trace: inout Trace) {
        guard let source = traces[id] else { return }
        for (base, own) in source.direct {
            let whole = own.then(use)
            if isCondition {
                trace.choose(base, .conditional, isMasking: whole.isMasking)
            } else {
                trace.add(base, whole)
            }
        }
        trace.choose(as: source, isMasking: use.isMasking)
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

extension LineageTrace.Use {
    static let transformation = Self(subtype: .transformation)
    static let aggregation = Self(subtype: .aggregation)
    /// Values are counted, not shown.
    static let count = Self(subtype: .aggregation, isMasking: true)
}

extension FunctionID {
    /// Of an aggregate.
    fileprivate var lineage: LineageTrace.Use { self == .count ? .count : .aggregation }

    fileprivate var choosesBySecondArgument: Bool { self == .minimumBy || self == .maximumBy }
}
