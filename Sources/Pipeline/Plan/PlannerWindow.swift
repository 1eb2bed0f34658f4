/// Window: columns computed over other rows. All of them read the table before the step.
extension Planner {
    mutating func window(_ specs: [WindowColumnSpec], _ name: String) {
        var computed: [WindowColumn] = []
        var made: [(column: PlanColumn, place: FieldPlace)] = []
        for spec in specs {
            guard let window = windowColumn(spec) else { continue }
            let column = PlanColumn(id: window.id, name: spec.name.text, type: window.type)
            computed.append(window)
            made.append((column, spec.name.place))
        }
        let before = columns
        for (column, place) in made { columns = table(with: column, place) }
        let next = columns
        columns = before
        order = order.shuffled
        add(.window(from: current, computed), name, "window", next)
    }

    private mutating func windowColumn(_ spec: WindowColumnSpec) -> WindowColumn? {
        let partitions = spec.partitionBy.map { find($0) }
        let given = orderings(spec.orderBy, as: nil)
        let argument = spec.column.map { find($0) }
        guard let given, !partitions.contains(where: { $0 == nil }) else { return nil }
        if case .some(.none) = argument { return nil }
        guard var typed = typed(spec, argument.flatMap(\.self)) else { return nil }
        guard let order = windowOrder(spec, given) else { return nil }
        let groups = partitions.compactMap { $0?.id }
        typed.partitions = groups
        // Within a partition they are all the same.
        typed.order = order.filter { !groups.contains($0.column) }
        if spec.function.accumulates, !given.isEmpty { typed.frame = .running }
        trace(typed, from: argument.flatMap(\.self), chosenBy: given)
        return typed
    }

    /// The order of the rows in a partition, total where it decides a value; nil, reported, when there is none.
    private mutating func windowOrder(_ spec: WindowColumnSpec, _ given: [Ordering]) -> [Ordering]? {
        switch spec.function {
        case .rank, .denseRank: return given
        case .count: return []
        case .sum, .avg, .min, .max: return given.isEmpty ? [] : RowOrder.total(given, over: columns)
        case .rowNumber, .lag, .lead, .first, .last:
            if !given.isEmpty { return RowOrder.total(given, over: columns) }
            if case .lost = order {
                report(
                    "\(spec.function.rawValue) depends on the order of rows, and \(RowOrder.whyLost); give order_by",
                    spec.place)
                return nil
            }
            return wholeOrder()
        }
    }

    /// With the types that the function asks for; nil, reported, when the column does not fit.
    private mutating func typed(_ spec: WindowColumnSpec, _ column: PlanColumn?) -> WindowColumn? {
        var argument = column.map { TypedExpression(.column($0.id), $0.type) }
        var fallback: TypedExpression?
        var type = DataType.int64
        switch spec.function {
        case .rowNumber, .rank, .denseRank, .count: break
        case .first, .last, .min, .max: type = argument?.type ?? .unknown
        case .lag, .lead:
            type = argument?.type ?? .unknown
            if let value = spec.fallback, let column = spec.column {
                guard let fitted = fitted(value, besides: type, column) else { return nil }
                type = fitted.type
                fallback = fitted.value
                argument = argument?.cast(to: type)
            }
        case .sum, .avg:
            guard let numbers = argument.flatMap(Self.summable) else {
                report(
                    "\(spec.function.rawValue) needs a number, found \(column?.type ?? .unknown) column "
                        + "\"\(column?.name ?? "")\"", spec.column?.place ?? spec.place)
                return nil
            }
            let isAverage = spec.function == .avg
            argument = isAverage ? numbers.cast(to: .float64) : numbers
            type = isAverage ? .float64 : Self.sumType(numbers.type)
        }
        return WindowColumn(
            id: self.column(spec.name.text, type).id, function: spec.function, argument: argument, partitions: [],
            order: [], frame: .partition, offset: spec.offset, fallback: fallback, type: type)
    }

    /// As the aggregate `sum` takes it.
    private static func summable(_ typed: TypedExpression) -> TypedExpression? {
        switch typed.type {
        case .decimal: typed
        case .boolean, .unknown: typed.cast(to: .int64)
        case _ where TypeRules.isInteger(typed.type): typed.cast(to: .int64)
        case _ where TypeRules.isFloat(typed.type): typed.cast(to: .float64)
        default: nil
        }
    }

    private static func sumType(_ type: DataType) -> DataType {
        if case .decimal(_, let scale) = type { .decimal(precision: 38, scale: scale) } else { type }
    }

    private mutating func trace(
        _ window: WindowColumn, from argument: PlanColumn?, chosenBy given: [Ordering]
    ) {
        let use: LineageTrace.Use
        switch window.function {
        case .rowNumber, .rank, .denseRank, .lag, .lead: use = .transformation
        case .sum, .avg, .min, .max, .first, .last: use = .aggregation
        case .count: use = .count
        }
        lineage.merge(window.id, from: [argument?.id].compactMap(\.self), as: use)
        // What only breaks ties is no more than a way of saying "always the same".
        let order = window.order.isEmpty ? [] : given.isEmpty ? self.order.keys : given
        for chooser in window.partitions + order.map(\.column) { lineage.choose(window.id, by: chooser, as: .window) }
    }
}

extension WindowColumnSpec.Function {
    /// Reads the rows up to the current one when an order is given.
    var accumulates: Bool { self == .sum || self == .avg || self == .min || self == .max }
}
