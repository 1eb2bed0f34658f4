/// What is known about the order of rows at a step.
enum RowOrder {
    /// That of the source (path, then row), or of several below each other. `ordinals`: hidden columns that number it,
    /// where the plan has them. `stands`: rows come out of the step that way, without being sorted.
    case input(ordinals: [Int], stands: Bool)
    /// By a sort step.
    case sorted([Ordering])
    /// Lost, as after a join or an aggregate.
    case lost

    /// The columns that must be carried along to keep it.
    var columns: [Int] {
        switch self {
        case .input(let ordinals, _): ordinals
        case .sorted(let keys): keys.map(\.column)
        case .lost: []
        }
    }

    var ordinals: [Int] {
        if case .input(let ordinals, _) = self { ordinals } else { [] }
    }

    var keys: [Ordering] {
        if case .sorted(let keys) = self { keys } else { [] }
    }

    /// The same order, when rows no longer come out in it by themselves.
    var shuffled: RowOrder {
        if case .input(let ordinals, _) = self { .input(ordinals: ordinals, stands: false) } else { self }
    }

    static let whyLost = "there is none after a join, an aggregate, a pivot, or a union with a sorted table"

    /// A total order over the table: ties are broken by its columns from left to right.
    func total(over columns: [PlanColumn]) -> [Ordering] {
        switch self {
        case .input(let ordinals, _): ordinals.map { Ordering(column: $0) }
        case .lost: []
        case .sorted(let keys): Self.total(keys, over: columns)
        }
    }

    static func total(_ keys: [Ordering], over columns: [PlanColumn]) -> [Ordering] {
        let taken = Set(keys.map(\.column))
        return keys + columns.filter { !taken.contains($0.id) }.map { Ordering(column: $0.id) }
    }
}
