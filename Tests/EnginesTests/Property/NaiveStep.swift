/// A transform with its text and what it makes of a table, row by row.
enum NaiveStep {
    case select([String])
    case rename([(old: String, new: String)])
    case filter(NaiveExpression)
    case derive(String, NaiveExpression, NaiveValue.Kind)
    case cast(String, NaiveValue.Kind)
    case fillNull(String, NaiveValue, String)
    case coalesce(String, [String])
    case dedup([String], by: [NaiveTable.Key], last: Bool)
    case sort([NaiveTable.Key])
    case limit(Int, offset: Int)
    case join(NaiveJoin)
    case aggregate([String], [NaiveAggregate])
    case union(String, NaiveTable)
    case window([NaiveWindow])
    case pivot(index: [String], column: String, value: String, function: String)
    case unpivot(ids: [String], values: [String])
    case hashKey(String, [String])

    var yaml: String {
        func list(_ names: [String]) -> String { "[" + names.joined(separator: ", ") + "]" }
        func quoted(_ text: String) -> String { "'" + text.replacing("'", with: "''") + "'" }
        func keys(_ keys: [NaiveTable.Key]) -> String {
            list(keys.map { $0.descending ? "{column: \($0.name), descending: true}" : $0.name })
        }
        switch self {
        case .select(let names): return "op: select, columns: \(list(names))"
        case .rename(let pairs):
            return "op: rename, mapping: {\(pairs.map { "\"\($0.old)\": \($0.new)" }.joined(separator: ", "))}"
        case .filter(let predicate): return "op: filter, predicate: \(quoted(predicate.text))"
        case .derive(let name, let value, _): return "op: derive_column, name: \(name), expr: \(quoted(value.text))"
        case .cast(let name, let kind): return "op: cast, columns: {\(name): \(kind.rawValue)}"
        case .fillNull(let name, _, let text): return "op: fill_null, columns: {\(name): \(text)}"
        case .coalesce(let name, let columns): return "op: coalesce, name: \(name), columns: \(list(columns))"
        case .dedup(let columns, let order, let last):
            if columns.isEmpty { return "op: dedup" }
            let by = order.isEmpty ? "" : ", order_by: \(keys(order))"
            return "op: dedup, columns: \(list(columns))\(by)\(last ? ", keep: last" : "")"
        case .sort(let by): return "op: sort, by: \(keys(by))"
        case .limit(let count, let offset): return "op: limit, n: \(count)\(offset > 0 ? ", offset: \(offset)" : "")"
        case .join(let join): return join.yaml
        case .aggregate(let groups, let aggregates):
            let aggs = aggregates.map { "\($0.name): \(quoted($0.text))" }.joined(separator: ", ")
            return "op: aggregate, group_by: \(list(groups)), aggs: {\(aggs)}"
        case .union(let name, _): return "op: union, sources: [\(name)]"
        case .window(let windows): return "op: window, columns: \(list(windows.map(\.yaml)))"
        case .pivot(let index, let column, let value, let function):
            return "op: pivot, index: \(list(index)), columns: \(column), values: \(value), aggfunc: \(function)"
        case .unpivot(let ids, let values): return "op: unpivot, id_vars: \(list(ids)), value_vars: \(list(values))"
        case .hashKey(let name, let columns):
            return "op: hash_key, name: \(name), columns: \(list(columns)), algorithm: sha256"
        }
    }

    func apply(to table: NaiveTable) -> NaiveTable {
        var result = table
        switch self {
        case .select(let names):
            let places = names.compactMap(table.index)
            result.columns = places.map { table.columns[$0] }
            result.rows = table.rows.map { row in places.map { row[$0] } }
            result.forgetOrder(without: Set(table.columns.map(\.name)).subtracting(names))
        case .rename(let pairs):
            for (old, new) in pairs { if let place = table.index(old) { result.columns[place].name = new } }
            if case .sorted(let keys) = table.order {
                result.order = .sorted(
                    keys.map { key in
                        NaiveTable.Key(
                            name: pairs.first { $0.old == key.name }?.new ?? key.name, descending: key.descending)
                    })
            }
        case .filter(let predicate): result.rows = table.rows.filter { predicate.value($0, table) == .bool(true) }
        case .derive(let name, let value, let kind):
            result.put(name, kind, table.rows.map { value.value($0, table) })
        case .cast(let name, let kind):
            result.put(name, kind, table.rows.map { Self.cast(table.value($0, name), kind) })
        case .fillNull(let name, let value, _):
            let kind = table.index(name).map { table.columns[$0].kind } ?? .int
            result.put(name, kind, table.rows.map { table.value($0, name).isNull ? value : table.value($0, name) })
        case .coalesce(let name, let columns):
            let kind = columns.first.flatMap(table.index).map { table.columns[$0].kind } ?? .int
            result.put(
                name, kind,
                table.rows.map { row in columns.map { table.value(row, $0) }.first { !$0.isNull } ?? .null })
        case .dedup(let columns, let by, let last):
            let keys = columns.isEmpty ? table.columns.map(\.name) : columns
            let ordered = by.isEmpty ? table.ordered ?? table.rows : table.sorted(by: by)
            var seen: Set<[NaiveValue]> = []
            // A later row stands for the first in input order only where that is what decides.
            result.rows = (last ? ordered.reversed() : ordered).filter { row in
                seen.insert(keys.map { table.value(row, $0) }).inserted
            }
            if case .input = table.order { result.order = .lost }
        case .sort(let keys): result.order = .sorted(keys)
        case .limit(let count, let offset):
            result.rows = Array((table.ordered ?? table.rows).dropFirst(offset).prefix(count))
        case .join(let join): result = join.apply(to: table)
        case .aggregate(let groups, let aggregates): result = NaiveAggregate.apply(groups, aggregates, to: table)
        case .union(_, let other):
            let promoted = table.columns.map { column in
                let kind = other.index(column.name).map { other.columns[$0].kind } ?? column.kind
                return NaiveTable.Column(name: column.name, kind: kind == column.kind ? kind : .double)
            }
            let below = other.rows.map { row in table.columns.map { other.value(row, $0.name) } }
            result.columns = promoted
            result.rows = (table.rows + below).map { row in zip(row, promoted).map { Self.cast($0, $1.kind) } }
            if case .sorted = table.order { result.order = .lost }
        case .window(let windows): result = NaiveWindow.apply(windows, to: table)
        case .pivot(let index, let column, let value, let function):
            result = Self.pivot(table, index, column, value, function)
        case .unpivot(let ids, let values):
            let kinds = values.compactMap(table.index).map { table.columns[$0].kind }
            let kind = Set(kinds).count == 1 ? kinds[0] : .double
            result.columns =
                ids.compactMap(table.index).map { table.columns[$0] } + [
                    .init(name: "variable", kind: .text), .init(name: "value", kind: kind),
                ]
            result.rows = table.rows.flatMap { row in
                values.map { name in
                    ids.map { table.value(row, $0) } + [.text(name), Self.cast(table.value(row, name), kind)]
                }
            }
            result.order = .lost
        case .hashKey(let name, let columns):
            result.put(
                name, .text,
                table.rows.map { row in
                    let parts = columns.map { Self.cast(table.value(row, $0), .text) }
                    if parts.contains(.null) { return .null }
                    return .text(NaiveHash.sha256(Array(parts.map(\.bytes).joined(separator: [UInt8(ascii: "|")]))))
                })
        }
        return result
    }

    static func cast(_ value: NaiveValue, _ kind: NaiveValue.Kind) -> NaiveValue {
        switch (value, kind) {
        case (.int(let value), .double): .double(Double(value))
        case (.int(let value), .bool): .bool(value != 0)
        case (.int(let value), .text): .text(String(value))
        case (.double(let value), .int): .int(Int64(value.rounded(.toNearestOrEven)))
        case (.bool(let value), .int): .int(value ? 1 : 0)
        case (.bool(let value), .text): .text(String(value))
        case (.date(let value), .text): .text(value)
        default: value
        }
    }

    private static func pivot(
        _ table: NaiveTable, _ index: [String], _ column: String, _ value: String, _ function: String
    ) -> NaiveTable {
        let values = Set(table.rows.map { table.value($0, column) }).sorted {
            NaiveValue.comesBefore($0, $1, descending: false) ?? false
        }
        let aggregate = NaiveAggregate(name: "", function: function, argument: .column(value), kind: table.kind(value))
        var result = NaiveTable(
            columns: index.compactMap(table.index).map { table.columns[$0] }, rows: [], order: .lost)
        result.columns += values.map { value in
            let text = value.isNull ? "null" : String(decoding: cast(value, .text).bytes, as: UTF8.self)
            return .init(name: text, kind: aggregate.resultKind)
        }
        for (key, rows) in NaiveAggregate.groups(index, of: table) {
            result.rows.append(
                key
                    + values.map { value in
                        aggregate.value(rows.filter { table.value($0, column) == value }, table)
                    })
        }
        return result
    }
}

extension NaiveTable {
    func kind(_ name: String) -> NaiveValue.Kind { index(name).map { columns[$0].kind } ?? .int }

    /// In the place of a column of that name, or at the end.
    mutating func put(_ name: String, _ kind: NaiveValue.Kind, _ values: [NaiveValue]) {
        forgetOrder(without: [name])
        if let place = index(name) {
            columns[place].kind = kind
            for row in rows.indices { rows[row][place] = values[row] }
        } else {
            columns.append(Column(name: name, kind: kind))
            for row in rows.indices { rows[row].append(values[row]) }
        }
    }
}
