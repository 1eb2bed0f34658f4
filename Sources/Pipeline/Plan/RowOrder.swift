/// What is known about the order of rows at a step.
enum RowOrder {
    /// That of the one source (path, then row). `ordinal`: the hidden column that numbers it, where the plan has one.
    case input(ordinal: Int?)
    /// By a sort step; ties stand as `ordinal` says, where there is one.
    case sorted([Ordering], ordinal: Int?)
    /// Lost, as after a join or an aggregate.
    case lost

    /// The columns that must be carried along to keep it.
    var columns: [Int] {
        switch self {
        case .input(let ordinal): [ordinal].compactMap(\.self)
        case .sorted(let keys, let ordinal): keys.map(\.column) + [ordinal].compactMap(\.self)
        case .lost: []
        }
    }

    var keys: [Ordering] {
        if case .sorted(let keys, _) = self { keys } else { [] }
    }

    /// A total order over the table: ties are broken by its columns from left to right.
    func total(over columns: [PlanColumn]) -> [Ordering] {
        switch self {
        case .input(let ordinal): return [ordinal].compactMap(\.self).map { Ordering(column: $0) }
        case .lost: return []
        case .sorted(let keys, _):
            let taken = Set(keys.map(\.column))
            return keys + columns.filter { !taken.contains($0.id) }.map { Ordering(column: $0.id) }
        }
    }
}
