/// An aggregate over the rows of a group.
struct NaiveAggregate {
    var name: String
    /// `count_rows`, or a function of the language.
    var function: String
    var argument: NaiveExpression
    /// Of the argument.
    var kind: NaiveValue.Kind
    var filter: NaiveExpression?

    var text: String {
        let call = function == "count_rows" ? "count(*)" : "\(function)(\(argument.text))"
        return call + (filter.map { " FILTER (WHERE \($0.text))" } ?? "")
    }

    var resultKind: NaiveValue.Kind {
        switch function {
        case "count_rows", "count", "count_distinct", "nunique": .int
        case "avg", "mean": .ratio
        case "median": [.int, .double, .ratio].contains(kind) ? .ratio : kind
        default: kind
        }
    }

    func value(_ rows: [[NaiveValue]], _ table: NaiveTable) -> NaiveValue {
        let chosen = rows.filter { row in filter.map { $0.value(row, table) == .bool(true) } ?? true }
        if function == "count_rows" { return .int(Int64(chosen.count)) }
        let values = chosen.map { argument.value($0, table) }.filter { !$0.isNull }
        let ordered = values.sorted { NaiveValue.order($0, $1) < 0 }
        switch function {
        case "count": return .int(Int64(values.count))
        case "count_distinct", "nunique": return .int(Int64(Set(values).count))
        case _ where values.isEmpty: return .null
        case "sum":
            if kind == .int {
                return .int(values.reduce(0) { if case .int(let value) = $1 { $0 + value } else { $0 } })
            }
            return .double(values.compactMap(\.number).reduce(0, +))
        case "avg", "mean": return .double(values.compactMap(\.number).reduce(0, +) / Double(values.count))
        case "min", "any": return ordered[0]
        case "max": return ordered[ordered.count - 1]
        case "median":
            guard let low = ordered[(ordered.count - 1) / 2].number, let high = ordered[ordered.count / 2].number else {
                return ordered[(ordered.count - 1) / 2]
            }
            return .double((low + high) / 2)
        case "bool_and": return .bool(!values.contains(.bool(false)))
        case "bool_or": return .bool(values.contains(.bool(true)))
        case "first": return values[0]
        case "last": return values[values.count - 1]
        default: return .null
        }
    }

    /// Groups by value, null being one, in the order in which they come up. Without keys one, even of no rows.
    static func groups(_ keys: [String], of table: NaiveTable) -> [(key: [NaiveValue], rows: [[NaiveValue]])] {
        if keys.isEmpty { return [([], table.ordered ?? table.rows)] }
        var places: [[NaiveValue]: Int] = [:]
        var groups: [(key: [NaiveValue], rows: [[NaiveValue]])] = []
        for row in table.ordered ?? table.rows {
            let key = keys.map { table.value(row, $0) }
            if let place = places[key] {
                groups[place].rows.append(row)
            } else {
                places[key] = groups.count
                groups.append((key, [row]))
            }
        }
        return groups
    }

    static func apply(_ keys: [String], _ aggregates: [NaiveAggregate], to table: NaiveTable) -> NaiveTable {
        NaiveTable(
            columns: keys.compactMap(table.index).map { table.columns[$0] }
                + aggregates.map { .init(name: $0.name, kind: $0.resultKind) },
            rows: groups(keys, of: table).map { group in
                group.key + aggregates.map { $0.value(group.rows, table) }
            }, order: .lost)
    }
}
